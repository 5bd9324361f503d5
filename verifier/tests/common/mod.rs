//! Where the conformance vectors and the schemas are.

#![allow(dead_code, reason = "each test uses a part")]

use std::path::{Path, PathBuf};

/// The policy's schema.
pub const SCHEMA_POLICY: &str = include_str!("../../../schemas/spec/json/policy.schema.json");

/// The directory of other people's vectors: `ATTEST_VECTORS`, or `../shared/vectors` beside the repository.
pub fn vectors() -> Option<PathBuf> {
    let directory = std::env::var_os("ATTEST_VECTORS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"),
        PathBuf::from,
    );
    directory.is_dir().then_some(directory)
}

/// A schema from `schemas/spec/json`.
pub fn schema(name: &str) -> jsonschema::Validator {
    let path = format!(
        "{}/../schemas/spec/json/{name}.schema.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).expect("the schema is in the repository");
    let schema = serde_json::from_str(&text).expect("a schema is JSON");
    jsonschema::validator_for(&schema).expect("a valid schema")
}
