//! What a door accepts (`schemas/spec/policy.md`).
//!
//! A policy is a document that is parsed into types which cannot hold what must never be: a grace of more than ten
//! minutes, a quorum of nobody, a positive result that passes. Whatever the document leaves out is strict.

mod chain;
mod disclosure;
mod grace;
mod signatures;
mod span;
mod test;

pub use chain::{Chain, ChainAddress, OnChain, Required};
pub use disclosure::Disclosure;
pub use grace::{Grace, GraceAdmitted, KeyStanding};
pub use signatures::Signatures;
pub use span::Span;
pub use test::{AcceptedTest, NotDetected, TestAge, Tests, result_of};

use crate::{
    CountryCode, Error,
    table::{self, table},
    verdict::Missing,
};
use core::num::NonZeroU8;
use schemas::{Shape, UnixTime, hcert::Reading};
use serde::{Deserialize, Serialize};
use serde_path_to_error::Track;

/// Bytes of a policy document; a complete one has under 1 kB.
pub const MAX_DOCUMENT: usize = 64 << 10;

/// How old a view of the ledger may be: up to three days.
pub type ViewAge = Span<{ 72 * 3_600 }>;

/// What a door accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Policy {
    /// The shapes of credential; both by default, since paper is for those who have no telephone.
    pub shapes: Vec<Shape>,
    /// What must be shown of the person: at least the initials by default, so that somebody compares them with an
    /// identity card.
    pub disclosure: Disclosure,
    /// The kinds of test and how old each may be.
    #[serde(deserialize_with = "table")]
    pub tests: Tests,
    /// What is asked of the view of the ledger.
    #[serde(deserialize_with = "table")]
    pub ledger: Ledger,
    /// EU certificates of issuers that this ledger does not know: refused by default.
    pub foreign: Foreign,
    /// How closely certificates have to follow the specification; strictly by default.
    pub reading: Reading,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            shapes: vec![Shape::SdCwt, Shape::Hcert],
            disclosure: Disclosure::Initials,
            tests: Tests::default(),
            ledger: Ledger::default(),
            foreign: Foreign::Refused,
            reading: Reading::Strict,
        }
    }
}

/// What is asked of the view of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Ledger {
    /// The least number of members that must have cosigned; 7 by default, of 10.
    pub quorum: NonZeroU8,
    /// How old the view may be; one hour by default. A stolen key is believed for no longer than this.
    pub max_view_age: ViewAge,
    /// Whether a credential whose batch is not yet in the view passes on its signature; off by default.
    pub grace: Grace,
    /// Whether the log must stand on an EVM chain too; off by default.
    pub chain: Chain,
    /// Which signatures count; any by default.
    pub signatures: Signatures,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            quorum: NonZeroU8::new(7).expect("7 is not 0"),
            max_view_age: ViewAge::hours(1).expect("1 hour is within 72"),
            grace: Grace::Off,
            chain: Chain::Off,
            signatures: Signatures::Any,
        }
    }
}

/// EU certificates of issuers that this ledger does not know, verified with an imported trust list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Foreign {
    /// Refused.
    Refused,
    /// Accepted when the rules of this country say so.
    ByRulesOf(CountryCode),
}

impl Policy {
    /// Reads a policy in TOML.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`] and [`Error::PolicyMalformed`].
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        bounded(text)?;
        let malformed = |path: String, error: toml::de::Error| Error::PolicyMalformed {
            path,
            reason: table::reason(text, &error),
        };
        let mut track = Track::new();
        let document = toml::Deserializer::parse(text).map_err(|error| malformed(".".into(), error))?;
        table(serde_path_to_error::Deserializer::new(document, &mut track))
            .map_err(|error| malformed(track.path().to_string(), error))
            .and_then(Self::consistent)
    }

    /// Reads a policy in JSON.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`] and [`Error::PolicyMalformed`].
    pub fn from_json(text: &str) -> Result<Self, Error> {
        bounded(text)?;
        let malformed = |path: String, error: serde_json::Error| Error::PolicyMalformed {
            path,
            reason: error.to_string(),
        };
        let mut track = Track::new();
        let mut document = serde_json::Deserializer::from_str(text);
        let policy = table(serde_path_to_error::Deserializer::new(&mut document, &mut track))
            .map_err(|error| malformed(track.path().to_string(), error))?;
        document.end().map_err(|error| malformed(".".into(), error))?;
        Self::consistent(policy)
    }

    /// Refuses what contradicts itself, where each part alone is well.
    fn consistent(self) -> Result<Self, Error> {
        if self.ledger.signatures == Signatures::PostQuantum {
            let classical = |path: &str, rests_on: &str| Error::PolicyMalformed {
                path: path.into(),
                reason: format!("{rests_on}, which post-quantum signatures leave out: remove one of the two"),
            };
            if self.ledger.grace != Grace::Off {
                return Err(classical("ledger.grace", "grace rests on an ES256 signature"));
            }
            if self.foreign != Foreign::Refused {
                return Err(classical("foreign", "foreign certificates rest on ES256 or RSA"));
            }
        }
        Ok(self)
    }

    /// Whether an issuer's word on its status, signed at this time with ML-DSA-44, is young enough.
    ///
    /// # Errors
    /// [`Missing::StatusNotSigned`]: a newer one may do.
    pub(crate) fn head(&self, signed_at: UnixTime, now: UnixTime) -> Result<(), Missing> {
        let oldest = signatures::oldest_head(now, self.ledger.max_view_age.seconds());
        match signed_at >= oldest {
            true => Ok(()),
            false => Err(Missing::StatusNotSigned),
        }
    }

    /// Whether credentials of this shape are accepted.
    ///
    /// # Errors
    /// [`Error::ShapeNotAccepted`].
    pub fn shape(&self, shape: Shape) -> Result<(), Error> {
        match self.shapes.contains(&shape) {
            true => Ok(()),
            false => Err(Error::ShapeNotAccepted(shape)),
        }
    }

    /// Whether enough was shown; EU certificates show the [`Disclosure::Person`].
    ///
    /// # Errors
    /// [`Missing::Disclosure`]: the holder can still show more.
    pub fn disclosure(&self, shown: Option<Disclosure>) -> Result<(), Missing> {
        match shown >= Some(self.disclosure) {
            true => Ok(()),
            false => Err(Missing::Disclosure {
                needed: self.disclosure,
            }),
        }
    }

    /// The country whose rules decide about EU certificates of issuers that this ledger does not know.
    ///
    /// # Errors
    /// [`Error::ForeignNotAccepted`].
    pub fn foreign(&self) -> Result<CountryCode, Error> {
        match self.foreign {
            Foreign::ByRulesOf(country) => Ok(country),
            Foreign::Refused => Err(Error::ForeignNotAccepted),
        }
    }

    /// Whether a view of the ledger is good enough: its age by `now`, and how many members cosigned it.
    ///
    /// # Errors
    /// [`Missing::Quorum`] and [`Missing::ViewTooOld`]: a newer view may do.
    pub fn view(&self, cosigned_at: UnixTime, cosigners: usize, now: UnixTime) -> Result<(), Missing> {
        let needed = usize::from(self.ledger.quorum.get());
        let (age, limit) = (now.since(cosigned_at), self.ledger.max_view_age.seconds());
        if cosigners < needed {
            return Err(Missing::Quorum { cosigners, needed });
        }
        match age <= limit {
            true => Ok(()),
            false => Err(Missing::ViewTooOld { age, limit }),
        }
    }
}

fn bounded(text: &str) -> Result<(), Error> {
    let (length, limit) = (text.len(), MAX_DOCUMENT);
    match length <= limit {
        true => Ok(()),
        false => Err(schemas::Error::TooLong {
            what: "bytes of policy",
            length,
            limit,
        }
        .into()),
    }
}
