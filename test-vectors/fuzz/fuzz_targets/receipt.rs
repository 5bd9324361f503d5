//! COSE receipts (RFC 9942): a receipt that holds leads to the root that it says.
#![no_main]

use fuzz::ES256;
use ledger::{
    merkle::leaf_hash,
    receipt::{ConsistencyReceipt, InclusionReceipt},
};
use libfuzzer_sys::fuzz_target;
use schemas::{Commitment, Slot};

fuzz_target!(|bytes: &[u8]| {
    let leaf = leaf_hash(b"");
    if let Ok(receipt) = InclusionReceipt::decode(bytes) {
        let root = receipt.unverified_root(&leaf);
        if let Ok(included) = receipt.verify(&leaf, &ES256) {
            assert_eq!(root, Ok(included.head().root));
        }
        let _ = receipt.verify_slot(Commitment(leaf), Slot(0), &ES256);
    }
    if let Ok(receipt) = ConsistencyReceipt::decode(bytes) {
        let root = receipt.unverified_root(&leaf);
        if let Ok(consistent) = receipt.verify(&leaf, &ES256) {
            assert_eq!(root, Ok(consistent.later().root));
        }
    }
});
