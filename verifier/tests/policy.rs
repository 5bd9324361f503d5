//! Policy documents: both forms, their schema, their limits.

mod common;

use proptest::prelude::*;
use schemas::{
    Shape, UnixTime,
    hcert::{Certificate, Entry, Reading},
    health::{BirthDate, Name, Outcome, Person, TestKind, TestResult},
    sd_cwt::profile::Contents,
};
use serde_json::{Value as Json, json};
use verifier::{
    Error, Policy,
    policy::{Disclosure, Foreign, Grace, MAX_DOCUMENT, NotDetected, TestAge, result_of},
    verdict::Missing,
};

const COMPLETE: &str = r#"
shapes = ["sd-cwt", "hcert"]
disclosure = "person"
foreign = { by-rules-of = "de" }
reading = "lenient"

[tests]
pcr = "72h"
rapid = "refused"

[ledger]
quorum = 8
max-view-age = "90m"
grace = "10m"
"#;

#[test]
fn both_forms_say_the_same() {
    let toml = Policy::from_toml(COMPLETE).unwrap();
    assert_eq!(
        Policy::from_json(&serde_json::to_string(&toml).unwrap()),
        Ok(toml.clone())
    );
    assert_eq!(toml.disclosure, Disclosure::Person);
    assert_eq!(toml.tests.rapid, TestAge::Refused);
    assert_eq!(toml.reading, Reading::Lenient);
    assert_eq!(String::from(toml.ledger.grace), "10m");
    assert_eq!(toml.foreign().map(|country| country.to_string()), Ok("DE".into()));
}

#[test]
fn what_is_left_out_is_strict() {
    for policy in [Policy::from_toml("").unwrap(), Policy::from_json("{}").unwrap()] {
        assert_eq!(policy, Policy::default());
        assert_eq!(policy.ledger.grace, Grace::Off);
        assert_eq!(policy.ledger.quorum.get(), 7);
        assert_eq!(policy.foreign, Foreign::Refused);
        assert_eq!(policy.foreign(), Err(Error::ForeignNotAccepted));
        assert_eq!(policy.reading, Reading::Strict);
        assert_eq!(
            policy
                .disclosure(Some(Disclosure::ResultOnly))
                .unwrap_err()
                .code(),
            "disclosure-missing"
        );
        assert_eq!(policy.disclosure(Some(Disclosure::Person)), Ok(()));
        assert_eq!(policy.shape(Shape::Hcert), Ok(()));
        assert_eq!(
            policy.shape(Shape::SmartHealthCard).unwrap_err().code(),
            "shape-not-accepted"
        );
    }
}

#[test]
fn the_page_writes_the_defaults_out() {
    let page = include_str!("../../schemas/spec/policy.md");
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    assert_eq!(Policy::from_toml(example), Ok(Policy::default()));
}

#[test]
fn showing_more_is_enough_and_no_result_is_nothing() {
    let result = TestResult {
        kind: TestKind::Naat,
        outcome: Outcome::NotDetected,
        sampled_at: UnixTime(0),
    };
    let person = Person {
        given_name: Name::new("Erika").unwrap(),
        family_name: Name::new("Mustermann").unwrap(),
        birth_date: BirthDate::new("1964-08-12").unwrap(),
    };
    let nothing = Contents::default();
    let result_only = Contents {
        result: Some(result),
        ..Contents::default()
    };
    let everything = Contents {
        person: Some(person.clone()),
        ..result_only.clone()
    };
    let no_result = Contents {
        person: Some(person),
        ..Contents::default()
    };
    assert_eq!(Disclosure::of(&nothing), None);
    assert_eq!(Disclosure::of(&no_result), None);
    assert_eq!(Disclosure::of(&result_only), Some(Disclosure::ResultOnly));
    assert_eq!(Disclosure::of(&everything), Some(Disclosure::Person));
    let lax = Policy {
        disclosure: Disclosure::ResultOnly,
        ..Policy::default()
    };
    assert_eq!(lax.disclosure(Disclosure::of(&everything)), Ok(()));
    assert_eq!(
        lax.disclosure(Disclosure::of(&no_result)).unwrap_err().code(),
        "disclosure-missing"
    );
}

#[test]
fn a_view_has_to_be_young_and_cosigned() {
    let policy = Policy::default();
    let now = UnixTime(1_635_768_000);
    assert_eq!(policy.view(now.plus(-3_600), 7, now), Ok(()));
    assert_eq!(
        policy.view(now.plus(-3_601), 7, now),
        Err(Missing::ViewTooOld {
            age: 3_601,
            limit: 3_600
        })
    );
    assert_eq!(
        policy.view(now, 6, now),
        Err(Missing::Quorum {
            cosigners: 6,
            needed: 7
        })
    );
}

#[test]
fn codes_that_are_not_known_never_pass() {
    let test = |change: &[(&str, &str)]| {
        let mut entry = json!({
            "tg": "840539006", "tt": "LP6464-4", "nm": "PCR", "sc": "2021-11-01T08:00:00Z", "tr": "260415000",
            "co": "DE", "is": "Issuer", "ci": "URN:UVCI:01:DE:X",
        });
        for (field, value) in change {
            entry[*field] = json!(value);
        }
        let names = json!({ "fnt": "MUSTERMANN" });
        let json = json!({ "ver": "1.3.0", "nam": names, "dob": "1964-08-12", "t": [entry] });
        match Certificate::from_json_value(&json, Reading::Lenient)
            .unwrap()
            .entry
        {
            Entry::Test(test) => result_of(&test),
            _ => panic!("a test was written"),
        }
    };
    let result = test(&[]).unwrap();
    assert_eq!(result.sampled_at, UnixTime(1_635_753_600));
    assert!(NotDetected::of(&result).is_ok());
    for (field, value) in [
        ("tg", "0"),
        ("tt", "LP0-0"),
        ("tr", "260415001"),
        ("sc", "2021-11-01"),
    ] {
        assert_eq!(test(&[(field, value)]), Err(Error::ResultUnknown(field)));
    }
    assert_eq!(
        test(&[("tr", "260373001")]).and_then(|result| NotDetected::of(&result)),
        Err(Error::ResultDetected)
    );
}

/// Documents that are refused, where, and whether the schema can tell as well.
fn refused() -> Vec<(Json, &'static str, bool)> {
    vec![
        (json!([]), ".", true),
        (json!({ "tests": ["48h", "24h"] }), "tests", true),
        (json!({ "unknown": 1 }), "unknown", true),
        (json!({ "shapes": ["paper"] }), "shapes[0]", true),
        (json!({ "shapes": "hcert" }), "shapes", true),
        (json!({ "disclosure": "all" }), "disclosure", true),
        (json!({ "outcome": "detected" }), "outcome", true),
        (json!({ "tests": { "pcr": "169h" } }), "tests.pcr", false),
        (json!({ "tests": { "pcr": "0h" } }), "tests.pcr", true),
        (json!({ "tests": { "pcr": 48 } }), "tests.pcr", true),
        (json!({ "tests": { "detected": "48h" } }), "tests.detected", true),
        (json!({ "ledger": { "quorum": 0 } }), "ledger.quorum", true),
        (json!({ "ledger": { "quorum": 256 } }), "ledger.quorum", true),
        (
            json!({ "ledger": { "max-view-age": "73h" } }),
            "ledger.max-view-age",
            false,
        ),
        (json!({ "ledger": { "grace": "11m" } }), "ledger.grace", true),
        (json!({ "ledger": { "grace": "601s" } }), "ledger.grace", true),
        (json!({ "ledger": { "grace": "1h" } }), "ledger.grace", true),
        (json!({ "ledger": { "grace": true } }), "ledger.grace", true),
        (json!({ "foreign": "accepted" }), "foreign", true),
        (
            json!({ "foreign": { "by-rules-of": "Germany" } }),
            "foreign.by-rules-of",
            true,
        ),
        (json!({ "reading": "sloppy" }), "reading", true),
    ]
}

#[test]
fn refuses_what_a_policy_cannot_hold_and_says_where() {
    for (document, place, _) in refused() {
        let Err(Error::PolicyMalformed { path, reason }) = Policy::from_json(&document.to_string()) else {
            panic!("{document} was let pass");
        };
        assert_eq!(path, place, "{document}: {reason}");
    }
    let Err(Error::PolicyMalformed { path, reason }) = Policy::from_toml("[ledger]\ngrace = \"1h\"") else {
        panic!("an hour of grace was let pass");
    };
    assert_eq!(path, "ledger.grace");
    assert_eq!(
        reason,
        "line 2: off, or a time such as 90s, 10m or 1h, not longer than 10m"
    );
    let Err(Error::PolicyMalformed { reason, .. }) = Policy::from_toml("reading = \"strict\"\n\nshapes = [")
    else {
        panic!("half a list was let pass");
    };
    assert!(reason.starts_with("line 3: "), "{reason}");
    for text in ["=", "shapes = [", "reading = \"strict\"\nreading = \"strict\""] {
        assert_eq!(
            Policy::from_toml(text).unwrap_err().code(),
            "policy-malformed",
            "{text}"
        );
    }
    assert_eq!(Policy::from_json("{} {}").unwrap_err().code(), "policy-malformed");
    assert_eq!(
        Policy::from_toml(&"#".repeat(MAX_DOCUMENT + 1))
            .unwrap_err()
            .code(),
        "too-long"
    );
}

#[test]
fn the_schema_agrees() {
    let schema = common::schema("policy");
    let complete = serde_json::to_value(Policy::from_toml(COMPLETE).unwrap()).unwrap();
    for document in [
        json!({}),
        complete,
        serde_json::to_value(Policy::default()).unwrap(),
    ] {
        assert!(schema.is_valid(&document), "{document}");
    }
    for (document, _, schema_can_tell) in refused() {
        assert_eq!(schema.is_valid(&document), !schema_can_tell, "{document}");
    }
    let grace = |text: String| json!({ "ledger": { "grace": text } });
    for document in (0..700).flat_map(|n| [grace(format!("{n}s")), grace(format!("{n}m"))]) {
        assert_eq!(
            schema.is_valid(&document),
            Policy::from_json(&document.to_string()).is_ok(),
            "{document}"
        );
    }
}

#[test]
fn the_defaults_in_the_schema_are_the_defaults() {
    let schema: Json = serde_json::from_str(common::SCHEMA_POLICY).unwrap();
    let default = serde_json::to_value(Policy::default()).unwrap();
    for (pointer, member) in [
        ("/properties/shapes", "/shapes"),
        ("/properties/disclosure", "/disclosure"),
        ("/properties/tests/properties/pcr", "/tests/pcr"),
        ("/properties/tests/properties/rapid", "/tests/rapid"),
        ("/properties/ledger/properties/quorum", "/ledger/quorum"),
        (
            "/properties/ledger/properties/max-view-age",
            "/ledger/max-view-age",
        ),
        ("/properties/ledger/properties/grace", "/ledger/grace"),
        ("/properties/foreign", "/foreign"),
        ("/properties/reading", "/reading"),
    ] {
        assert_eq!(
            schema.pointer(pointer).unwrap()["default"],
            *default.pointer(member).unwrap()
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = Policy::from_json(&text);
        let _ = Policy::from_toml(&text);
    }
}
