//! A door's policy in TOML and JSON: what is read can be written and read again, and is never laxer than it may be.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verifier::Policy;

fuzz_target!(|text: &str| {
    for policy in [Policy::from_toml(text), Policy::from_json(text)]
        .into_iter()
        .flatten()
    {
        let written = serde_json::to_string(&policy).expect("a policy is JSON");
        assert_eq!(Policy::from_json(&written).as_ref(), Ok(&policy));
        assert!((0..=72 * 3_600).contains(&policy.ledger.max_view_age.seconds()));
    }
});
