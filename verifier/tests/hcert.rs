//! The EU's 581 test certificates through the whole door, each at its clock: with its own signer as the only one who is
//! trusted, and the rules of a country that demands nothing but the codes of the published value sets.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use schemas::{
    UnixTime,
    crypto::aws_lc::AwsLc,
    hcert::{Moment, Reading},
    sd_cwt::profile::Audience,
};
use serde_json::{Value as Json, json};
use std::{collections::BTreeMap, fs, path::Path};
use verifier::{
    CountryCode, Door, Policy, Report, Verdict,
    foreign::CountryRules,
    policy::Foreign,
    replay::ReplayMemory,
    rules::{RuleSet, ValueSets},
    trust::{Publisher, TrustList},
    verdict::{Finding, stopped},
};

/// A rule of the country of arrival: when the entry has the field, it holds a code of the set.
fn known_code(number: usize, kind: &str, field: &str, set: &str) -> Json {
    let code = json!({ "var": format!("payload.{field}") });
    let known = json!({ "in": [code, { "var": format!("external.valueSets.{set}") }] });
    json!({
        "Identifier": format!("GR-DE-{number:04}"), "Type": "Acceptance", "Country": "DE", "Version": "1.0.0",
        "SchemaVersion": "1.0.0", "Engine": "CERTLOGIC", "EngineVersion": "1.3.3", "CertificateType": kind,
        "Description": [{ "lang": "en", "desc": "a known code" }], "AffectedFields": [field],
        "ValidFrom": "2021-01-01T00:00:00Z", "ValidTo": "2040-01-01T00:00:00Z",
        "Logic": { "if": [code, known, true] },
    })
}

fn country_rules(folder: &Path) -> CountryRules {
    let rules = [
        ("Vaccination", "v.0.tg", "disease-agent-targeted"),
        ("Vaccination", "v.0.vp", "sct-vaccines-covid-19"),
        ("Vaccination", "v.0.mp", "vaccines-covid-19-names"),
        ("Vaccination", "v.0.ma", "vaccines-covid-19-auth-holders"),
        ("Test", "t.0.tg", "disease-agent-targeted"),
        ("Test", "t.0.tt", "covid-19-lab-test-type"),
        ("Test", "t.0.ma", "covid-19-lab-test-manufacturer-and-name"),
        ("Recovery", "r.0.tg", "disease-agent-targeted"),
        ("Vaccination", "v.0.co", "country-2-codes"),
        ("Test", "t.0.co", "country-2-codes"),
        ("Recovery", "r.0.co", "country-2-codes"),
    ];
    let rules = rules.iter().enumerate();
    let rules: Vec<Json> = rules
        .map(|(number, (kind, field, set))| known_code(number, kind, field, set))
        .collect();
    let mut value_sets = ValueSets::default();
    for file in fs::read_dir(folder.join("valuesets")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            value_sets = value_sets.with_published(&fs::read(path).unwrap()).unwrap();
        }
    }
    CountryRules {
        rules: RuleSet::read(json!(rules).to_string().as_bytes()).unwrap(),
        value_sets,
    }
}

fn clock(row: &Json) -> UnixTime {
    let clock = row["clock"].as_str().unwrap();
    let in_utc = || Moment::parse(&format!("{clock}Z"));
    Moment::parse(clock).or_else(in_utc).unwrap().instant().unwrap()
}

fn examine(row: &Json, rules: &CountryRules) -> Report {
    let signer = json!({ "certificates": [{ "rawData": row["cert_b64"] }] }).to_string();
    let trust = TrustList::import(signer.as_bytes(), Publisher::NotChecked, &AwsLc).unwrap();
    let door = Door {
        policy: &Policy {
            foreign: Foreign::ByRulesOf(CountryCode::parse("DE").unwrap()),
            reading: Reading::Lenient,
            ..Policy::default()
        },
        view: None,
        trust: &trust.list,
        rules,
        audience: Audience::AnyDoor,
        crypto: &AwsLc,
        stopwatch: stopped,
    };
    let text = row["prefix"].as_str().unwrap();
    door.examine(text, clock(row), &mut ReplayMemory::default())
        .report
}

/// The codes of what failed, and of what could not be told.
fn troubles(report: &Report) -> Vec<&'static str> {
    let findings = report.lines().iter().map(|line| &line.finding);
    let code = |finding: &Finding| match finding {
        Finding::Failed(error) => Some(error.code()),
        Finding::Unknown(missing) => Some(missing.code()),
        Finding::Passed(_) | Finding::NotDone => None,
    };
    findings.filter_map(code).collect()
}

/// The refusals that contradict an expectation which the row says to be met.
fn contradicting(expectation: &str) -> &'static [&'static str] {
    match expectation {
        "EXPECTEDUNPREFIX" => &["not-a-credential"],
        "EXPECTEDB45DECODE" => &["base45-malformed"],
        "EXPECTEDCOMPRESSION" => &["zlib-malformed"],
        "EXPECTEDVERIFY" => &[
            "signature-invalid",
            "algorithm-unsupported",
            "key-unknown",
            "view-missing",
        ],
        "EXPECTEDKEYUSAGE" => &["x509-key-usage"],
        "EXPECTEDEXPIRATIONCHECK" => &["hcert-expired", "hcert-not-yet-valid"],
        _ => &[],
    }
}

#[test]
fn the_door_refuses_every_bad_certificate_and_contradicts_no_expectation() {
    let Some(vectors) = common::vectors() else {
        println!("left out: 581 vector tests (no ../shared/vectors)");
        return;
    };
    let folder = vectors.join("dcc");
    let rules = country_rules(&folder);
    let lines = fs::read_to_string(folder.join("hcert.jsonl")).unwrap();
    let (mut wrong, mut refused, mut accepted) = (Vec::new(), 0, 0);
    let mut good: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines.lines() {
        let row: Json = serde_json::from_str(line).unwrap();
        let expected = row["hard_expected"].as_object().unwrap();
        // The one row that only says that its picture cannot be read: the picture is not published.
        if expected.keys().all(|name| name == "EXPECTEDPICTUREDECODE") && row["qr_image"].is_null() {
            continue;
        }
        let report = examine(&row, &rules);
        let troubles = troubles(&report);
        let accepts = matches!(report.verdict(), Verdict::Accept(_));
        assert_eq!(accepts, troubles.is_empty());
        let is_bad = expected.values().any(|expected| expected == false);
        let contradicted = expected.iter().any(|(name, expected)| {
            expected == true && contradicting(name).iter().any(|code| troubles.contains(code))
        });
        if is_bad && accepts || contradicted {
            wrong.push(format!("{} {troubles:?}", row["id"]));
        }
        match is_bad {
            true => refused += usize::from(!accepts),
            false if accepts => accepted += 1,
            false => *good.entry(troubles.join(", ")).or_default() += 1,
        }
    }
    println!("hcert.jsonl at the door: {refused} of 108 bad ones refused, {accepted} accepted");
    println!("refused for what no expectation speaks of: {good:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!((refused, accepted), (108, 360));
}
