//! The text of an EU certificate, from `HC1:` to its claims: what is read can be written as a text that says the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::hcert::{MAX_TEXT_CHARACTERS, Reading, Scanned, to_text};

fuzz_target!(|text: &str| {
    let read = |text: &str| Scanned::new(text)?.decode(Reading::Lenient);
    let Ok(decoded) = read(text) else { return };
    let _ = decoded.unverified_claims();
    let written = to_text(decoded.sign1());
    if written.len() <= MAX_TEXT_CHARACTERS {
        assert_eq!(
            read(&written).map(|again| again.commitment()),
            Ok(decoded.commitment())
        );
    }
});
