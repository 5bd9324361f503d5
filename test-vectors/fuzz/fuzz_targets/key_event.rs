//! What the registrar says of an issuer: one encoding for each event.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::key_event::{KeyEvent, MAX_KEYS, MAX_NAME_BYTES};

fuzz_target!(|bytes: &[u8]| {
    let Ok(event) = KeyEvent::decode(bytes) else {
        return;
    };
    assert_eq!(event.encode(), bytes);
    assert!((1..=MAX_KEYS).contains(&event.keys().len()) && event.name().len() <= MAX_NAME_BYTES);
});
