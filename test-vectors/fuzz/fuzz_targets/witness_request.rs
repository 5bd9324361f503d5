//! What a log asks a witness (C2SP tlog-witness): a request has one form, and no request is cosigned that is not the log's.
#![no_main]

use generate::world::members::Members;
use ledger::{
    merkle::TreeHead,
    witness::{Record, Request, add_checkpoint},
};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static MEMBERS: LazyLock<Members> = LazyLock::new(Members::default);

fuzz_target!(|body: &[u8]| {
    let Ok(request) = Request::parse(body) else { return };
    assert_eq!(request.to_string().as_bytes(), body);
    let keys = vec![MEMBERS.log.verifier()];
    let record = Record {
        keys: keys.clone(),
        latest: TreeHead::empty(),
    };
    match add_checkpoint(Some(&record), &request) {
        Ok(accepted) => {
            assert_eq!(accepted.latest(), request.checkpoint.unverified().head());
            assert!(request.checkpoint.verify(&keys).is_ok() && request.old.0 == 0);
        }
        Err(refusal) => assert!((400..=422).contains(&refusal.status())),
    }
});
