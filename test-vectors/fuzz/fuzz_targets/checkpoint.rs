//! Checkpoints (C2SP tlog-checkpoint) with their cosignatures: a checkpoint has one form.
#![no_main]

use generate::world::members::Members;
use ledger::checkpoint::SignedCheckpoint;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static MEMBERS: LazyLock<Members> = LazyLock::new(Members::default);

fuzz_target!(|bytes: &[u8]| {
    let Ok(checkpoint) = SignedCheckpoint::parse(bytes) else {
        return;
    };
    assert_eq!(checkpoint.to_string().as_bytes(), bytes);
    if let Ok(cosigned) = MEMBERS.policy().verify(&checkpoint) {
        assert!(cosigned.cosigners().len() >= MEMBERS.policy().quorum());
        assert!(checkpoint.verify(&[MEMBERS.log.verifier()]).is_ok());
    }
});
