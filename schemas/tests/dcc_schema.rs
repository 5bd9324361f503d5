//! The DCC schema's own examples, value sets, and our JSON Schema, which must say what the reader does.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use schemas::{
    hcert::{Certificate, Reading},
    value_sets::{Code, CodeTable, Country, DEVICES, Disease, Tables, ValueSet},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect();
    files.sort();
    files
}

fn our_schema() -> jsonschema::Validator {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/spec/json/hcert.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn examples_are_read_as_the_schema_says() {
    let Some(folder) = common::vectors("dcc/schema", 1) else {
        return;
    };
    let schema = our_schema();
    let mut totals = Vec::new();
    for (name, is_valid) in [("test/valid", true), ("test/invalid", false), ("examples", true)] {
        let files = files(&folder.join(name));
        for file in &files {
            let text = fs::read_to_string(file).unwrap();
            let read = Certificate::from_json(&text, Reading::Strict);
            assert_eq!(read.is_ok(), is_valid, "{}: {read:?}", file.display());
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(schema.is_valid(&value), is_valid, "{}", file.display());
            if let Ok(certificate) = read {
                assert_eq!(certificate.to_json_value(), value, "{}", file.display());
            }
        }
        totals.push(format!("{} of {} {name}", files.len(), files.len()));
    }
    println!("dcc/schema: {}", totals.join(", "));
}

#[test]
fn our_schema_says_what_the_reader_does() {
    let Some(folder) = common::vectors("dcc", 1) else {
        return;
    };
    let schema = our_schema();
    let rows = fs::read_to_string(folder.join("hcert.jsonl")).unwrap();
    let rows = rows
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let certificates: Vec<_> = rows
        .map(|row| row["json"].clone())
        .filter(Value::is_object)
        .collect();
    let mut valid = 0;
    for certificate in &certificates {
        let read = Certificate::from_json_value(certificate, Reading::Strict);
        assert_eq!(
            schema.is_valid(certificate),
            read.is_ok(),
            "{certificate}: {read:?}"
        );
        valid += usize::from(read.is_ok());
    }
    println!(
        "hcert.schema.json: agrees with the reader on {} certificates, {valid} of them valid",
        certificates.len()
    );
}

#[test]
fn our_schema_refuses_what_the_reader_refuses() {
    let schema = our_schema();
    let good = json!({
        "ver": "1.3.0", "nam": {"fnt": "MUSTERMANN"}, "dob": "1964-08-12",
        "t": [{"tg": "840539006", "tt": "LP6464-4", "sc": "2021-06-11T17:30:00+02", "tr": "260415000",
               "co": "DE", "is": "RKI", "ci": "URN:UVCI:01:DE:1"}],
    });
    let agree = |value: &Value| {
        let read = Certificate::from_json_value(value, Reading::Strict).is_ok();
        assert_eq!(schema.is_valid(value), read, "{value}");
        read
    };
    assert!(agree(&good));
    let faults: [(&str, Value); 16] = [
        ("/ver", json!("1.3")),
        ("/ver", json!(1)),
        ("/nam", json!({"fn": "X"})),
        ("/nam/fnt", json!("Mustermann")),
        ("/nam/fnt", json!("X".repeat(81))),
        ("/dob", json!("1964-8-12")),
        ("/dob", json!("2100")),
        ("/dob", Value::Null),
        ("/t", json!([])),
        ("/t", Value::Null),
        ("/t/0/co", json!("de")),
        ("/t/0/co", json!("")),
        ("/t/0/is", json!("ß".repeat(81))),
        ("/t/0/sc", json!("2021-06-11T17:30:00")),
        ("/t/0/sc", json!("2021-06-11")),
        ("/t/0/tt", json!(6464)),
    ];
    for (pointer, fault) in faults {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = fault;
        assert!(!agree(&bad), "{pointer}");
    }
    let mut both = good.clone();
    both["r"] = json!([]);
    assert!(!agree(&both));
}

#[test]
fn value_sets_are_those_that_are_published() {
    let Some(folder) = common::vectors("dcc/valuesets", 1) else {
        return;
    };
    let codes = |name: &str| {
        let file: Value = serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap();
        file["valueSetValues"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    for code in codes("country-2-codes.json") {
        assert!(Country::from_code(&code).is_some(), "{code}");
    }
    for code in codes("disease-agent-targeted.json") {
        assert!(Disease::from_code(&code).is_some(), "{code}");
    }
    for code in codes("test-type.json") {
        assert!(schemas::health::TestKind::from_code(&code).is_some(), "{code}");
    }
    for code in codes("test-result.json") {
        assert!(schemas::health::Outcome::from_code(&code).is_some(), "{code}");
    }
    let devices = codes("test-manf-example.json");
    for device in DEVICES {
        assert!(devices.contains(&device.code.to_owned()), "{}", device.code);
    }
    println!(
        "dcc/valuesets: 4 of 4 sets compiled in, {} devices of {}",
        DEVICES.len(),
        devices.len()
    );
}

#[test]
fn a_large_set_is_checked_where_it_is_loaded() {
    let certificate = json!({
        "ver": "1.3.0", "nam": {"fnt": "X"}, "dob": "",
        "t": [{"tg": "840539006", "tt": "LP217198-3", "ma": "9999", "sc": "2021-06-11T17:30:00Z",
               "tr": "", "co": "UNHCR", "is": "", "ci": ""}],
    });
    let certificate = Certificate::from_json_value(&certificate, Reading::Strict).unwrap();
    assert_eq!(certificate.entry.unknown_codes(&Tables::default()), ["tr", "co"]);
    let tables = Tables {
        devices: Some(CodeTable::from_json(br#"{"valueSetValues": {"1232": {}}}"#).unwrap()),
        ..Tables::default()
    };
    assert_eq!(certificate.entry.unknown_codes(&tables), ["tr", "co", "ma"]);
    assert!(matches!(Code::<Country>::read("UNHCR"), Code::Unknown(_)));
}
