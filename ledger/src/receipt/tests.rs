use super::*;
use crate::{
    checkpoint::Checkpoint,
    merkle::{leaf_hash, root_of},
};
use proptest::prelude::*;
use schemas::crypto::{Crypto, SigningKey, aws_lc};
use std::sync::LazyLock;

static ISSUER_KEY: LazyLock<aws_lc::SigningKey> = LazyLock::new(|| aws_lc::SigningKey::generate().unwrap());

fn leaves() -> [Commitment; BATCH_SLOTS] {
    core::array::from_fn(|slot| Commitment(leaf_hash(&slot.to_be_bytes())))
}

fn batch_receipt(slot: Slot) -> Sign1 {
    let key_id = KeyId::of_point(&ISSUER_KEY.public());
    let request = for_slot(&BatchTree::new(&leaves()), slot, "https://issuer.example", key_id);
    let signature = ISSUER_KEY.sign(&request.bytes()).unwrap();
    request.signed_detached(&signature.0)
}

#[test]
fn a_slot_s_receipt_is_the_issuer_s() {
    let key = aws_lc::AwsLc.es256(&ISSUER_KEY.public()).unwrap();
    let receipt = InclusionReceipt::decode(&batch_receipt(Slot(42)).encode()).unwrap();
    let leaf = leaves()[42];
    let shown = receipt.verify_slot(leaf, Slot(42), &*key).unwrap();
    assert_eq!(shown.head().root, BatchTree::new(&leaves()).root());
    assert_eq!(
        receipt.envelope().key_id(),
        Some(&KeyId::of_point(&ISSUER_KEY.public()).0[..])
    );

    let code = |result: Result<Included, Error>| result.unwrap_err().code();
    assert_eq!(
        code(receipt.verify_slot(leaf, Slot(43), &*key)),
        "receipt-malformed"
    );
    assert_eq!(
        code(receipt.verify_slot(leaves()[43], Slot(42), &*key)),
        "signature-invalid"
    );
    let log = SignerKey::from_seed("log".parse().unwrap(), &[1; 32]);
    assert_eq!(
        code(receipt.verify(&leaf.0, log.verifier().key())),
        "algorithm-unsupported"
    );
}

#[test]
fn an_entry_s_receipt_is_the_log_s() {
    let log = SignerKey::from_seed("log.example".parse().unwrap(), &[1; 32]);
    let leaves: Vec<Hash> = leaves().iter().take(100).map(|leaf| leaf.0).collect();
    let head = TreeHead {
        size: TreeSize(100),
        root: root_of(&leaves),
    };
    let signed = Checkpoint::new(log.verifier().name(), head).sign(&log);
    let checkpoint = signed.verify(&[log.verifier()]).unwrap();
    let index = LeafIndex(70);
    let proof = InclusionProof::generate(&leaves[..], index, head.size).unwrap();
    let bytes = for_entry(&log, &checkpoint, index, &proof).encode();
    let receipt = InclusionReceipt::decode(&bytes).unwrap();
    let shown = receipt.verify(&leaves[70], log.verifier().key()).unwrap();
    assert_eq!((shown.index(), shown.head()), (index, head));
    let other = SignerKey::from_seed("log.example".parse().unwrap(), &[2; 32]);
    let refused = receipt.verify(&leaves[70], other.verifier().key()).unwrap_err();
    assert_eq!(refused.code(), "signature-invalid");
}

#[test]
fn refuses_what_is_no_receipt() {
    let code = |sign1: Sign1| {
        InclusionReceipt::decode(&sign1.encode())
            .map(|_| ())
            .unwrap_err()
            .code()
    };
    let with_proofs = |value: Value| {
        let mut receipt = batch_receipt(Slot(0));
        receipt.unprotected_mut().rest = vec![(Label::Int(VDP), value)];
        receipt
    };
    let of_kind = |kind: i64, proofs: Vec<Value>| Value::Map(vec![(Value::from(kind), Value::Array(proofs))]);
    let genuine = batch_receipt(Slot(0)).unprotected().rest[0].1.clone();
    let proof = genuine.as_map().unwrap()[0].1.as_array().unwrap()[0].clone();
    assert_eq!(
        InclusionReceipt::decode(&with_proofs(genuine).encode()).map(|_| ()),
        Ok(())
    );
    let encoded = |item: Item<'_>| Value::Bytes(item.encode());
    let path = |length| Item::Array(vec![Item::bytes(&[0; 32]); length]);
    for value in [
        Value::Null,
        Value::Map(vec![]),
        of_kind(INCLUSION, vec![]),
        of_kind(INCLUSION, vec![proof.clone(), proof.clone()]),
        of_kind(CONSISTENCY, vec![proof]),
        of_kind(INCLUSION, vec![Value::Null]),
        of_kind(INCLUSION, vec![encoded(Item::Int(1))]),
        of_kind(
            INCLUSION,
            vec![encoded(Item::Array(vec![Item::Int(-1), Item::Int(0), path(8)]))],
        ),
        of_kind(
            INCLUSION,
            vec![encoded(Item::Array(vec![Item::Int(1), Item::Int(0), path(64)]))],
        ),
        of_kind(
            INCLUSION,
            vec![encoded(Item::Array(vec![
                Item::Int(1),
                Item::Int(0),
                Item::bytes(&[0; 32]),
            ]))],
        ),
    ] {
        assert_eq!(code(with_proofs(value.clone())), "receipt-malformed", "{value:?}");
    }

    let untagged = InclusionReceipt::decode(&batch_receipt(Slot(0)).encode_untagged());
    assert_eq!(untagged.map(|_| ()).unwrap_err().code(), "receipt-malformed");
    let header = HeaderBuilder::new().algorithm(Algorithm::ES256).build();
    let unprotected = batch_receipt(Slot(0)).unprotected().clone();
    let without_vds = ToBeSigned::new(header, unprotected, vec![0; 32]).signed_detached(&[0; 64]);
    assert_eq!(code(without_vds), "receipt-malformed");
}

#[test]
fn an_attached_root_is_refused() {
    let key = aws_lc::AwsLc.es256(&ISSUER_KEY.public()).unwrap();
    let request = for_slot(&BatchTree::new(&leaves()), Slot(0), "issuer", KeyId([0; 8]));
    let signature = ISSUER_KEY.sign(&request.bytes()).unwrap();
    let receipt = InclusionReceipt::decode(&request.signed(signature).encode()).unwrap();
    assert_eq!(
        receipt.verify(&leaves()[0].0, &*key).unwrap_err().code(),
        "cose-malformed"
    );
}

proptest! {
    #[test]
    fn any_flipped_bit_refuses(bit in 0usize..10_000) {
        let key = aws_lc::AwsLc.es256(&ISSUER_KEY.public()).unwrap();
        let mut bytes = batch_receipt(Slot(42)).encode();
        let bit = bit % (bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let verified = InclusionReceipt::decode(&bytes)
            .and_then(|receipt| receipt.verify_slot(leaves()[42], Slot(42), &*key));
        prop_assert!(verified.is_err());
    }

    #[test]
    fn any_bytes_return(bytes: Vec<u8>) {
        let _ = InclusionReceipt::decode(&bytes).map(|_| ());
        let _ = ConsistencyReceipt::decode(&bytes).map(|_| ());
    }
}
