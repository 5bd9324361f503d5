//! Whose result it is, and what it says.

use crate::closed;
use schemas::health;

/// A name and a date of birth.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct HolderName {
    /// Given names, as written.
    pub given: String,
    /// Family name, as written.
    pub family: String,
    /// `YYYY-MM-DD`, or as much of it as is known.
    pub birth_date: String,
}

/// What is shown in place of the name.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct HolderInitials {
    /// The first letter of the given names.
    pub given: String,
    /// The first letter of the family name.
    pub family: String,
    /// The month of birth, from 1, when it is known.
    pub birth_month: Option<u8>,
    /// The day of birth in its month, from 1, when it is known.
    pub birth_day: Option<u8>,
}

/// A result.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct TestResult {
    /// How it was tested.
    pub kind: TestKind,
    /// What was found.
    pub outcome: TestOutcome,
    /// When the sample was taken, in seconds since 1970.
    pub sampled_at: i64,
}

/// How it was tested.
#[derive(Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum TestKind {
    /// Nucleic acid amplification, such as PCR.
    Naat,
    /// Rapid antigen immunoassay.
    RapidAntigen,
}

/// What the test found.
#[derive(Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum TestOutcome {
    /// "Positive".
    Detected,
    /// "Negative".
    NotDetected,
}

closed!(HolderName, HolderInitials, TestResult);

impl From<wallet_core::HolderName> for HolderName {
    fn from(name: wallet_core::HolderName) -> Self {
        Self {
            given: name.given,
            family: name.family,
            birth_date: name.birth_date,
        }
    }
}

impl From<&health::Initials> for HolderInitials {
    fn from(initials: &health::Initials) -> Self {
        Self {
            given: initials.given_name.clone(),
            family: initials.family_name.clone(),
            birth_month: initials.month_and_day.map(|(month, _)| month),
            birth_day: initials.month_and_day.map(|(_, day)| day),
        }
    }
}

impl From<health::TestResult> for TestResult {
    fn from(result: health::TestResult) -> Self {
        Self {
            kind: result.kind.into(),
            outcome: result.outcome.into(),
            sampled_at: result.sampled_at.0,
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

impl From<health::Outcome> for TestOutcome {
    fn from(outcome: health::Outcome) -> Self {
        match outcome {
            health::Outcome::Detected => Self::Detected,
            health::Outcome::NotDetected => Self::NotDetected,
        }
    }
}
