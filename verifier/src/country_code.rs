//! Countries as rules and trust lists name them (ISO 3166-1 alpha-2).

use core::fmt;
use serde::{Deserialize, Serialize};

/// Two letters A to Z, as rules and trust lists name countries. Unlike [`schemas::value_sets::Country`] it is not limited
/// to the value set of certificates: rules know `EU`, and lists know codes that were given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CountryCode([u8; 2]);

impl CountryCode {
    /// Reads a code; lower case is read as upper case, since the field writes both.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let letters: [u8; 2] = code.as_bytes().try_into().ok()?;
        letters
            .iter()
            .all(u8::is_ascii_alphabetic)
            .then(|| Self(letters.map(|letter| letter.to_ascii_uppercase())))
    }

    /// The code in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).expect("ASCII letters")
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for CountryCode {
    type Error = &'static str;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        Self::parse(&code).ok_or("a country is two letters")
    }
}

impl From<CountryCode> for String {
    fn from(country: CountryCode) -> Self {
        country.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_two_letters_only() {
        assert_eq!(CountryCode::parse("de").unwrap().as_str(), "DE");
        for code in ["", "D", "DEU", "D1", "ß", " D"] {
            assert_eq!(CountryCode::parse(code), None, "{code}");
        }
    }
}
