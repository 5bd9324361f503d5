//! CertLogic expressions: `{"logic": …, "data": …}` comes to the same whenever it is asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use verifier::rules::Expression;

fuzz_target!(|bytes: &[u8]| {
    let Ok(case) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let Ok(expression) = Expression::parse(&case["logic"]) else {
        return;
    };
    assert_eq!(
        expression.evaluate(&case["data"]),
        expression.evaluate(&case["data"])
    );
});
