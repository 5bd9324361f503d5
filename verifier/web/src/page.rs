//! The page's files.

use web::{File, Kind, shared};

/// A script of the page.
macro_rules! script {
    ($name:literal) => {
        File::new($name, Kind::Script, include_bytes!(concat!("../page/", $name)))
    };
}

const OWN: [File; 15] = [
    File::new("", Kind::Html, include_bytes!("../page/index.html")),
    File::new("scanner.css", Kind::Css, include_bytes!("../page/scanner.css")),
    script!("scanner.js"),
    script!("challenge.js"),
    script!("counts.js"),
    script!("kept.js"),
    script!("ledger.js"),
    script!("rules.js"),
    script!("sound.js"),
    script!("verdict.js"),
    script!("wedge.js"),
    File::new("codes.json", Kind::Json, include_bytes!("../page/codes.json")),
    File::new(
        "scanner.webmanifest",
        Kind::Manifest,
        include_bytes!("../page/scanner.webmanifest"),
    ),
    File::new("icon-192.png", Kind::Png, include_bytes!("../page/icon-192.png")),
    File::new("icon-512.png", Kind::Png, include_bytes!("../page/icon-512.png")),
];
const MODULE: File = File::wasm("scanner.wasm", include_bytes!("../built/scanner.wasm.gz"));

/// All files of the page, to be served below one address.
#[must_use]
pub fn files() -> Vec<File> {
    [&OWN[..], &[MODULE], shared()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    /// The files whose exhaustive matches name every refusal and all that can be missing.
    const SOURCES: [&str; 5] = [
        include_str!("../../../schemas/src/error.rs"),
        include_str!("../../../ledger/src/error.rs"),
        include_str!("../../../ledger/src/state/evidence.rs"),
        include_str!("../../src/error.rs"),
        include_str!("../../src/verdict/missing.rs"),
    ];
    /// What the page and its worker refuse by themselves.
    const OWN_CODES: [&str; 4] = [
        "call-malformed",
        "ledger-unavailable",
        "module-stopped",
        "module-unavailable",
    ];

    fn json(name: &str) -> Value {
        let file = files().into_iter().find(|file| file.name == name).unwrap();
        serde_json::from_slice(file.bytes).unwrap()
    }

    /// The codes in a file's `fn code`.
    fn codes_in(source: &str) -> impl Iterator<Item = &str> {
        let function = source.split("fn code(&self)").nth(1).unwrap();
        let function = function.split("\n    }\n").next().unwrap();
        function
            .split("=> \"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
    }

    #[test]
    fn every_code_has_words_for_the_guest_and_for_the_doorman() {
        let codes: BTreeSet<&str> = SOURCES
            .iter()
            .flat_map(|source| codes_in(source))
            .chain(OWN_CODES)
            .collect();
        assert!(codes.len() > 130, "{}", codes.len());
        let (groups, messages) = (json("codes.json"), json("messages.json"));
        let groups = groups.as_object().unwrap();
        let known: BTreeSet<&str> = groups.keys().map(String::as_str).collect();
        assert_eq!(known, codes);
        let words = messages["codes"].as_object().unwrap();
        let used: BTreeSet<String> = groups
            .values()
            .flat_map(|group| ["guest", "staff"].map(|whom| format!("{}.{whom}", group.as_str().unwrap())))
            .collect();
        assert_eq!(words.keys().cloned().collect::<BTreeSet<_>>(), used);
    }

    /// What a screen at a door must not say (`schemas/spec/verdict.md`, "What is not authenticated").
    #[test]
    fn a_positive_result_is_not_called_one() {
        let words = json("messages.json")["codes"].clone();
        for whom in ["guest", "staff"] {
            let said = words[format!("result.{whom}")].to_string().to_lowercase();
            for word in [
                "positiv",
                "infekt",
                "infect",
                "krank",
                "ill",
                "nachgewiesen",
                "detected",
            ] {
                assert!(!said.contains(word), "{said}");
            }
        }
    }

    #[test]
    fn every_word_that_the_scripts_ask_for_is_there() {
        let messages = json("messages.json");
        let mut asked = 0;
        for file in files().iter().filter(|file| file.kind == Kind::Script) {
            let text = std::str::from_utf8(file.bytes).unwrap();
            for rest in text.split("t(\"scanner.").skip(1) {
                let key = rest.split('"').next().unwrap();
                assert!(messages["scanner"][key].is_object(), "{}: {key}", file.name);
                asked += 1;
            }
        }
        assert!(asked > 50, "{asked}");
    }
}
