//! Policies (C2SP tlog-policy): what is read can be written and read again, and has a majority for its quorum.
#![no_main]

use ledger::policy::{MAX_MEMBERS, Policy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(policy) = Policy::parse(bytes) else { return };
    assert_eq!(Policy::parse(policy.to_string().as_bytes()), Ok(policy.clone()));
    assert!(policy.logs().len() <= MAX_MEMBERS && policy.witnesses().len() <= MAX_MEMBERS);
    assert!(policy.quorum() * 2 > policy.witnesses().len() && policy.quorum() <= policy.witnesses().len());
});
