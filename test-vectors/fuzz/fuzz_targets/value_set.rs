//! Value sets as the EU publishes them, for certificates and for rules.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::value_sets::CodeTable;
use verifier::rules::ValueSets;

fuzz_target!(|json: &[u8]| {
    let _ = CodeTable::from_json(json);
    let _ = ValueSets::default().with_published(json);
});
