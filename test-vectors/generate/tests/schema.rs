//! Every committed vector is as the schema says, and the schema refuses what is not.

mod common;

use common::vectors;
use serde_json::Value as Json;

const SCHEMA: &str = include_str!("../../../schemas/spec/json/test-vector.schema.json");

#[test]
fn vectors_are_as_the_schema_says() {
    let schema = jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap();
    let mut count = 0;
    for folder in ["door", "sync", "formats"] {
        for (name, case) in vectors::<Json>(folder) {
            let errors: Vec<String> = schema.iter_errors(&case).map(|error| error.to_string()).collect();
            assert_eq!(errors, Vec::<String>::new(), "{name}");
            let mut more = case;
            more["more"] = true.into();
            assert!(!schema.is_valid(&more), "{name} with an unknown member");
            count += 1;
        }
    }
    println!("test-vector.schema.json: {count} vectors");
}

#[test]
fn policies_in_vectors_are_as_their_schema_says() {
    let schema = include_str!("../../../schemas/spec/json/policy.schema.json");
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    for (name, case) in vectors::<Json>("door") {
        assert!(
            case.get("policy").is_none_or(|policy| schema.is_valid(policy)),
            "{name}"
        );
    }
}
