//! A result as the issuer stores it: what is read can be written and read again.
#![no_main]

use issuer::Draft;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(draft) = Draft::decode(bytes) else { return };
    assert!(Draft::decode(&draft.encode()).is_ok_and(|again| again == draft));
});
