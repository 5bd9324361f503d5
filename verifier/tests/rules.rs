//! Selection and evaluation of country rules.

mod common;

use schemas::{UnixTime, hcert::EntryKind};
use serde_json::{Value as Json, json};
use verifier::{
    CountryCode, Error,
    rules::{Case, Conclusion, Logic, Open, Outcome, RuleSet, ValueSets, Version},
    verdict::Missing,
};

/// 2021-11-01T12:00:00Z
const NOW: UnixTime = UnixTime(1_635_768_000);

fn country(code: &str) -> CountryCode {
    CountryCode::parse(code).expect("two letters")
}

fn rule(change: &[(&str, Json)]) -> Json {
    let mut rule = json!({
        "Identifier": "TR-DE-0001", "Type": "Acceptance", "Country": "DE", "Version": "1.0.0",
        "SchemaVersion": "1.0.0", "Engine": "CERTLOGIC", "EngineVersion": "0.7.5", "CertificateType": "Test",
        "Description": [{ "lang": "de", "desc": "…" }, { "lang": "en", "desc": "not detected" }],
        "ValidFrom": "2021-07-03T00:00:00Z", "ValidTo": "2030-06-01T00:00:00+02:00",
        "AffectedFields": ["t.0", "t.0.tr"],
        "Logic": { "===": [{ "var": "payload.t.0.tr" }, "260415000"] },
        "Region": "let pass",
    });
    for (name, value) in change {
        rule[*name] = value.clone();
    }
    rule
}

fn rules(rules: &[Json]) -> RuleSet {
    RuleSet::read(json!(rules).to_string().as_bytes()).expect("well-formed rules")
}

struct Given {
    payload: Json,
    value_sets: ValueSets,
}

impl Given {
    fn new() -> Self {
        let payload =
            json!({ "ver": "1.3.0", "t": [{ "tr": "260415000", "sc": "2021-11-01T08:00:00+01:00" }] });
        Self {
            payload,
            value_sets: ValueSets::default().with("covid-19-lab-result", ["260415000"]),
        }
    }

    fn case(&self) -> Case<'_> {
        Case {
            payload: &self.payload,
            entry: EntryKind::Test,
            schema: Version(1, 3, 0),
            issuer: country("AT"),
            arrival: country("DE"),
            now: NOW,
            issued: NOW.plus(-3_600),
            expires: NOW.plus(86_400),
            key_id: "AAAAAAAAAAA=",
            value_sets: &self.value_sets,
        }
    }
}

fn conclusion(set: &[Json]) -> Conclusion {
    rules(set).check(&Given::new().case()).conclusion()
}

#[test]
fn a_certificate_passes_when_every_rule_does() {
    let Conclusion::Passed(passed) = conclusion(&[
        rule(&[]),
        rule(&[
            ("Identifier", json!("GR-DE-0001")),
            ("CertificateType", json!("General")),
        ]),
        rule(&[
            ("Identifier", json!("IR-AT-0001")),
            ("Country", json!("AT")),
            ("Type", json!("Invalidation")),
        ]),
    ]) else {
        panic!("not passed");
    };
    assert_eq!(passed.count(), 3);
}

#[test]
fn selects_by_country_kind_and_time() {
    let other = |change: &[(&str, Json)]| {
        let set = rules(&[rule(change)]);
        assert_eq!(
            set.applicable(&Given::new().case()),
            Vec::<&verifier::rules::Rule>::new(),
            "{change:?}"
        );
        assert_eq!(
            set.check(&Given::new().case()).conclusion(),
            Conclusion::Open(Missing::Rules)
        );
    };
    other(&[("Country", json!("AT"))]);
    other(&[("Type", json!("Invalidation"))]);
    other(&[("CertificateType", json!("Vaccination"))]);
    other(&[("ValidFrom", json!("2021-11-01T13:00:01+01:00"))]);
    other(&[("ValidTo", json!("2021-11-01T13:00:00+01:00"))]);
    // An invalidation rule that passes says nothing about being accepted.
    let invalidation = rule(&[("Country", json!("AT")), ("Type", json!("Invalidation"))]);
    assert_eq!(conclusion(&[invalidation]), Conclusion::Open(Missing::Rules));
    assert_eq!(conclusion(&[]), Conclusion::Open(Missing::Rules));
}

#[test]
fn the_newest_valid_version_counts() {
    let version = |version: &str, from: &str, passes: bool| {
        rule(&[
            ("Version", json!(version)),
            ("ValidFrom", json!(from)),
            ("Logic", json!({ "!": [!passes] })),
        ])
    };
    let old = version("1.9.0", "2021-10-01T00:00:00Z", false);
    let newest = version("1.10.0", "2021-09-01T00:00:00Z", true);
    let next = version("2.0.0", "2021-12-01T00:00:00Z", false);
    assert!(matches!(
        conclusion(&[old, newest.clone(), next]),
        Conclusion::Passed(_)
    ));
    // Two rules that claim to be the same version both count.
    let twin = version("1.10.0", "2021-09-01T00:00:00Z", false);
    assert!(matches!(conclusion(&[newest, twin]), Conclusion::Failed(_)));
}

#[test]
fn only_true_is_a_pass() {
    for (logic, error) in [
        (json!({ "!": [true] }), None),
        (json!({ "and": [true, 1] }), None),
        (json!({ "var": "payload" }), None),
        (json!({ "<": ["a", 1] }), Some("rule-evaluation")),
    ] {
        let Conclusion::Failed(Error::RuleFailed { identifier, cause }) =
            conclusion(&[rule(&[("Logic", logic.clone())])])
        else {
            panic!("{logic} did not fail");
        };
        assert_eq!(
            (identifier.as_str(), cause.map(|cause| cause.code())),
            ("TR-DE-0001", error),
            "{logic}"
        );
    }
}

#[test]
fn what_is_not_understood_is_open() {
    for (change, reason) in [
        (vec![("Engine", json!("OTHER"))], Open::EngineUnknown),
        (vec![("EngineVersion", json!("1.4.0"))], Open::EngineUnknown),
        (vec![("EngineVersion", json!("2.0.1"))], Open::EngineUnknown),
        (vec![("SchemaVersion", json!("2.0.0"))], Open::SchemaIncompatible),
        (
            vec![("Logic", json!({ "or": [true, true] }))],
            Open::LogicRefused(Error::RuleOperatorUnknown {
                operator: "or".into(),
            }),
        ),
    ] {
        let open = rule(&change);
        let failing = rule(&[
            ("Identifier", json!("TR-DE-0009")),
            ("Logic", json!({ "!": [true] })),
        ]);
        let expected = Conclusion::Open(Missing::RuleOpen {
            identifier: "TR-DE-0001".into(),
            reason,
        });
        assert_eq!(conclusion(std::slice::from_ref(&open)), expected);
        // A rule that failed weighs more than one that is open.
        assert!(matches!(conclusion(&[open, failing]), Conclusion::Failed(_)));
    }
}

#[test]
fn rules_see_the_payload_and_the_parameters() {
    for (logic, name) in [
        (
            json!({ "===": [{ "var": "external.validationClock" }, "2021-11-01T12:00:00Z"] }),
            "validationClock",
        ),
        (
            json!({ "===": [{ "var": "external.iat" }, "2021-11-01T11:00:00Z"] }),
            "iat",
        ),
        (
            json!({ "===": [{ "var": "external.exp" }, "2021-11-02T12:00:00Z"] }),
            "exp",
        ),
        (
            json!({ "===": [{ "var": "external.countryCode" }, "DE"] }),
            "countryCode",
        ),
        (
            json!({ "===": [{ "var": "external.issuerCountryCode" }, "AT"] }),
            "issuerCountryCode",
        ),
        (
            json!({ "===": [{ "var": "external.kid" }, "AAAAAAAAAAA="] }),
            "kid",
        ),
        (
            json!({ "in": [{ "var": "payload.t.0.tr" }, { "var": "external.valueSets.covid-19-lab-result" }] }),
            "valueSets",
        ),
        (
            json!({ "before": [
                { "plusTime": [{ "var": "payload.t.0.sc" }, 0, "hour"] },
                { "plusTime": [{ "var": "external.validationClock" }, -4, "hour"] }
            ] }),
            "sample time",
        ),
    ] {
        assert!(
            matches!(conclusion(&[rule(&[("Logic", logic)])]), Conclusion::Passed(_)),
            "{name}"
        );
    }
}

#[test]
fn refuses_files_that_are_no_rules() {
    let read = |file: &str| {
        RuleSet::read(file.as_bytes())
            .map(|_| ())
            .map_err(|error| error.code())
    };
    assert_eq!(read("[]"), Ok(()));
    for file in ["", "{}", "[1]", "[] []", "[{}]", "[[]]"] {
        assert_eq!(read(file), Err("rules-malformed"), "{file}");
    }
    for (name, value) in [
        ("Identifier", json!("")),
        ("Type", json!("Other")),
        ("Country", json!("Germany")),
        ("Version", json!("1.0")),
        ("CertificateType", json!("Other")),
        ("ValidFrom", json!("soon")),
        ("ValidTo", json!("2021-02-30T00:00:00Z")),
        ("AffectedFields", json!("t")),
        ("Description", json!([{ "lang": "en" }])),
    ] {
        let file = json!([rule(&[]), rule(&[(name, value)])]).to_string();
        let Err(Error::RulesMalformed { path, .. }) = RuleSet::read(file.as_bytes()) else {
            panic!("{name} was let pass");
        };
        assert!(path.starts_with("[1]"), "{name}: {path}");
    }
    assert_eq!(read(&" ".repeat(verifier::rules::MAX_FILE + 1)), Err("too-long"));
}

#[test]
fn keeps_what_people_read() {
    let set = rules(&[rule(&[])]);
    let [rule] = set.rules() else { panic!("one rule") };
    assert_eq!(rule.description("de"), Some("…"));
    assert_eq!(rule.description("fr"), Some("not detected"));
    assert_eq!(rule.affected_fields, ["t.0", "t.0.tr"]);
    assert!(matches!(rule.logic, Logic::Expression(_)));
    let report = set.check(&Given::new().case()).results[0].outcome.clone();
    assert_eq!(report, Outcome::Passed);
}

#[test]
fn reads_the_published_value_sets() {
    let Some(vectors) = common::vectors() else {
        println!("left out: 8 vector tests (no ../shared/vectors)");
        return;
    };
    let mut read = 0;
    for file in std::fs::read_dir(vectors.join("dcc/valuesets")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let json = std::fs::read(&path).unwrap();
            assert!(
                ValueSets::default().with_published(&json).is_ok(),
                "{}",
                path.display()
            );
            read += 1;
        }
    }
    println!("dcc/valuesets: {read} of {read} sets read");
    assert_eq!(read, 8);
}

/// A rule says of every public test certificate what its result says.
#[test]
fn rules_read_real_certificates() {
    let Some(vectors) = common::vectors() else {
        println!("left out: 242 vector tests (no ../shared/vectors)");
        return;
    };
    let set = rules(&[rule(&[])]);
    let lines = std::fs::read_to_string(vectors.join("dcc/hcert.jsonl")).unwrap();
    let certificates = lines
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).unwrap());
    let (mut passed, mut failed) = (0, 0);
    for payload in certificates
        .map(|mut row| row["json"].take())
        .filter(|json| json["t"].is_array())
    {
        let given = Given {
            payload,
            value_sets: ValueSets::default(),
        };
        match set.check(&given.case()).conclusion() {
            Conclusion::Passed(_) => passed += 1,
            Conclusion::Failed(Error::RuleFailed { cause: None, .. }) => failed += 1,
            other => panic!("{other:?}"),
        }
        let negative = given.payload["t"][0]["tr"] == json!("260415000");
        assert_eq!(
            negative,
            matches!(set.check(&given.case()).conclusion(), Conclusion::Passed(_))
        );
    }
    println!(
        "hcert.jsonl: a rule read {} test certificates, {passed} negative",
        passed + failed
    );
}
