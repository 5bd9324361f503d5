//! The codes that health certificates use, with what they mean in words (eHealth Network, value sets for EU Digital
//! COVID Certificates 1.14). The codes are the standards' (SNOMED CT, LOINC, ISO 3166); the words are ours.
//!
//! Small sets are compiled in. Large ones that change (rapid tests, vaccines) are [`CodeTable`]s that the caller
//! loads; only the few rapid tests that we issue for are in [`DEVICES`].

mod countries;
mod devices;
mod table;

pub use countries::Country;
pub use devices::{DEVICES, Device};
pub use table::{CodeTable, MAX_TABLE_BYTES, Tables};

use crate::health::{Outcome, TestKind, debug_shows_nothing};
use core::fmt;

/// A language that codes are shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// British English.
    English,
    /// German.
    German,
}

/// A closed set of codes.
pub trait ValueSet: Copy {
    /// The member that a code stands for, if it is in the set.
    fn from_code(code: &str) -> Option<Self>;

    /// The member's code.
    fn code(self) -> &'static str;

    /// The member in words.
    fn display(self, language: Language) -> &'static str;
}

/// A code as received: of its set, or not. An unknown code can be shown and can never pass a check.
#[derive(Clone, PartialEq, Eq)]
pub enum Code<T> {
    /// A member of the set.
    Known(T),
    /// Not a member; also the empty code that some issuers write.
    Unknown(String),
}

impl<T: ValueSet> Code<T> {
    /// Reads a code.
    #[must_use]
    pub fn read(code: &str) -> Self {
        T::from_code(code).map_or_else(|| Self::Unknown(code.to_owned()), Self::Known)
    }

    /// The member, if the code is of the set.
    #[must_use]
    pub fn known(&self) -> Option<T> {
        match self {
            Self::Known(member) => Some(*member),
            Self::Unknown(_) => None,
        }
    }

    /// The code as received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(member) => member.code(),
            Self::Unknown(code) => code,
        }
    }

    /// The member in words, or the unknown code itself.
    #[must_use]
    pub fn display(&self, language: Language) -> &str {
        match self {
            Self::Known(member) => member.display(language),
            Self::Unknown(code) => code,
        }
    }
}

impl<T> fmt::Debug for Code<T> {
    /// Says whether the code is known, not which it is: a result is health data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known(_) => "Known(…)",
            Self::Unknown(_) => "Unknown(…)",
        })
    }
}

/// A disease or its agent (value set `disease-agent-targeted`, SNOMED CT).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Disease {
    /// COVID-19.
    Covid19,
}

debug_shows_nothing!(Disease);

/// A set small enough to search row by row.
trait Rows: Copy + PartialEq + 'static {
    /// Member, code, English, German; one row for every member.
    const ROWS: &'static [(Self, &'static str, &'static str, &'static str)];
}

impl<T: Rows> ValueSet for T {
    fn from_code(code: &str) -> Option<Self> {
        Self::ROWS.iter().find(|row| row.1 == code).map(|row| row.0)
    }

    fn code(self) -> &'static str {
        let row = Self::ROWS.iter().find(|row| row.0 == self);
        row.map(|row| row.1).expect("every member has a row")
    }

    fn display(self, language: Language) -> &'static str {
        let row = Self::ROWS.iter().find(|row| row.0 == self);
        let row = row.expect("every member has a row");
        match language {
            Language::English => row.2,
            Language::German => row.3,
        }
    }
}

impl Rows for Disease {
    const ROWS: &'static [(Self, &'static str, &'static str, &'static str)] =
        &[(Self::Covid19, "840539006", "COVID-19", "COVID-19")];
}

/// Value set `covid-19-lab-test-type` (LOINC).
impl Rows for TestKind {
    const ROWS: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (
            Self::Naat,
            "LP6464-4",
            "Laboratory test (NAAT, such as PCR)",
            "Labortest (NAAT, etwa PCR)",
        ),
        (
            Self::RapidAntigen,
            "LP217198-3",
            "Rapid antigen test",
            "Antigen-Schnelltest",
        ),
    ];
}

/// Value set `covid-19-lab-result` (SNOMED CT).
impl Rows for Outcome {
    const ROWS: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (
            Self::NotDetected,
            "260415000",
            "Not detected (negative)",
            "Nicht nachgewiesen (negativ)",
        ),
        (
            Self::Detected,
            "260373001",
            "Detected (positive)",
            "Nachgewiesen (positiv)",
        ),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_codes_are_one_to_one() {
        for kind in [TestKind::Naat, TestKind::RapidAntigen] {
            assert!(TestKind::from_code(kind.code()) == Some(kind));
        }
        for outcome in [Outcome::Detected, Outcome::NotDetected] {
            assert!(Outcome::from_code(outcome.code()) == Some(outcome));
        }
        assert_eq!(Disease::Covid19.code(), "840539006");
        assert_eq!(
            Outcome::Detected.display(Language::German),
            "Nachgewiesen (positiv)"
        );
    }

    #[test]
    fn unknown_codes_stay_unknown() {
        for code in ["", "NEGATIVO", " 260415000", "260415000 "] {
            let read = Code::<Outcome>::read(code);
            assert!(read.known().is_none());
            assert_eq!(read.as_str(), code);
            assert_eq!(read.display(Language::English), code);
        }
        assert_eq!(format!("{:?}", Code::<Outcome>::read("260373001")), "Known(…)");
    }
}
