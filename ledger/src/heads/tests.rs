use super::*;
use proptest::prelude::*;
use std::sync::LazyLock;

static KEY: LazyLock<ml_dsa::SecretKey> = LazyLock::new(|| ml_dsa::SecretKey::from_seed(&[3; 32]));

fn any_head() -> impl Strategy<Value = Head> {
    let chain = prop::sample::select(vec![Chain::Batches, Chain::Snapshots, Chain::KeyEvents]);
    let parts = (1u32..9, chain, any::<u32>(), any::<[u8; 32]>(), 0..i64::MAX);
    parts.prop_map(|(issuer, chain, number, entry, time)| Head {
        issuer: IssuerNumber(issuer),
        chain,
        number,
        entry: EntryId(Hash(entry)),
        time: UnixTime(time),
    })
}

fn head() -> Head {
    Head {
        issuer: IssuerNumber(7),
        chain: Chain::Batches,
        number: 41,
        entry: EntryId(Hash([0xab; 32])),
        time: UnixTime(1_795_392_000),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reads_what_it_writes(head in any_head()) {
        let signed = head.sign(&KEY);
        let bytes = signed.encode();
        prop_assert!(bytes.len() <= MAX_HEAD_BYTES);
        let read = SignedHead::decode(&bytes).unwrap();
        prop_assert_eq!(&read, &signed);
        prop_assert_eq!(read.verify(&KEY.public()), Ok(head));
    }

    /// Whatever is changed is refused, or is another head that nobody signed.
    #[test]
    fn a_head_has_one_encoding(position: prop::sample::Index, change in 1u8..) {
        let mut bytes = head().sign(&KEY).encode();
        *position.get_mut(&mut bytes) ^= change;
        if let Ok(read) = SignedHead::decode(&bytes) {
            prop_assert_eq!(read.encode(), bytes);
            prop_assert_eq!(read.verify(&KEY.public()), Err(Error::HeadUnsigned));
        }
    }

    #[test]
    fn any_bytes_return(bytes: Vec<u8>) {
        let _ = SignedHead::decode(&bytes);
        if let Ok(heads) = Heads::decode(&bytes) {
            prop_assert_eq!(heads.encode(), bytes);
        }
    }

    #[test]
    fn a_list_reads_what_it_writes(all in prop::collection::vec(any_head(), 0..6)) {
        let mut heads = Heads::default();
        for head in &all {
            heads.replace(head.sign(&KEY)).unwrap();
        }
        prop_assert_eq!(Heads::decode(&heads.encode()), Ok(heads.clone()));
        // In another order, if it has one.
        let mut turned: Vec<_> = heads.iter().map(|head| Item::Bytes(head.encode().into())).collect();
        if turned.len() > 1 {
            turned.reverse();
            prop_assert_eq!(Heads::decode(&Item::Array(turned).encode()).unwrap_err().code(), "head-malformed");
        }
    }
}

#[test]
fn limits_hold() {
    let mut heads = Heads::default();
    let signed = head().sign(&KEY);
    for issuer in 0..MAX_HEADS {
        let issuer = IssuerNumber(u32::try_from(issuer).unwrap());
        let head = Head { issuer, ..head() };
        let sign1 = head.request().signed_with(signed.sign1.signature());
        heads.replace(SignedHead { head, sign1 }).unwrap();
    }
    let bytes = heads.encode();
    assert!(bytes.len() <= MAX_HEADS_BYTES);
    assert_eq!(Heads::decode(&bytes), Ok(heads.clone()));
    let more = Head {
        issuer: IssuerNumber(u32::MAX),
        ..head()
    };
    assert_eq!(heads.replace(more.sign(&KEY)).unwrap_err().code(), "too-long");
    heads.replace(signed).unwrap();
}

/// The example of `schemas/spec/head.md`.
#[test]
fn the_bytes_are_as_specified() {
    let request = head().request();
    let payload = [
        "a5 01 07 02 01 03 1829 04 5820",
        &"ab".repeat(32),
        "05 1a6b038200",
    ]
    .concat();
    let typ = hex::encode(TYPE);
    let protected = ["a2 01 382f 10 781c", &typ].concat();
    let expected = [
        "84 6a",
        &hex::encode("Signature1"),
        "5823",
        &protected,
        "40 5831",
        &payload,
    ]
    .concat();
    assert_eq!(hex::encode(request.bytes()), expected.replace(' ', ""));
}

#[test]
fn another_type_is_no_head() {
    let payload = head().request();
    let sign1 = payload.clone().signed_with(&KEY.sign(&payload.bytes()));
    let protected = HeaderBuilder::new().algorithm(Algorithm::ML_DSA_44).build();
    let other = ToBeSigned::new(
        protected,
        Header::default(),
        sign1.unverified_payload().unwrap().to_vec(),
    );
    let other = other.clone().signed_with(&KEY.sign(&other.bytes()));
    assert_eq!(
        SignedHead::decode(&other.encode()).unwrap_err().code(),
        "head-malformed"
    );
    assert_eq!(
        SignedHead::decode(&sign1.encode_untagged()).unwrap_err().code(),
        "head-malformed"
    );
    assert!(SignedHead::decode(&sign1.encode()).is_ok());
}
