//! Keys of logs and witnesses as text (C2SP signed-note): a key has one form.
#![no_main]

use ledger::{
    cosignature::WitnessKey,
    note::{KeyName, VerifierKey},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(name) = text.parse::<KeyName>() {
        assert_eq!(name.as_str(), text);
    }
    let log = text.parse::<VerifierKey>();
    let witness = text.parse::<WitnessKey>();
    assert!(log.is_err() || witness.is_err(), "a key of two kinds");
    assert!(log.is_ok_and(|key| key.to_string() == text) == text.parse::<VerifierKey>().is_ok());
    assert!(witness.is_ok_and(|key| key.to_string() == text) == text.parse::<WitnessKey>().is_ok());
});
