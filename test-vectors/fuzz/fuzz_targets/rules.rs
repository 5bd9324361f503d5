//! Files of countries' rules, asked about a certificate.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::{UnixTime, hcert::EntryKind};
use serde_json::{Value, json};
use std::sync::LazyLock;
use verifier::{
    CountryCode,
    rules::{Case, Conclusion, RuleSet, ValueSets, Version},
};

static PAYLOAD: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "ver": "1.3.0", "dob": "1964-08-12", "nam": { "fnt": "MUSTERMANN", "gnt": "ERIKA" },
        "t": [{
            "tg": "840539006", "tt": "LP217198-3", "ma": "1232", "sc": "2026-11-18T09:00:00Z", "tr": "260415000",
            "tc": "Testzentrum", "co": "DE", "is": "Gesundheitsamt", "ci": "URN:UVCI:01:DE:ABC#D"
        }]
    })
});

fuzz_target!(|file: &[u8]| {
    let Ok(set) = RuleSet::read(file) else { return };
    let germany = CountryCode::parse("DE").expect("a country");
    let case = Case {
        payload: &PAYLOAD,
        entry: EntryKind::Test,
        schema: Version(1, 3, 0),
        issuer: germany,
        arrival: germany,
        now: generate::world::NOW,
        issued: UnixTime(generate::world::NOW.0 - 3_600),
        expires: UnixTime(generate::world::NOW.0 + 86_400),
        key_id: "AAAAAAAAAAA=",
        value_sets: &ValueSets::default(),
    };
    let report = set.check(&case);
    assert_eq!(report.results.len(), set.applicable(&case).len());
    let _ = matches!(report.conclusion(), Conclusion::Passed(_));
});
