//! Rules and value sets. A rule that is not understood stays, and makes every certificate open that it applies to.

use super::Case;
use crate::{
    case::{
        Format::{Rules, ValueSet},
        FormatExpected,
    },
    door::foreign::rule,
    flag::Flag,
};
use serde_json::{Value as Json, json};

pub(super) fn cases() -> Vec<Case> {
    let good = || {
        rule(
            "TR-DE-0001",
            "Test",
            &json!({ "===": [{ "var": "payload.t.0.tr" }, "260415000"] }),
        )
    };
    let file = |rule: Json| Json::Array(vec![rule]).to_string();
    let changed = |key: &str, value: Json| {
        let mut rule = good();
        rule[key] = value;
        file(rule)
    };
    let refused =
        |name, description, text: String| Case::refused((Rules, name), description, text, "rules-malformed");
    let open = |name, description, logic: Json, code: &str| {
        let text = file(rule("TR-DE-0001", "Test", &logic));
        Case::new(
            (Rules, name),
            description,
            Flag::Rules,
            text,
            FormatExpected::Taken(vec![code.into()]),
        )
    };
    let without_logic = {
        let mut rule = good();
        if let Json::Object(members) = &mut rule {
            members.remove("Logic");
        }
        file(rule)
    };
    let deep = (0..49).fold(json!(true), |inner, _| json!({ "!": [inner] }));
    let wide = json!({ "in": [1, (0..10_000).map(|_| 0).collect::<Vec<u8>>()] });
    vec![
        Case::good((Rules, "accept"), "A rule as countries publish it.", file(good())),
        Case::good((Rules, "accept-unknown-member"), "A member of a country's own.", changed("Region", json!("BW"))),
        refused("rules-malformed", "A rule without its logic.", without_logic),
        refused("rules-malformed-object", "A rule that is no list of rules.", good().to_string()),
        refused("rules-malformed-array", "A rule by position.", json!([["TR-DE-0001"]]).to_string()),
        refused("rules-malformed-kind", "A kind of rule that is not known.", changed("Type", json!("Rejection"))),
        refused("rules-malformed-certificates", "A kind of certificate that is not known.", changed("CertificateType", json!("Tests"))),
        refused("rules-malformed-date", "Valid until no day at all.", changed("ValidTo", json!("soon"))),
        refused("rules-malformed-version", "A version of two numbers.", changed("Version", json!("1.0"))),
        refused("rules-malformed-identifier", "A rule without a name.", changed("Identifier", json!(""))),
        refused("rules-malformed-trailing", "Something after the rules.", format!("{} []", file(good()))),
        open("rule-operator-unknown", "An operator of JsonLogic that CertLogic left out.", json!({ "or": [true, true] }), "rule-operator-unknown"),
        open(
            "rule-operator-unknown-untaken",
            "An unknown operator in a branch that is not taken.",
            json!({ "if": [true, true, { "or": [true, true] }] }),
            "rule-operator-unknown",
        ),
        open("rule-logic-malformed", "An operand too few.", json!({ "===": [1] }), "rule-logic-malformed"),
        open("rule-logic-malformed-two", "Two operators in one object.", json!({ "!": [true], "and": [true, true] }), "rule-logic-malformed"),
        open("rule-logic-malformed-null", "No logic at all.", Json::Null, "rule-logic-malformed"),
        open("rule-logic-too-large", "49 operators in one another.", deep, "rule-logic-too-large"),
        open("rule-logic-too-large-wide", "A list of 10,000 numbers.", wide, "rule-logic-too-large"),
        Case::new(
            (Rules, "rule-open"),
            "Another language than CertLogic.",
            Flag::Rules,
            changed("Engine", json!("JSONLOGIC")),
            FormatExpected::Taken(vec!["rule-open".into()]),
        ),
        Case::good(
            (ValueSet, "accept"),
            "A value set as the EU publishes it.",
            json!({
                "valueSetId": "covid-19-lab-result", "valueSetDate": "2021-04-27",
                "valueSetValues": { "260415000": { "display": "Not detected", "lang": "en", "active": true } },
            })
            .to_string(),
        ),
        Case::refused((ValueSet, "json-malformed"), "A value set without its values.", json!({ "valueSetId": "x" }).to_string(), "json-malformed"),
    ]
}
