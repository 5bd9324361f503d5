//! What a release is made of (`schemas/spec/entry-and-state.md`, "A release's manifest").

use schemas::Hash;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::collections::BTreeMap;

/// Longest manifest: it has 60 files and 8 kB.
pub const MAX_MANIFEST_BYTES: usize = 64 << 10;

/// The manifest of a release for one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the software.
    pub version: String,
    /// The triple of the machines that it runs on.
    pub target: String,
    /// The binary.
    pub binary: Sha256,
    /// Its bill of materials.
    pub sbom: Sha256,
    /// The pages' files that the binary serves, by the path that they are served under.
    pub pages: BTreeMap<String, Sha256>,
    /// With what others get the same bytes.
    pub built_with: BuiltWith,
}

/// The compilers, as they name themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuiltWith {
    /// `rustc -V`.
    pub rustc: String,
    /// The first line of `cc --version`.
    pub cc: String,
}

/// A SHA-256, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sha256(pub Hash);

impl Manifest {
    /// Reads a manifest; `None` for anything else.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        match bytes.len() <= MAX_MANIFEST_BYTES {
            true => serde_json::from_slice(bytes).ok(),
            false => None,
        }
    }

    /// The JSON whose hash goes into the ledger.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts are JSON") + "\n"
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let malformed = || D::Error::custom("not 64 lower-case hexadecimal digits");
        if text.len() != 64 || !text.bytes().all(digit) {
            return Err(malformed());
        }
        let byte = |at: usize| u8::from_str_radix(&text[2 * at..2 * at + 2], 16);
        let mut hash = Hash([0; 32]);
        for (at, into) in hash.0.iter_mut().enumerate() {
            *into = byte(at).map_err(|_| malformed())?;
        }
        Ok(Self(hash))
    }
}

/// The files of the pages that this binary serves, by the path that they are served under.
pub fn pages() -> BTreeMap<String, Sha256> {
    let pages = [
        ("desk", issuer_server::desk_files()),
        ("scanner", scanner_page::files()),
        ("wallet", wallet_page::files()),
    ];
    let named = pages.iter().flat_map(|(page, files)| {
        let served = serve::page_files(files).into_iter();
        served.map(move |(name, bytes)| (format!("/{page}/{name}"), Sha256(Hash::of(&[&bytes]))))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Manifest {
        Manifest {
            version: "0.1.0".into(),
            target: "x86_64-unknown-linux-gnu".into(),
            binary: Sha256(Hash([1; 32])),
            sbom: Sha256(Hash([2; 32])),
            pages: pages(),
            built_with: BuiltWith {
                rustc: "rustc 1.95.0".into(),
                cc: "cc 12.2.0".into(),
            },
        }
    }

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let manifest = example();
        let json = manifest.to_json();
        assert!(json.len() < MAX_MANIFEST_BYTES / 2, "{}", json.len());
        assert_eq!(Manifest::parse(json.as_bytes()).as_ref(), Some(&manifest));
        let schema = include_str!("../../../schemas/spec/json/release.schema.json");
        let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        let value = serde_json::from_str(&json).unwrap();
        assert!(schema.is_valid(&value), "{json}");
        for changed in [
            json.replace("\"version\"", "\"versions\""),
            json.replacen("0101", "01 1", 1),
            json.replacen("0202", "AB02", 1),
            json.replacen('{', "{ \"commit\": \"\",", 1),
            " ".repeat(MAX_MANIFEST_BYTES) + &json,
        ] {
            assert_eq!(Manifest::parse(changed.as_bytes()), None);
        }
    }

    #[test]
    fn all_pages_are_in_it() {
        let pages = pages();
        for path in ["/desk/", "/wallet/wallet.wasm", "/scanner/offline.js"] {
            assert!(pages.contains_key(path), "{path}");
        }
        // The list of files that a service worker keeps is its page's own.
        assert_ne!(pages["/desk/offline.js"], pages["/wallet/offline.js"]);
        assert_eq!(pages["/desk/page.js"], pages["/wallet/page.js"]);
    }
}
