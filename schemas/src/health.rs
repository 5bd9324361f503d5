//! What a credential says: a test's result and the person it belongs to. Every shape of credential is made from these;
//! the formats' own models hold what else they need. `Debug` shows none of it.

use crate::{Error, UnixTime};
use time::{Date, Month};

/// Longest name in characters, as in the EU certificate's schema.
pub const MAX_NAME_CHARACTERS: usize = 80;

/// How a sample was tested.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum TestKind {
    /// Nucleic acid amplification, such as PCR (LOINC LP6464-4).
    Naat,
    /// Rapid antigen immunoassay (LOINC LP217198-3).
    RapidAntigen,
}

/// What the test found.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Detected, "positive" (SNOMED CT 260373001).
    Detected,
    /// Not detected, "negative" (SNOMED CT 260415000).
    NotDetected,
}

/// The result of one test.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TestResult {
    /// How it was tested.
    pub kind: TestKind,
    /// What was found.
    pub outcome: Outcome,
    /// When the sample was taken.
    pub sampled_at: UnixTime,
}

/// Whose result it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Given names, as written.
    pub given_name: Name,
    /// Family name, as written.
    pub family_name: Name,
    /// Date of birth.
    pub birth_date: BirthDate,
}

impl Person {
    /// What suffices to compare with an identity card.
    #[must_use]
    pub fn initials(&self) -> Initials {
        Initials {
            given_name: self.given_name.initial(),
            family_name: self.family_name.initial(),
            month_and_day: self.birth_date.month_and_day(),
        }
    }
}

/// The initials of a person, with the month and the day of birth, without the year.
#[derive(Clone, PartialEq, Eq)]
pub struct Initials {
    /// The first letter of the given names, in upper case.
    pub given_name: String,
    /// The first letter of the family name, in upper case.
    pub family_name: String,
    /// The month and the day of birth, when both are known.
    pub month_and_day: Option<(u8, u8)>,
}

/// A part of a person's name, as written: 1 to [`MAX_NAME_CHARACTERS`] characters, without control characters, `<`
/// and `:`, which separate things in more than one format.
#[derive(Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Reads a name; space around it is cut off.
    ///
    /// # Errors
    /// [`Error::HealthMalformed`].
    pub fn new(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let separates = |c: char| c.is_control() || c == '<' || c == ':';
        if text.is_empty() || text.chars().count() > MAX_NAME_CHARACTERS || text.contains(separates) {
            return Err(Error::HealthMalformed("name"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first letter, in upper case.
    #[must_use]
    pub fn initial(&self) -> String {
        self.0.chars().take(1).flat_map(char::to_uppercase).collect()
    }
}

/// A date of birth, of which the day, or the month and the day, may be unknown. Exists in the calendar.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BirthDate {
    year: i32,
    month_and_day: Option<(u8, Option<u8>)>,
}

impl BirthDate {
    /// Reads `YYYY-MM-DD`, `YYYY-MM` or `YYYY`, of the years 1900 to 2099, as in the EU certificate's schema.
    ///
    /// # Errors
    /// [`Error::HealthMalformed`].
    pub fn new(iso: &str) -> Result<Self, Error> {
        const REFUSED: Error = Error::HealthMalformed("date of birth");
        let mut parts = iso.split('-');
        let year = digits(parts.next().unwrap_or_default(), 4).ok_or(REFUSED)?;
        let mut two_digits = || {
            parts
                .next()
                .map(|part| digits(part, 2).ok_or(REFUSED))
                .transpose()
        };
        let (month, day) = (two_digits()?, two_digits()?);
        let named = Month::try_from(month.unwrap_or(1)).map_err(|_| REFUSED)?;
        Date::from_calendar_date(year, named, day.unwrap_or(1)).map_err(|_| REFUSED)?;
        if !(1900..=2099).contains(&year) || parts.next().is_some() {
            return Err(REFUSED);
        }
        Ok(Self {
            year,
            month_and_day: month.map(|month| (month, day)),
        })
    }

    /// The month and the day, when both are known.
    #[must_use]
    pub fn month_and_day(&self) -> Option<(u8, u8)> {
        self.month_and_day.and_then(|(month, day)| Some((month, day?)))
    }

    /// `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.
    #[must_use]
    pub fn to_iso(&self) -> String {
        match self.month_and_day {
            Some((month, Some(day))) => format!("{:04}-{month:02}-{day:02}", self.year),
            Some((month, None)) => format!("{:04}-{month:02}", self.year),
            None => format!("{:04}", self.year),
        }
    }
}

/// The number that exactly `count` decimal digits write.
fn digits<N: core::str::FromStr>(text: &str, count: usize) -> Option<N> {
    let all_digits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok()).flatten()
}

/// Writes only the type's name: what it holds is health or personal data.
macro_rules! debug_shows_nothing {
    ($($type:ident),*) => {$(
        impl ::core::fmt::Debug for $type {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(concat!(stringify!($type), "(…)"))
            }
        }
    )*};
}
pub(crate) use debug_shows_nothing;

debug_shows_nothing!(TestKind, Outcome, TestResult, Person, Initials, Name, BirthDate);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_of_birth_exist() {
        for iso in ["1964-08-12", "2000-02-29", "1964-08", "1964"] {
            assert_eq!(BirthDate::new(iso).unwrap().to_iso(), iso);
        }
        let wrong = [
            "",
            "1964-",
            "1964-8-12",
            "1964-08-12-",
            "1899-01-01",
            "2100-01-01",
            "1900-02-29",
            "1964-13",
            "1964-00",
            "1964-01-00",
            "+964",
            "12.08.1964",
        ];
        for iso in wrong {
            assert_eq!(
                BirthDate::new(iso).unwrap_err().code(),
                "health-malformed",
                "{iso}"
            );
        }
        assert_eq!(
            BirthDate::new("1964-08-12").unwrap().month_and_day(),
            Some((8, 12))
        );
        assert_eq!(BirthDate::new("1964-08").unwrap().month_and_day(), None);
    }

    #[test]
    fn names_hold_no_separators() {
        assert_eq!(Name::new("  Ana María ").unwrap().as_str(), "Ana María");
        assert_eq!(Name::new("élodie").unwrap().initial(), "É");
        assert_eq!(Name::new("ßler").unwrap().initial(), "SS");
        for text in ["", " ", "A<B", "A:B", "A\nB", &"x".repeat(81)] {
            assert!(Name::new(text).is_err(), "{text}");
        }
        assert!(Name::new(&"é".repeat(80)).is_ok());
    }

    #[test]
    fn debug_shows_nothing() {
        let name = Name::new("Erika").unwrap();
        let person = Person {
            given_name: name.clone(),
            family_name: name,
            birth_date: BirthDate::new("1964").unwrap(),
        };
        assert_eq!(format!("{person:?}"), "Person(…)");
    }

    proptest! {
        #[test]
        fn any_text_returns(text: String) {
            let _ = BirthDate::new(&text);
            let _ = Name::new(&text);
        }
    }
}
