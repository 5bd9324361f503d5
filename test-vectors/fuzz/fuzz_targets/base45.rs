//! Base45 (RFC 9285): a text is read only if it is written so.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::base45::{decode, encode};

fuzz_target!(|text: &str| {
    if let Ok(bytes) = decode(text) {
        assert_eq!(encode(&bytes), text);
    }
});
