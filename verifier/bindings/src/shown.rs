//! What the credential showed, to compare with an identity card and for nothing else.

use crate::closed;
use schemas::health;
use verifier::shown;

/// What a credential says that its issuer signed. Not to be kept: show it, and forget it with the next scan.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct Shown {
    /// Who signed: the registered issuer's name, or the country of a foreign one.
    pub issuer: String,
    /// The initials, when they were disclosed.
    pub initials: Option<ShownInitials>,
    /// The name and the date of birth, when they were disclosed.
    pub person: Option<ShownPerson>,
    /// The kind of test, when a test was shown.
    pub test: Option<TestKind>,
    /// When the sample was taken, at the earliest, in seconds since 1970.
    pub sampled_at: Option<i64>,
}

/// Initials, with the month and day of birth when they are known.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct ShownInitials {
    /// The first letter of the given names.
    pub given_name: String,
    /// The first letter of the family name.
    pub family_name: String,
    /// The month of birth, from 1.
    pub birth_month: Option<u8>,
    /// The day of birth in its month, from 1.
    pub birth_day: Option<u8>,
}

/// The name and the date of birth, as written.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct ShownPerson {
    /// The whole name.
    pub name: String,
    /// `YYYY-MM-DD`, or as much of it as is known.
    pub birth_date: String,
}

/// How it was tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum TestKind {
    /// Nucleic acid amplification, such as PCR.
    Naat,
    /// Rapid antigen immunoassay.
    RapidAntigen,
}

closed!(Shown, ShownInitials, ShownPerson);

impl From<shown::Shown> for Shown {
    fn from(shown: shown::Shown) -> Self {
        let (initials, person) = match shown.person {
            shown::ShownPerson::Nobody => (None, None),
            shown::ShownPerson::Initials(initials) => (Some(initials.into()), None),
            shown::ShownPerson::Person { name, birth_date } => (None, Some(ShownPerson { name, birth_date })),
        };
        Self {
            issuer: shown.issuer,
            initials,
            person,
            test: shown.test.map(Into::into),
            sampled_at: shown.sampled_at.map(|at| at.0),
        }
    }
}

impl From<health::Initials> for ShownInitials {
    fn from(initials: health::Initials) -> Self {
        Self {
            given_name: initials.given_name,
            family_name: initials.family_name,
            birth_month: initials.month_and_day.map(|(month, _)| month),
            birth_day: initials.month_and_day.map(|(_, day)| day),
        }
    }
}

impl From<health::TestKind> for TestKind {
    fn from(kind: health::TestKind) -> Self {
        match kind {
            health::TestKind::Naat => Self::Naat,
            health::TestKind::RapidAntigen => Self::RapidAntigen,
        }
    }
}
