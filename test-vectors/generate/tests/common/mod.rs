//! The committed vectors, read from their folder.

#![allow(dead_code, reason = "each test uses a part")]

use serde::de::DeserializeOwned;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Both implementations of ES256: what the native and the browser's verifier use.
pub const CRYPTO: [(&str, &dyn schemas::crypto::Crypto); 2] = [
    ("aws-lc", &schemas::crypto::aws_lc::AwsLc),
    ("p256", &schemas::crypto::p256::P256),
];

/// Every file below a folder, in order; that there are vectors at all is for the test of the codes to see.
pub fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("the folder can be read").path();
        match path.is_dir() {
            true => found.extend(walk(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// Every vector below a folder of `test-vectors`, with its path. Refuses unknown keys.
pub fn vectors<T: DeserializeOwned>(folder: &str) -> Vec<(String, T)> {
    let root = generate::folder();
    let read = |path: PathBuf| {
        let name = path
            .strip_prefix(&root)
            .expect("below the root")
            .display()
            .to_string();
        let case = serde_json::from_slice(&fs::read(&path).expect("the file can be read"));
        (
            name.clone(),
            case.unwrap_or_else(|error| panic!("{name}: {error}")),
        )
    };
    walk(&root.join(folder)).into_iter().map(read).collect()
}

/// The cooperative of all vectors.
pub fn network() -> verifier::network::Network {
    let text = fs::read_to_string(generate::folder().join("views/network.toml"))
        .expect("the network document is there");
    verifier::network::Network::from_toml(&text).expect("a network document")
}
