use super::*;
use proptest::prelude::*;
use schemas::crypto::{
    Crypto,
    aws_lc::{AwsLc, SigningKey as Key},
};

fn any_entry() -> impl Strategy<Value = Entry> {
    let parts = (
        1u8..6,
        1u32..,
        any::<[u32; 2]>(),
        any::<[u8; 32]>(),
        any::<[u8; 32]>(),
    );
    parts.prop_map(|(kind, issuer, [expiry, number], root, previous)| {
        let issuer = if kind >= 4 { 0 } else { issuer };
        let subject = Subject::parse(kind, IssuerNumber(issuer), number).unwrap();
        let previous = (number > 0).then_some(EntryId(Hash(previous)));
        Entry::new(subject, Day(expiry), Hash(root), previous).unwrap()
    })
}

fn example() -> UncheckedEntry {
    let subject = Subject::Batch(IssuerNumber(7), BatchNumber(1));
    let previous = Some(EntryId(Hash([2; 32])));
    let entry = Entry::new(subject, Day(20_000), Hash([1; 32]), previous).unwrap();
    entry.signed(Es256Signature([3; 64]))
}

proptest! {
    #[test]
    fn reads_what_it_writes(entry in any_entry(), signature: [u8; 32]) {
        let signature = Es256Signature([signature, signature].concat().try_into().unwrap());
        let leaf = Leaf::Entry(entry.signed(signature));
        prop_assert_eq!(Leaf::decode(&leaf.encode()), Ok(leaf));
    }

    #[test]
    fn any_bytes_return(mut bytes in prop::collection::vec(any::<u8>(), 140..148), head in prop::array::uniform4(0u8..9)) {
        bytes[..4].copy_from_slice(&head);
        if let Ok(leaf) = Leaf::decode(&bytes) {
            prop_assert_eq!(leaf.encode().to_vec(), bytes);
        }
    }

    #[test]
    fn one_leaf_has_one_encoding(entry in any_entry(), at in 0usize..144, change in 1u8..) {
        let mut bytes = entry.signed(Es256Signature([9; 64])).encode();
        bytes[at] ^= change;
        if let Ok(leaf) = Leaf::decode(&bytes) {
            prop_assert_eq!(leaf.encode(), bytes);
        }
    }
}

#[test]
fn the_bytes_are_as_specified() {
    let expected = [
        "01010800".to_owned(),
        "00000007".to_owned(),
        "00004e20".to_owned(),
        "00000001".to_owned(),
        "01".repeat(32),
        "02".repeat(32),
        "03".repeat(64),
    ];
    assert_eq!(hex::encode(example().encode()), expected.concat());
    let message = [&b"attest/entry/v1\n"[..], &example().encode()[..80]].concat();
    assert_eq!(example().unverified().to_be_signed().to_vec(), message);
    assert_eq!(example().unverified().id(), EntryId(Hash::of(&[&message])));
    assert_eq!(Leaf::decode(&Leaf::Null.encode()), Ok(Leaf::Null));
    assert_eq!(
        hex::encode(Leaf::Null.encode()),
        format!("01{}", "00".repeat(143))
    );
}

#[test]
fn refuses_what_does_not_fit() {
    let refused = |change: &dyn Fn(&mut [u8])| {
        let mut bytes = example().encode();
        change(&mut bytes);
        assert_eq!(Leaf::decode(&bytes).unwrap_err().code(), "entry-malformed");
    };
    refused(&|bytes| bytes[0] = 2);
    refused(&|bytes| bytes[1] = 0);
    refused(&|bytes| bytes[1] = 5);
    refused(&|bytes| bytes[1] = 2);
    refused(&|bytes| bytes[2] = 0);
    refused(&|bytes| bytes[3] = 1);
    refused(&|bytes| bytes[7] = 0);
    refused(&|bytes| bytes[15] = 0);
    refused(&|bytes| bytes[48..80].fill(0));
    assert!(Leaf::decode(&example().encode()[..143]).is_err());
    assert!(Leaf::decode(&[]).is_err());
}

#[test]
fn only_its_signer_signed_it() {
    let (key, other) = (Key::generate().unwrap(), Key::generate().unwrap());
    let parsed = |key: &Key| AwsLc.es256(&key.public()).unwrap();
    let entry = *example().unverified();
    let signed = entry.sign(&key).unwrap();
    let issuer = Signer::Issuer(KeyId([0; 8]));
    assert_eq!(
        signed
            .verify(issuer, &*parsed(&key))
            .map(|checked| *checked.entry()),
        Ok(entry)
    );
    assert_eq!(signed.verify(issuer, &*parsed(&other)), Err(Error::EntryUnsigned));
    assert_eq!(
        signed.verify(Signer::Registrar, &*parsed(&key)),
        Err(Error::EntryUnsigned)
    );
    // The tag is part of what is signed.
    let untagged = key.sign(&signed.encode()[..80]).unwrap();
    assert_eq!(
        entry.signed(untagged).verify(issuer, &*parsed(&key)),
        Err(Error::EntryUnsigned)
    );
}

#[test]
fn a_signed_entry_vouches_for_the_one_it_names() {
    let key = Key::generate().unwrap();
    let signer = Signer::Issuer(KeyId([0; 8]));
    let first = example();
    let entry = |issuer, number, previous| {
        let subject = Subject::Batch(IssuerNumber(issuer), BatchNumber(number));
        let entry = Entry::new(subject, Day(1), Hash([4; 32]), Some(previous)).unwrap();
        let parsed = AwsLc.es256(&key.public()).unwrap();
        entry.sign(&key).unwrap().verify(signer, &*parsed).unwrap()
    };
    let id = first.unverified().id();
    assert!(first.named_by(&entry(7, 2, id), signer).is_ok());
    assert!(first.named_by(&entry(7, 3, id), signer).is_err());
    assert!(first.named_by(&entry(8, 2, id), signer).is_err());
    assert!(
        first
            .named_by(&entry(7, 2, EntryId(Hash([0; 32]))), signer)
            .is_err()
    );
}
