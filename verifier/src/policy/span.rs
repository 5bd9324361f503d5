//! Spans of time with a limit that is part of the type.

use core::fmt;
use serde::{Deserialize, Serialize};

/// 1 to `LIMIT` seconds; written as a whole number of `s`, `m` or `h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span<const LIMIT: u32>(u32);

impl<const LIMIT: u32> Span<LIMIT> {
    /// The longest that fits the type.
    pub const LONGEST: Self = Self(LIMIT);

    /// A number of seconds, unless it is 0 or more than the limit.
    #[must_use]
    pub fn new(seconds: u32) -> Option<Self> {
        (1..=LIMIT).contains(&seconds).then_some(Self(seconds))
    }

    /// A number of hours, unless it is 0 or more than the limit.
    #[must_use]
    pub fn hours(hours: u32) -> Option<Self> {
        Self::new(hours.checked_mul(3_600)?)
    }

    /// Reads a text such as `90s`, `10m` or `48h`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            _ => return None,
        };
        if !number.bytes().all(|byte| byte.is_ascii_digit()) || number.starts_with('0') {
            return None;
        }
        Self::new(number.parse::<u32>().ok()?.checked_mul(seconds)?)
    }

    /// The span in seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0 as i64
    }
}

impl<const LIMIT: u32> fmt::Display for Span<LIMIT> {
    /// In the largest unit that divides it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            seconds if seconds.is_multiple_of(3_600) => write!(f, "{}h", seconds / 3_600),
            seconds if seconds.is_multiple_of(60) => write!(f, "{}m", seconds / 60),
            seconds => write!(f, "{seconds}s"),
        }
    }
}

impl<const LIMIT: u32> TryFrom<String> for Span<LIMIT> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let limit = Self::LONGEST;
        Self::parse(&text).ok_or_else(|| format!("a time such as 90s, 10m or 1h, not longer than {limit}"))
    }
}

impl<const LIMIT: u32> From<Span<LIMIT>> for String {
    fn from(span: Span<LIMIT>) -> Self {
        span.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn holds_no_more_than_its_limit() {
        for text in ["600s", "10m", "1s"] {
            assert_eq!(
                Span::<600>::parse(text).map(|span| span.to_string().len() > 1),
                Some(true),
                "{text}"
            );
        }
        for text in [
            "",
            "s",
            "0s",
            "601s",
            "11m",
            "1h",
            "-1s",
            "+1s",
            "01s",
            "1",
            "1d",
            "1 s",
            "1S",
            "9999999999h",
            "é",
            "１s",
        ] {
            assert_eq!(Span::<600>::parse(text), None, "{text}");
        }
        assert_eq!(Span::<600>::new(601), None);
        assert_eq!(Span::<600>::hours(u32::MAX), None);
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(seconds in 1u32..=1_000_000) {
            let span = Span::<1_000_000>::new(seconds).unwrap();
            prop_assert_eq!(Span::parse(&span.to_string()), Some(span));
        }

        #[test]
        fn any_text_returns(text: String) {
            let _ = Span::<600>::parse(&text);
        }
    }
}
