//! Certificates at a door, of which the input lacks the compression and base45.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::{base45, hcert::PREFIX, zlib};

fuzz_target!(|bytes: &[u8]| {
    fuzz::show(&[PREFIX, &base45::encode(&zlib::deflate(bytes))].concat());
});
