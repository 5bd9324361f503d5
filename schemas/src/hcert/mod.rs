//! EU Digital COVID Certificates (HCERT): `schemas/spec/hcert.md` says what we issue and how we read.
//!
//! Reading goes through stages, each of which has only what it knows: [`Scanned`] text, [`Decoded`] structure that
//! nobody vouches for, [`Verified`] claims. Issuing goes from a checked [`Draft`] to bytes to sign to [`to_text`].
//! Whether a verified certificate is accepted, and whose keys are trusted, is decided in `verifier`.

mod as_received;
mod certificate;
mod claims;
mod decoded;
mod draft;
mod entry;
mod fields;
mod json;
mod scanned;
mod transliteration;
mod uvci;
mod verified;

pub use as_received::{AsReceived, CalendarDate, DateOfBirth, Moment};
pub use certificate::{Certificate, PersonName};
pub use claims::Claims;
pub use decoded::Decoded;
pub use draft::{Draft, Terms, TestDetails};
pub use entry::{Entry, EntryKind, Recovery, Test, Vaccination};
pub use json::MAX_JSON_BYTES;
pub use scanned::{MAX_INFLATED_BYTES, MAX_TEXT_CHARACTERS, PREFIX, Scanned, to_text};
pub use transliteration::transliterate;
pub use uvci::{Checksum, Uvci};
pub use verified::{Signed, Verified};

/// How closely a certificate has to follow the specification. Written `strict` and `lenient` in documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// As specified: what we issue, and what the JSON Schema of the DCC accepts.
    Strict,
    /// Also what issuers in the field got wrong without harm: an algorithm that stands in the unprotected header alone,
    /// dates that are none, texts that are too long, null for an absent group.
    Lenient,
}

#[cfg(test)]
mod tests;
