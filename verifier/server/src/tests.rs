//! What is printed is what `schemas/spec/verdict.md` says.

use crate::{DoorFiles, OpenDoor, in_full};
use jsonschema::Validator;
use schemas::{
    UnixTime,
    health::{Initials, TestKind},
};
use serde_json::Value;
use std::fs;
use verifier::{
    Examination,
    shown::{Shown, ShownPerson},
};

const SPEC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/spec");

pub(crate) fn schema() -> Validator {
    let text = fs::read(format!("{SPEC}/json/verdict.schema.json")).unwrap();
    jsonschema::validator_for(&serde_json::from_slice(&text).unwrap()).unwrap()
}

pub(crate) fn door() -> OpenDoor {
    OpenDoor::open(&DoorFiles::default()).unwrap()
}

pub(crate) fn shown(person: ShownPerson) -> Examination {
    let shown = Shown {
        issuer: "Test centre 4".into(),
        person,
        test: Some(TestKind::Naat),
        sampled_at: Some(UnixTime(1_795_420_800)),
    };
    Examination {
        shown: Some(shown),
        ..door().examine("AT1:AAAA")
    }
}

#[test]
fn the_json_is_as_specified() {
    let initials = Initials {
        given_name: "G".into(),
        family_name: "D".into(),
        month_and_day: Some((8, 12)),
    };
    let person = ShownPerson::Person {
        name: "Gabriele Mustermann".into(),
        birth_date: "1998-08-12".into(),
    };
    let schema = schema();
    for examination in [
        door().examine("nothing"),
        door().examine("HC1:ABC"),
        shown(ShownPerson::Nobody),
        shown(ShownPerson::Initials(initials)),
        shown(person),
    ] {
        let json = examination.to_json("code.png");
        let refused: Vec<String> = schema.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(refused.is_empty(), "{refused:?} in {json:#}");
        assert!(in_full("code.png", &examination).contains("code.png"));
    }
}

/// A copy that is accepted by ML-DSA-44 alone, and what a door should know of it, for programs and for people.
#[tokio::test]
async fn a_note_stands_beside_an_accepted_credential() {
    let vectors = format!("{SPEC}/../../test-vectors");
    let vector = fs::read(format!("{vectors}/door/accept-post-quantum.json")).unwrap();
    let vector: Value = serde_json::from_slice(&vector).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.json");
    fs::write(&policy, vector["policy"].to_string()).unwrap();
    let door = OpenDoor::open(&DoorFiles {
        network: Some(format!("{vectors}/views/network.toml").into()),
        ledger: Some(format!("{vectors}/views/post-quantum")),
        policy: Some(policy),
        at: Some("2026-11-18T12:00:00Z".into()),
        ..DoorFiles::default()
    });
    let door = door.unwrap();
    door.sync().await.unwrap();
    let examination = door.examine(vector["text"].as_str().unwrap());
    let json = examination.to_json("code.png");
    let errors: Vec<_> = schema()
        .iter_errors(&json)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(json["basis"], "post-quantum");
    assert_eq!(json["notes"][0]["code"], "holder-binding-classical");
    let text = in_full("code.png", &examination);
    assert!(
        text.contains("  note         that the holder showed it rests on ES256"),
        "{text}"
    );
}

#[test]
fn the_example_is_as_specified() {
    let page = fs::read_to_string(format!("{SPEC}/verdict.md")).unwrap();
    let example = page
        .split("```json")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let mut example: Value = serde_json::from_str(example.unwrap()).unwrap();
    // The example leaves out most checks, as it says.
    let checks = example["checks"].as_array_mut().unwrap();
    checks.resize(16, checks.last().unwrap().clone());
    assert!(schema().is_valid(&example), "{example:#}");
}
