//! Value sets as the EU publishes them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::value_sets::CodeTable;
use verifier::rules::ValueSets;

fuzz_target!(|json: &[u8]| {
    let table = CodeTable::from_json(json);
    // The rules ask for the set's name too.
    if ValueSets::default().with_published(json).is_ok() {
        assert!(table.is_ok());
    }
});
