//! The trust lists and rules that vectors refer to.

use super::{ENDING, NOT_DETECTED, NOWHERE, VACCINATIONS};
use crate::{
    Files,
    der::{AUSTRIA, Signer},
    json,
    seed::key,
    world::id_of,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value as Json, json};

/// The trust lists and rules that these vectors refer to.
pub(crate) fn files() -> Files {
    let listed = |signer: &Signer| json!({ "certificate": STANDARD.encode(signer.der()) });
    let alias = |label: &str| {
        json!({
            "certificate": STANDARD.encode(AUSTRIA.der()), "country": "AT",
            "kid": STANDARD.encode(id_of(&key(label)).0),
        })
    };
    let lists = [
        (
            "signers",
            [AUSTRIA, VACCINATIONS, NOWHERE, ENDING]
                .iter()
                .map(listed)
                .collect::<Vec<_>>(),
        ),
        (
            "shared-identifiers",
            ["issuer 1, good", "issuer 5"].map(alias).to_vec(),
        ),
    ];
    let lists = lists.map(|(name, list)| {
        (
            format!("trust/{name}.json"),
            json(&json!({ "certificates": list })),
        )
    });
    let rules = rule_sets()
        .into_iter()
        .map(|(name, rules)| (format!("rules/{name}.json"), json(&rules)));
    lists.into_iter().chain(rules).collect()
}

/// A rule as countries publish it.
pub(crate) fn rule(identifier: &str, certificates: &str, logic: &Json) -> Json {
    json!({
        "Identifier": identifier, "Type": "Acceptance", "Country": "DE", "Version": "1.0.0",
        "SchemaVersion": "1.0.0", "Engine": "CERTLOGIC", "EngineVersion": "1.0.0", "CertificateType": certificates,
        "Description": [{ "lang": "en", "desc": "A rule of a test vector." }],
        "ValidFrom": "2026-01-01T00:00:00Z", "ValidTo": "2030-01-01T00:00:00Z", "AffectedFields": ["t.0"],
        "Logic": logic,
    })
}

fn with(mut rule: Json, key: &str, value: &str) -> Json {
    rule[key] = value.into();
    rule
}

fn rule_sets() -> Vec<(&'static str, Vec<Json>)> {
    let outcome = || {
        rule(
            "TR-DE-0001",
            "Test",
            &json!({ "===": [{ "var": "payload.t.0.tr" }, NOT_DETECTED] }),
        )
    };
    let clock = json!({ "plusTime": [{ "var": "external.validationClock" }, 0, "day"] });
    let sampled = json!({ "plusTime": [{ "var": "payload.t.0.sc" }, 72, "hour"] });
    let doses = json!({ ">=": [{ "var": "payload.v.0.dn" }, { "var": "payload.v.0.sd" }] });
    let recovered = json!({ "plusTime": [{ "var": "payload.r.0.df" }, 0, "day"] });
    let numbers: Vec<u8> = (0..60).collect();
    let fold = |inner: Json| json!({ "reduce": [numbers, inner, 0] });
    let deep = (0..49).fold(json!(true), |inner, _| json!({ "!": [inner] }));
    let alone = |logic: &Json| vec![outcome(), rule("TR-DE-0002", "Test", logic)];
    let of_austria = with(
        with(
            rule("IR-AT-0001", "General", &json!(false)),
            "Type",
            "Invalidation",
        ),
        "Country",
        "AT",
    );
    vec![
        (
            "de",
            vec![
                outcome(),
                rule("TR-DE-0002", "Test", &json!({ "not-after": [clock, sampled] })),
                rule("VR-DE-0001", "Vaccination", &doses),
                rule(
                    "RR-DE-0001",
                    "Recovery",
                    &json!({ "not-before": [clock, recovered] }),
                ),
            ],
        ),
        ("anything", vec![rule("GR-DE-0001", "General", &json!(true))]),
        ("withdrawn", vec![outcome(), of_austria]),
        ("one", alone(&json!(1))),
        (
            "evaluation-error",
            alone(&json!({ ">": [{ "var": "payload.t.0.tr" }, 1] })),
        ),
        (
            "effort",
            alone(&json!({ "===": [fold(fold(fold(json!({ "+": [1, 1] })))), 2] })),
        ),
        ("next-engine", vec![with(outcome(), "EngineVersion", "1.4.0")]),
        ("next-schema", vec![with(outcome(), "SchemaVersion", "2.0.0")]),
        ("unknown-operator", alone(&json!({ "or": [true, true] }))),
        ("malformed-logic", alone(&json!({ "===": [1] }))),
        ("too-deep", alone(&deep)),
    ]
}
