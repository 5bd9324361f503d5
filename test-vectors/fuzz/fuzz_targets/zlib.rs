//! ZLIB (RFC 1950): never more than the limit, and what was inflated can be deflated.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::{
    hcert::MAX_INFLATED_BYTES,
    zlib::{deflate, inflate},
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(data) = inflate(bytes, MAX_INFLATED_BYTES) {
        assert!(data.len() <= MAX_INFLATED_BYTES);
        assert_eq!(inflate(&deflate(&data), data.len()), Ok(data));
    }
});
