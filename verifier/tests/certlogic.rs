//! The CertLogic 1.3.3 test suite of ehn-dcc-development/eu-dcc-business-rules, read in place.

mod common;

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use verifier::{Error, rules::Expression};

#[test]
fn meets_the_test_suite() {
    let Some(vectors) = common::vectors() else {
        println!("left out: 222 vector tests (no ../shared/vectors)");
        return;
    };
    let lines = std::fs::read_to_string(vectors.join("dcc/certlogic.jsonl")).unwrap();
    let cases: Vec<Json> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (skipped, cases): (Vec<Json>, Vec<Json>) =
        cases.into_iter().partition(|case| case["skip"] == json!(true));
    let unmet: Vec<String> = cases.iter().filter_map(unmet).collect();
    println!(
        "certlogic.jsonl: {} of {} cases met, {} skipped upstream",
        cases.len() - unmet.len(),
        cases.len(),
        skipped.len()
    );
    assert_eq!(unmet, Vec::<String>::new());
    assert_eq!((cases.len(), skipped.len()), (222, 10));
}

fn unmet(case: &Json) -> Option<String> {
    let expression = match Expression::parse(&case["logic"]) {
        Ok(expression) => expression,
        Err(error) => return Some(format!("{case}: {error}")),
    };
    let result = expression.evaluate(&case["data"]);
    (result.as_ref() != Ok(&case["expected"])).then(|| format!("{case}: {result:?}"))
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any_text().prop_map(Json::from),
    ];
    leaf.prop_recursive(6, 64, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec((any_text(), inner), 0..4)
                .prop_map(|fields| Json::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9.]{0,8}",
        "\\PC{0,12}",
        "20[0-9]{2}-[01][0-9]-[0-3][0-9](T[0-9:.Z+-]{0,12})?"
    ]
}

/// Mostly well-formed expressions, so that evaluation is reached.
fn any_logic() -> impl Strategy<Value = Json> {
    let path = prop_oneof![
        "",
        "current",
        "accumulator",
        "a",
        "a.b",
        "a.0",
        "0.1.x",
        "[a-z.]{0,4}"
    ];
    let leaf = prop_oneof![
        any::<bool>().prop_map(Json::from),
        (-3i64..4).prop_map(Json::from),
        any_text().prop_map(Json::from),
        path.prop_map(|path| json!({ "var": path })),
        any_json(),
    ];
    leaf.prop_recursive(6, 96, 4, |inner| {
        let operator = prop::sample::select(vec![
            "if", "and", "===", "in", "+", "<", "<=", ">", ">=", "after", "before", "not-after", "not-before", "!",
            "reduce", "dccDateOfBirth", "or",
        ]);
        let unit = prop::sample::select(vec!["year", "month", "day", "hour", "week"]);
        prop_oneof![
            4 => (operator, prop::collection::vec(inner.clone(), 1..4))
                .prop_map(|(operator, operands)| json!({ operator: operands })),
            1 => (inner.clone(), any::<i64>(), unit)
                .prop_map(|(date, amount, unit)| json!({ "plusTime": [date, amount, unit] })),
            1 => (inner.clone(), -1i64..4).prop_map(|(uvci, index)| json!({ "extractFromUVCI": [uvci, index] })),
            1 => prop::collection::vec(inner, 0..4).prop_map(Json::from),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_json_parses_or_refuses_and_evaluation_returns(logic in any_logic(), data in any_json()) {
        if let Ok(expression) = Expression::parse(&logic) {
            let first = expression.evaluate(&data);
            prop_assert_eq!(&first, &expression.evaluate(&data));
            if let Err(error) = first {
                prop_assert!(matches!(error.code(), "rule-evaluation" | "rule-effort-exceeded"));
            }
        }
    }

    #[test]
    fn arbitrary_json_is_no_trouble(logic in any_json(), data in any_json()) {
        if let Ok(expression) = Expression::parse(&logic) {
            let _ = expression.evaluate(&data);
        }
    }
}

fn evaluate(logic: &Json, data: &Json) -> Result<Json, Error> {
    Expression::parse(logic)?.evaluate(data)
}

fn code(logic: &Json, data: &Json) -> &'static str {
    evaluate(logic, data).map_or_else(|error| error.code(), |_| panic!("{logic} is no error"))
}

#[test]
fn refuses_what_the_specification_does_not_have() {
    for (logic, expected) in [
        (json!({ "or": [true, true] }), "rule-operator-unknown"),
        (json!({ "==": [1, 1] }), "rule-operator-unknown"),
        (json!({ "extractFromUCI": ["", 1] }), "rule-operator-unknown"),
        (json!({ "or": true }), "rule-operator-unknown"),
        (
            json!({ "if": [true, true, { "or": [] }] }),
            "rule-operator-unknown",
        ),
        (json!(null), "rule-logic-malformed"),
        (json!(1.5), "rule-logic-malformed"),
        (json!(9_007_199_254_740_992_i64), "rule-logic-malformed"),
        (json!({}), "rule-logic-malformed"),
        (json!({ "var": "a", "!": [true] }), "rule-logic-malformed"),
        (json!({ "var": 1 }), "rule-logic-malformed"),
        (json!({ "var": "a..b" }), "rule-logic-malformed"),
        (json!({ "var": ["a", 1] }), "rule-logic-malformed"),
        (json!({ "!": true }), "rule-logic-malformed"),
        (json!({ "!": [] }), "rule-logic-malformed"),
        (json!({ "!": [true, true] }), "rule-logic-malformed"),
        (json!({ "if": [true, true] }), "rule-logic-malformed"),
        (json!({ "and": [true] }), "rule-logic-malformed"),
        (json!({ "<": [1, 2, 3, 4] }), "rule-logic-malformed"),
        (json!({ "===": [1, 2, 3] }), "rule-logic-malformed"),
        (
            json!({ "plusTime": ["2021-01-01", 1, "week"] }),
            "rule-logic-malformed",
        ),
        (
            json!({ "plusTime": ["2021-01-01", { "+": [1, 1] }, "day"] }),
            "rule-logic-malformed",
        ),
        (json!({ "extractFromUVCI": ["", "1"] }), "rule-logic-malformed"),
    ] {
        assert_eq!(code(&logic, &json!({})), expected, "{logic}");
    }
}

#[test]
fn errors_where_the_specification_demands_them() {
    let data =
        json!({ "a": [1], "o": { "x": 1 }, "f": 1.5, "t": "x", "n": null, "big": 9_007_199_254_740_991_i64 });
    for logic in [
        json!({ "<": ["a", "b"] }),
        json!({ ">=": [{ "var": "f" }, 1] }),
        json!({ "<": [{ "var": "n" }, 1] }),
        json!({ "after": ["2021-01-01", "2020-01-01"] }),
        json!({ "after": [{ "plusTime": ["2021-01-01", 0, "day"] }, 1] }),
        json!({ "+": [1, "1"] }),
        json!({ "+": [{ "var": "big" }, 1] }),
        json!({ "in": ["x", "xyz"] }),
        json!({ "in": ["x", { "var": "o" }] }),
        json!({ "===": [{ "var": "a" }, { "var": "a" }] }),
        json!({ "===": [{ "plusTime": ["2021", 0, "day"] }, { "plusTime": ["2021", 0, "day"] }] }),
        json!({ "if": [{ "plusTime": ["2021-01-01", 0, "day"] }, true, true] }),
        json!({ "!": [{ "var": "f" }] }),
        json!({ "and": [true, { "plusTime": ["2021-01-01", 0, "day"] }] }),
        json!({ "plusTime": [{ "var": "n" }, 0, "day"] }),
        json!({ "plusTime": ["2021-02-29", 0, "day"] }),
        json!({ "plusTime": ["2021-01-01", 9_007_199_254_740_991_i64, "day"] }),
        json!({ "plusTime": [{ "plusTime": ["2021-01-01", 0, "day"] }, 0, "day"] }),
        json!({ "dccDateOfBirth": [""] }),
        json!({ "extractFromUVCI": [1, 1] }),
        json!({ "reduce": ["abc", true, true] }),
    ] {
        assert_eq!(code(&logic, &data), "rule-evaluation", "{logic}");
    }
}

#[test]
fn operands_that_decide_nothing_are_not_evaluated() {
    let error = json!({ "<": ["a", "b"] });
    for (logic, expected) in [
        (json!({ "and": [false, error] }), json!(false)),
        (json!({ "if": [true, 1, error] }), json!(1)),
        (json!({ "reduce": [[], error, 7] }), json!(7)),
    ] {
        assert_eq!(evaluate(&logic, &json!({})), Ok(expected), "{logic}");
    }
}

#[test]
fn integers_may_be_written_with_a_fraction_of_zero() {
    let data = json!({ "dn": 2.0, "zero": -0.0 });
    assert_eq!(
        evaluate(&json!({ "===": [{ "var": "dn" }, 2] }), &data),
        Ok(json!(true))
    );
    assert_eq!(
        evaluate(&json!({ "!": [{ "var": "zero" }] }), &data),
        Ok(json!(true))
    );
}

#[test]
fn the_context_of_a_fold_is_an_object() {
    let whole = json!({ "reduce": [[1, 2], { "var": "" }, 0] });
    let expected = json!({ "accumulator": { "accumulator": 0, "current": 1 }, "current": 2 });
    assert_eq!(evaluate(&whole, &json!({})), Ok(expected));
}

#[test]
fn growth_is_bounded() {
    let items = json!(vec![0; 200]);
    let accumulator = json!({ "var": "accumulator" });
    // Doubles with each item, nests with each item, and reads one long text again and again.
    let doubling = json!({ "reduce": [items, [accumulator, accumulator], 0] });
    assert_eq!(code(&doubling, &json!({})), "rule-evaluation");
    let shallow = json!({ "reduce": [vec![0; 12], vec![accumulator; 4], 0] });
    assert_eq!(code(&shallow, &json!({})), "rule-effort-exceeded");
    let long = json!({ "t": "x".repeat(60_000) });
    let compare = json!({ "===": [{ "var": "t" }, { "var": "t" }] });
    assert_eq!(code(&json!(vec![compare; 200]), &long), "rule-effort-exceeded");

    let mut deep = json!(true);
    for _ in 0..47 {
        deep = json!({ "!": [deep] });
    }
    assert_eq!(evaluate(&deep, &json!({})), Ok(json!(false)));
    assert_eq!(code(&json!({ "!": [deep] }), &json!({})), "rule-logic-too-large");
    assert_eq!(code(&json!(vec![0; 10_000]), &json!({})), "rule-logic-too-large");
    assert_eq!(
        code(&json!({ "var": "x.".repeat(10_000) + "x" }), &json!({})),
        "rule-logic-too-large"
    );
}
