//! Presentations at a door, of which the input lacks base45.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::{base45, sd_cwt::profile::PREFIX};

fuzz_target!(|bytes: &[u8]| {
    fuzz::show(&[PREFIX, &base45::encode(bytes)].concat());
});
