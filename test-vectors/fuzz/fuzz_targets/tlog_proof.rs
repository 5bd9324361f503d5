//! Proofs of an entry as a file (C2SP tlog-proof): a proof has one form.
#![no_main]

use generate::world::members::Members;
use ledger::{merkle::leaf_hash, proof::TlogProof};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static MEMBERS: LazyLock<Members> = LazyLock::new(Members::default);

fuzz_target!(|bytes: &[u8]| {
    let Ok(proof) = TlogProof::parse(bytes) else {
        return;
    };
    assert_eq!(proof.to_string().as_bytes(), bytes);
    let _ = proof.verify(&leaf_hash(b""), &MEMBERS.policy());
});
