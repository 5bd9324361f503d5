//! The cooperative as a verifier knows it: who registers issuers, whose word about the logs is enough, and who may change
//! both (`schemas/spec/network.md`).

mod document;
mod signed;

use crate::{Error, verdict::Missing};
use ledger::{note::Note, policy::Policy, signatory::Signatories};
use schemas::{
    Hash, UnixTime,
    crypto::{P256Point, ml_dsa},
};

/// The longest that a version can be good for, in days.
pub const MAX_AGE_DAYS: u16 = 800;
/// How long a version is good for where nothing else was agreed on, in days: renewed every year, with a month to spare.
pub const USUAL_AGE_DAYS: u16 = 400;

/// What the members agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The key that registers issuers.
    pub registrar: P256Point,
    /// Its key of ML-DSA-44, which signs the heads of issuers' key events (`schemas/spec/head.md`).
    pub registrar_post_quantum: Option<ml_dsa::PublicKey>,
    /// Logs, witnesses and quorum (C2SP tlog-policy).
    pub members: Policy,
    /// Whose signatures make the next version.
    pub signatories: Signatories,
    /// For how many days after it was issued this is good, from 1 to [`MAX_AGE_DAYS`].
    pub max_age_days: u16,
}

/// A version of the network document. Everything else is learned from the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    version: u32,
    /// SHA-256 of the version before this.
    previous: Option<Hash>,
    issued: UnixTime,
    terms: Terms,
}

impl Network {
    /// The first version. Who is given it has to trust whoever gives it.
    ///
    /// # Errors
    /// [`Error::NetworkMalformed`] for a [`Terms::max_age_days`] out of its range.
    pub fn found(terms: Terms, now: UnixTime) -> Result<Self, Error> {
        Self::new(0, None, now, terms)
    }

    /// What the version after this would be, with these terms. It is nobody's until the signatories of this one signed its
    /// [`to_toml`](Self::to_toml).
    ///
    /// # Errors
    /// As for [`found`](Self::found).
    pub fn propose(&self, terms: Terms, now: UnixTime) -> Result<Self, Error> {
        let version = self
            .version
            .checked_add(1)
            .ok_or_else(|| malformed("the version"))?;
        Self::new(version, Some(self.hash()), now.max(self.issued), terms)
    }

    fn new(version: u32, previous: Option<Hash>, issued: UnixTime, terms: Terms) -> Result<Self, Error> {
        if !(1..=MAX_AGE_DAYS).contains(&terms.max_age_days) {
            return Err(malformed("max-age-days is not from 1 to 800"));
        }
        if (version == 0) != previous.is_none() {
            return Err(malformed("exactly version 0 has none before it"));
        }
        Ok(Self {
            version,
            previous,
            issued,
            terms,
        })
    }

    /// Reads the next version from a note that the signatories of this one signed, such as is the object of a policy entry on
    /// the ledger. `None` for this version or an earlier one, in whatever form.
    ///
    /// # Errors
    /// The ledger's `note-malformed`, `note-signature-invalid` and `signatures-missing`; those of
    /// [`from_signed`](Self::from_signed); [`Error::NetworkNotNext`].
    pub fn successor(&self, bytes: &[u8]) -> Result<Option<Self>, Error> {
        // 1. What it says it is, in the one way there is, so that everybody knows it by the same hash. The first version stands
        //    on the ledger without signatures.
        let first = || Self::from_signed(core::str::from_utf8(bytes).ok()?).ok();
        if first().is_some_and(|first| first.version == 0) {
            return Ok(None);
        }
        let note = Note::parse(bytes)?;
        if Self::from_signed(note.unverified_text())?.version <= self.version {
            return Ok(None);
        }

        // 2. Who signed it.
        let signed = self.terms.signatories.verify(&note)?;
        let offered = Self::from_signed(signed.text())?;

        // 3. It follows this version.
        match offered.version == self.version + 1
            && offered.previous == Some(self.hash())
            && offered.issued >= self.issued
        {
            true => Ok(Some(offered)),
            false => Err(Error::NetworkNotNext {
                ours: self.version,
                offered: offered.version,
            }),
        }
    }

    /// The version's number, from 0.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// When it was agreed on.
    #[must_use]
    pub fn issued(&self) -> UnixTime {
        self.issued
    }

    /// What was agreed on.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// By which everybody knows this version: SHA-256 of its [`to_toml`](Self::to_toml).
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&[self.to_toml().as_bytes()])
    }

    /// Whether it is young enough to go by.
    ///
    /// # Errors
    /// [`Missing::NetworkTooOld`].
    pub fn in_force(&self, now: UnixTime) -> Result<(), Missing> {
        let (age, limit) = (now.since(self.issued) / 86_400, self.terms.max_age_days);
        match age < i64::from(limit) {
            true => Ok(()),
            false => Err(Missing::NetworkTooOld { age, limit }),
        }
    }
}

fn malformed(reason: &str) -> Error {
    Error::NetworkMalformed(reason.into())
}

#[cfg(test)]
mod tests;
