//! The network document as text: any TOML is read, and one is written.

use super::{Network, Terms, malformed};
use crate::{Error, table};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use core::fmt::Write as _;
use ledger::{policy::Policy, signatory::Signatories};
use schemas::{
    Hash, UnixTime,
    crypto::{P256Point, ml_dsa},
};
use serde::Deserialize;

/// Largest document in bytes; one with ten members and ML-DSA keys has about 40 kB.
const MAX_DOCUMENT: usize = 128 << 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Document {
    pub(super) version: u32,
    pub(super) previous: Option<String>,
    pub(super) issued: i64,
    pub(super) max_age_days: u16,
    pub(super) registrar: String,
    pub(super) registrar_post_quantum: Option<String>,
    pub(super) members: String,
    pub(super) signatories: Vec<String>,
    pub(super) signatures: usize,
}

impl Network {
    /// Reads the TOML document.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`], [`Error::NetworkMalformed`], and the ledger's `policy-malformed`, `vkey-malformed` and
    /// `signatories-malformed`.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        schemas::Error::at_most("network document in bytes", text.len(), MAX_DOCUMENT)?;
        let document: Document =
            toml::from_str(text).map_err(|error| Error::NetworkMalformed(table::reason(text, &error)))?;
        Self::read(&document)
    }

    pub(super) fn read(document: &Document) -> Result<Self, Error> {
        let registrar = URL_SAFE_NO_PAD
            .decode(document.registrar.trim())
            .map_err(|_| malformed("the registrar's key is not base64url"))?;
        let previous = document.previous.as_deref().map(|hash| {
            Hash::from_hex(hash).ok_or_else(|| malformed("previous is not a hash in lower-case hexadecimal"))
        });
        let post_quantum = |text: &String| {
            let key = URL_SAFE_NO_PAD.decode(text.trim());
            let key = key.map_err(|_| malformed("the registrar's ML-DSA-44 key is not base64url"))?;
            Ok::<_, Error>(ml_dsa::PublicKey::from_bytes(&key)?)
        };
        let keys = document.signatories.iter().map(|key| key.parse());
        let terms = Terms {
            registrar: P256Point::from_sec1(&registrar)?,
            registrar_post_quantum: document
                .registrar_post_quantum
                .as_ref()
                .map(post_quantum)
                .transpose()?,
            members: Policy::parse(document.members.as_bytes())?,
            signatories: Signatories::new(keys.collect::<Result<_, _>>()?, document.signatures)?,
            max_age_days: document.max_age_days,
        };
        Self::new(
            document.version,
            previous.transpose()?,
            UnixTime(document.issued),
            terms,
        )
    }

    fn document(&self) -> Document {
        let terms = self.terms();
        Document {
            version: self.version,
            previous: self.previous.map(|hash| hash.to_string()),
            issued: self.issued.0,
            max_age_days: terms.max_age_days,
            registrar: URL_SAFE_NO_PAD.encode(terms.registrar.as_bytes()),
            registrar_post_quantum: terms
                .registrar_post_quantum
                .as_ref()
                .map(|key| URL_SAFE_NO_PAD.encode(key.as_bytes())),
            members: terms.members.to_string(),
            signatories: terms.signatories.keys().iter().map(ToString::to_string).collect(),
            signatures: terms.signatories.quorum(),
        }
    }

    /// The TOML document, in the one way that it is signed in.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let document = self.document();
        let mut toml = format!("version = {}\n", document.version);
        if let Some(previous) = document.previous {
            let _ = writeln!(toml, "previous = \"{previous}\"");
        }
        let members = match document.members.contains("'''") {
            false => format!("'''\n{}'''", document.members),
            // A member's name may hold the end of a literal string.
            true => string(document.members),
        };
        let post_quantum = document.registrar_post_quantum.map_or(String::new(), |key| {
            format!("registrar-post-quantum = \"{key}\"\n")
        });
        let signatories: Vec<String> = document.signatories.into_iter().map(string).collect();
        let _ = write!(
            toml,
            "issued = {}\nmax-age-days = {}\nregistrar = \"{}\"\n{post_quantum}members = {members}\nsignatories = [\n  {},\n]\nsignatures = {}\n",
            document.issued,
            document.max_age_days,
            document.registrar,
            signatories.join(",\n  "),
            document.signatures,
        );
        toml
    }
}

/// A JSON string without DEL is a TOML basic string.
fn string(text: String) -> String {
    serde_json::Value::from(text).to_string()
}
