//! The vectors as JSON (`schemas/spec/json/test-vector.schema.json`). Unknown keys are refused.

use crate::flag::Flag;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// One text at a door.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoorCase {
    /// What is wrong with it, for people.
    pub description: String,
    /// What kind of mistake it finds.
    pub flags: Vec<Flag>,
    /// The scanned text.
    pub text: String,
    /// What the door's clock shows, in seconds since 1970.
    pub clock: i64,
    /// The folder with the log's static files; none for a door that never synced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    /// The policy, as far as it differs from the default.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub policy: Json,
    /// The file with the trust list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<String>,
    /// The file with countries' rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// The challenge that the door shows; none for a presentation that is for any door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Challenge>,
    /// What was shown at this door before, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub already_seen: Vec<Showing>,
    /// How many tokens of others the door's memory holds, seen at `clock`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub others_seen: usize,
    /// What a verifier has to say.
    pub expect: Expected,
}

/// What a door shows in a QR code of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// SHA-256 of the door's key, in base64url.
    pub door: String,
    /// 16 bytes, in base64url.
    pub nonce: String,
}

/// An earlier scan.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Showing {
    /// The scanned text.
    pub text: String,
    /// What the door's clock showed.
    pub clock: i64,
}

/// A verdict (`schemas/spec/verdict.md`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// `accept`, `reject` or `indeterminate`.
    pub verdict: String,
    /// On what it is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// The codes of the reasons, or of what is missing, in the order of the checks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// Why a rule failed or is open, by its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What a door should know although it is accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Each check that was done: `passed`, or the code that it ended with.
    pub checks: BTreeMap<String, String>,
}

/// A log's static files that a verifier follows, one state after the other.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncCase {
    /// What is wrong with it, for people.
    pub description: String,
    /// What kind of mistake it finds.
    pub flags: Vec<Flag>,
    /// The states; only the last has the fault.
    pub states: Vec<LogState>,
    /// What a verifier has to say to the last.
    pub expect: SyncExpected,
}

/// What a log serves at one time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogState {
    /// The checkpoint's note.
    pub checkpoint: String,
    /// The other files, by path, in base64.
    pub files: BTreeMap<String, String>,
}

/// What following the last state comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum SyncExpected {
    /// The state is refused as a whole: the view stays as it was.
    Refused(String),
    /// The view grows. These of its entries and objects do not count, in the order of the log; a contradiction is
    /// followed by its cause, where it has one.
    Taken(Vec<String>),
}

/// A document that a verifier imports.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormatCase {
    /// What is wrong with it, for people.
    pub description: String,
    /// What kind of mistake it finds.
    pub flags: Vec<Flag>,
    /// Which document it is.
    pub format: Format,
    /// The document as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The document in base64, where it is no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// The document, of this many bytes: spaces. For limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spaces: Option<usize>,
    /// The publisher's key that has to have signed a trust list: its compressed point in base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// The version of the network document in force, as TOML: what a note follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What a verifier has to say.
    pub expect: FormatExpected,
}

/// The documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A policy in TOML.
    PolicyToml,
    /// A policy in JSON.
    PolicyJson,
    /// A network document.
    Network,
    /// A signed note of a next network document.
    NetworkNote,
    /// A trust list.
    TrustList,
    /// Rules of countries.
    Rules,
    /// A value set.
    ValueSet,
}

/// What importing comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum FormatExpected {
    /// It is refused as a whole.
    Refused(String),
    /// It is taken, except for the parts with these codes: certificates of a trust list, and logic of rules, which makes
    /// every certificate that they apply to open.
    Taken(Vec<String>),
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}
