//! A door's challenge, as a wallet scans it: a text of one form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::sd_cwt::profile::Asked;

fuzz_target!(|text: &str| {
    if let Ok(asked) = Asked::decode_text(text) {
        assert_eq!(asked.to_text(), text);
    }
});
