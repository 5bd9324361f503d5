//! The JSON of an EU certificate: what a strict reader takes, a lenient one takes too and reads alike, and what was
//! read can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::hcert::{Certificate, Reading};

fuzz_target!(|text: &str| {
    let strict = certificate(text, Reading::Strict);
    let lenient = certificate(text, Reading::Lenient);
    if let Some(strict) = strict {
        assert!(lenient.is_some_and(|lenient| lenient == strict));
    }
});

fn certificate(text: &str, reading: Reading) -> Option<Certificate> {
    let certificate = Certificate::from_json(text, reading).ok()?;
    let written = serde_json::to_string(&certificate).expect("a certificate is JSON");
    assert!(Certificate::from_json(&written, reading).is_ok_and(|again| again == certificate));
    assert!(Certificate::from_item(&certificate.to_item(), reading).is_ok_and(|again| again == certificate));
    Some(certificate)
}
