//! Trust lists in JSON, PEM and DER: a signature is never less strict than none.
#![no_main]

use fuzz::{ES256, Gullible};
use libfuzzer_sys::fuzz_target;
use verifier::trust::{Publisher, TrustList};

fuzz_target!(|file: &[u8]| {
    let unchecked = TrustList::import(file, Publisher::NotChecked, &Gullible);
    let signed = TrustList::import(file, Publisher::Key(&ES256), &Gullible);
    assert!(unchecked.is_ok() || signed.is_err());
});
