//! Every refusal of the verifier has a vector, or a reason why no input of a verifier can cause it.

mod common;

use common::vectors;
use generate::{
    case::{DoorCase, FormatCase, FormatExpected, SyncCase, SyncExpected},
    flag::Flag,
};
use std::collections::{BTreeMap, BTreeSet};

/// The files whose exhaustive matches name every refusal, so that a new variant cannot be without a code here.
const SOURCES: [(&str, &str); 5] = [
    ("schemas", include_str!("../../../schemas/src/error.rs")),
    ("ledger", include_str!("../../../ledger/src/error.rs")),
    ("evidence", include_str!("../../../ledger/src/state/evidence.rs")),
    ("verifier", include_str!("../../../verifier/src/error.rs")),
    (
        "missing",
        include_str!("../../../verifier/src/verdict/missing.rs"),
    ),
];

const NOT_READ: &str = "a verifier reads no such thing";
const ISSUING: &str = "for those who issue";
const PROVING: &str = "a verifier reads every entry, so that it follows no proof in the log's tree";
const LOGS: &str = "for logs and witnesses";
const CHAIN: &str =
    "a door asks a chain by itself, and pages and phones, which use the same vectors, refuse to";
const MISTAKE: &str = "only a mistake in the verifier itself causes it";

/// Codes that no input of a verifier causes.
const WITHOUT_VECTOR: [(&str, &str); 34] = [
    ("basis-missing", MISTAKE),
    ("batch-root-mismatch", "for auditors who are given a batch"),
    ("cache-unusable", "a device's own file, which it builds anew"),
    ("chain-differs", CHAIN),
    ("chain-not-asked", CHAIN),
    ("chain-stale", CHAIN),
    ("chain-unknown", CHAIN),
    ("challenge-malformed", "doors show challenges, wallets read them"),
    ("check-not-done", MISTAKE),
    ("declaration-malformed", NOT_READ),
    ("hcert-not-issuable", ISSUING),
    ("hcert-prefix", "such a text is `not-a-credential` before"),
    ("inclusion-invalid", PROVING),
    ("jws-malformed", NOT_READ),
    (
        "network-too-old",
        "there is one network document here, and the views are too old long before it is",
    ),
    (
        "picture-malformed",
        "pictures are read before a verifier is asked",
    ),
    ("qr-text-not-ascii", "for those who draw codes"),
    ("receipt-malformed", NOT_READ),
    (
        "sd-cwt-audience",
        "the profile has no such claim in the open, and none may be disclosed: `sd-cwt-claim-redacted`",
    ),
    (
        "sd-cwt-claim-missing",
        "the profile asks for more: `presentation-malformed`, `sd-cwt-holder-key`",
    ),
    (
        "sd-cwt-undisclosed",
        "for holders, who are given every disclosure",
    ),
    ("signing-failed", ISSUING),
    (
        "status-delta-mismatch",
        "a verifier takes the whole snapshot then",
    ),
    ("status-list-expired", NOT_READ),
    ("status-list-malformed", NOT_READ),
    ("status-list-out-of-range", NOT_READ),
    ("status-list-subject-mismatch", NOT_READ),
    ("tile-missing", LOGS),
    ("tile-path-malformed", LOGS),
    ("tlog-proof-malformed", NOT_READ),
    ("tree-mismatch", LOGS),
    ("tree-not-a-subtree", PROVING),
    ("tree-out-of-range", PROVING),
    ("witness-request-malformed", LOGS),
];

/// The codes in a file's `fn code`. Fails unless each of its variants has one there or passes on another error's.
fn codes_in(source: &str) -> Vec<&str> {
    let function = source
        .split("fn code(&self) -> &'static str {")
        .nth(1)
        .expect("a function for the codes");
    let body = function.split("\n    }\n").next().unwrap_or_default();
    let arms: Vec<&str> = body.lines().filter(|line| line.contains("=>")).collect();
    let named = |arm: &&str| arm.split_once("=> \"")?.1.split('"').next().map(str::len);
    let delegating = arms.iter().filter(|arm| arm.contains("error.code()")).count();
    assert_eq!(
        arms.iter().filter_map(named).count() + delegating,
        arms.len(),
        "an arm is not understood"
    );
    arms.into_iter()
        .filter_map(|arm| arm.split_once("=> \"")?.1.split('"').next())
        .collect()
}

fn every_code() -> BTreeSet<String> {
    SOURCES
        .iter()
        .flat_map(|(_, source)| codes_in(source))
        .map(str::to_owned)
        .collect()
}

/// What a vector says, whatever it is about.
struct Said {
    name: String,
    codes: Vec<String>,
    flags: Vec<Flag>,
}

fn said() -> Vec<Said> {
    let door = vectors::<DoorCase>("door").into_iter().map(|(name, case)| {
        let checks = case.expect.checks.into_values().filter(|ended| ended != "passed");
        let codes = case
            .expect
            .codes
            .into_iter()
            .chain(checks)
            .chain(case.expect.cause)
            .collect();
        Said {
            name,
            codes,
            flags: case.flags,
        }
    });
    let sync = vectors::<SyncCase>("sync").into_iter().map(|(name, case)| {
        let codes = match case.expect {
            SyncExpected::Refused(code) => vec![code],
            SyncExpected::Taken(codes) => codes,
        };
        Said {
            name,
            codes,
            flags: case.flags,
        }
    });
    let formats = vectors::<FormatCase>("formats").into_iter().map(|(name, case)| {
        let codes = match case.expect {
            FormatExpected::Refused(code) => vec![code],
            FormatExpected::Taken(codes) => codes,
        };
        Said {
            name,
            codes,
            flags: case.flags,
        }
    });
    door.chain(sync).chain(formats).collect()
}

#[test]
fn every_refusal_has_a_vector_or_a_reason() {
    let covered: BTreeSet<String> = said().into_iter().flat_map(|said| said.codes).collect();
    let excused: BTreeMap<&str, &str> = WITHOUT_VECTOR.into_iter().collect();
    let every = every_code();
    println!(
        "codes: {} with a vector, {} with a reason why not, of {}",
        covered.len(),
        excused.len(),
        every.len()
    );
    let missing: Vec<_> = every
        .iter()
        .filter(|code| !covered.contains(*code) && !excused.contains_key(&***code))
        .collect();
    assert!(missing.is_empty(), "without a vector: {missing:?}");
    let unknown: Vec<_> = covered.iter().filter(|code| !every.contains(*code)).collect();
    assert!(unknown.is_empty(), "codes of nothing: {unknown:?}");
    for (code, reason) in excused {
        assert!(every.contains(code), "{code} is no code any more");
        assert!(
            !covered.contains(code),
            "{code} has a vector, so it is wrong that {reason}"
        );
    }
}

/// One vector, one fault, and the file is named by it.
#[test]
fn files_are_named_by_what_is_expected() {
    for Said { name, codes, flags } in said() {
        let file = name
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches(".json");
        let named = |code: &String| file == code || file.starts_with(&format!("{code}-"));
        let accepted = file == "accept" || file.starts_with("accept-");
        match codes.is_empty() {
            true => assert!(accepted, "{name} is accepted"),
            false => assert!(codes.iter().any(named), "{name} says {codes:?}"),
        }
        assert_eq!(flags.contains(&Flag::Good), codes.is_empty(), "{name}");
    }
}

/// The README explains every flag, and each has a vector.
#[test]
fn every_flag_is_explained_and_used() {
    let readme = include_str!("../../README.md");
    let used: BTreeSet<Flag> = said().into_iter().flat_map(|said| said.flags).collect();
    let names = Flag::ALL.map(|flag| serde_json::to_value(flag).unwrap().as_str().unwrap().to_owned());
    let rows = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let rows: BTreeSet<&str> = rows.map(|(name, _)| name).collect();
    assert_eq!(rows, names.iter().map(String::as_str).collect());
    assert_eq!(used, Flag::ALL.into_iter().collect());
}
