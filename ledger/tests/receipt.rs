//! RFC 9942's example receipts, an inclusion and a consistency proof of one log. Their key is not published, so what can be
//! verified is that the two proofs lead to one root.

mod common;

use ledger::{
    merkle::{ConsistencyProof, InclusionProof, LeafIndex, TreeHead, TreeSize, node_hash},
    receipt::{ConsistencyReceipt, InclusionReceipt},
};
use schemas::{
    Hash,
    crypto::{Crypto, SigningKey, aws_lc},
};

#[test]
fn rfc9942_examples() {
    let Some(vectors) = common::vectors_for(2) else {
        return;
    };
    let folder = vectors.join("tlog/cose-receipt-examples/examples");
    let inclusion = std::fs::read(folder.join("inclusion-receipt.cbor")).unwrap();
    let consistency = std::fs::read(folder.join("consistency-receipt.cbor")).unwrap();
    let of_inclusion = InclusionReceipt::decode(&inclusion).unwrap();
    let of_consistency = ConsistencyReceipt::decode(&consistency).unwrap();
    assert_eq!(of_inclusion.envelope().encode(), inclusion);
    assert_eq!(of_inclusion.envelope().key_id(), Some(&b"test-key-1"[..]));
    assert!(InclusionReceipt::decode(&consistency).is_err());
    assert!(ConsistencyReceipt::decode(&inclusion).is_err());

    // Leaf 3 of 5: its siblings are leaf 2, the node over leaves 0 and 1, and leaf 4; from 3 to 5 entries the way is leaf 2,
    // leaf 3, that node, and leaf 4.
    let InclusionProof(path) = of_inclusion.unverified_proof();
    let ConsistencyProof(steps) = of_consistency.unverified_proof();
    let [leaf_2, leaf_3, nodes_01, leaf_4]: [Hash; 4] = steps.clone().try_into().unwrap();
    assert_eq!(*path, [leaf_2, nodes_01, leaf_4]);
    let root = of_inclusion.unverified_root(&leaf_3).unwrap();
    let old = node_hash(&nodes_01, &leaf_2);
    assert_eq!(of_consistency.unverified_root(&old), Ok(root));
    let head = TreeHead {
        size: TreeSize(5),
        root,
    };
    assert!(
        of_inclusion
            .unverified_proof()
            .verify(&leaf_3, LeafIndex(3), &head)
            .is_ok()
    );

    // Under any other key both are refused for their signatures.
    let key = aws_lc::SigningKey::generate().unwrap();
    let key = aws_lc::AwsLc.es256(&key.public()).unwrap();
    assert_eq!(
        of_inclusion.verify(&leaf_3, &*key).unwrap_err().code(),
        "signature-invalid"
    );
    assert_eq!(
        of_consistency.verify(&old, &*key).unwrap_err().code(),
        "signature-invalid"
    );
    println!("cose-receipt-examples: 2 of 2 read, leading to one root");
}
