//! The time claims and all their relations (section "Finite values for standard date claims" and steps 3 and 7 of
//! "SD-KBT and SD-CWT Verifier Validation").

use super::claim;
use crate::{Error, UnixTime, cbor::Item};

/// Largest magnitude of a floating-point date: 2⁵³.
const MAX_FLOAT: f64 = 9_007_199_254_740_992.0;

/// Seconds since 1970 (RFC 8392 section 2): whole seconds, and a fraction of 0 up to 1. Compared exactly.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct NumericDate {
    seconds: i64,
    fraction: f64,
}

impl NumericDate {
    /// Reads an integer, or a finite floating-point number up to 2⁵³.
    fn read(item: &Item<'_>) -> Option<Self> {
        match item {
            Item::Int(seconds) => Some(Self {
                seconds: i64::try_from(*seconds).ok()?,
                fraction: 0.0,
            }),
            Item::Float(value) if value.abs() <= MAX_FLOAT => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a whole number up to 2^53 fits exactly"
                )]
                let seconds = value.floor() as i64;
                Some(Self {
                    seconds,
                    fraction: value - value.floor(),
                })
            }
            _ => None,
        }
    }

    /// The whole second that it lies in.
    pub fn floor(self) -> UnixTime {
        UnixTime(self.seconds)
    }
}

impl From<UnixTime> for NumericDate {
    fn from(time: UnixTime) -> Self {
        Self {
            seconds: time.0,
            fraction: 0.0,
        }
    }
}

/// The three time claims of one token.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    pub expiry: Option<NumericDate>,
    pub not_before: Option<NumericDate>,
    pub issued_at: Option<NumericDate>,
}

impl Times {
    /// Reads the claims, of which each may be missing.
    pub fn read(claims: &Item<'_>, refuse: fn(&'static str) -> Error) -> Result<Self, Error> {
        let date = |key| match claims.get(key) {
            None => Ok(None),
            Some(item) => NumericDate::read(item)
                .map(Some)
                .ok_or(refuse("a time is not a finite number")),
        };
        Ok(Self {
            expiry: date(claim::EXPIRY)?,
            not_before: date(claim::NOT_BEFORE)?,
            issued_at: date(claim::ISSUED_AT)?,
        })
    }

    /// Step 3.
    pub fn check_issuers(&self) -> Result<(), Error> {
        let hold = not_after(self.not_before, self.issued_at)
            && before(self.not_before, self.expiry)
            && before(self.issued_at, self.expiry);
        hold.then_some(()).ok_or(Error::SdCwtTimesContradict)
    }

    /// Step 7, for the times of a key binding token; the three relations within the SD-CWT are those of step 3.
    pub fn check_binding(&self, issued: &Self) -> Result<(), Error> {
        let only_with_issued_at =
            self.issued_at.is_some() || (self.expiry.is_none() && self.not_before.is_none());
        let hold = only_with_issued_at
            && not_after(self.not_before, self.issued_at)
            && before(self.issued_at, self.expiry)
            && not_after(self.expiry, issued.expiry)
            && not_after(issued.not_before, self.not_before)
            && not_after(issued.issued_at, self.issued_at)
            && before(self.not_before, issued.expiry)
            && before(self.issued_at, issued.expiry)
            && not_after(issued.not_before, self.issued_at);
        hold.then_some(()).ok_or(Error::KbtTimesContradict)
    }

    /// RFC 8392 section 3.1.4 to 3.1.6 for an SD-CWT: expiry without leeway; `ahead` seconds for a clock that is behind.
    pub fn check_issuers_at(&self, now: UnixTime, ahead: i64) -> Result<(), Error> {
        if !before(Some(now.into()), self.expiry) {
            return Err(Error::SdCwtExpired);
        }
        let soon = Some(now.plus(ahead).into());
        if !not_after(self.not_before, soon) || !not_after(self.issued_at, soon) {
            return Err(Error::SdCwtNotYetValid);
        }
        Ok(())
    }
}

/// `earlier` <= `later`, if both exist.
pub fn not_after(earlier: Option<NumericDate>, later: Option<NumericDate>) -> bool {
    earlier.zip(later).is_none_or(|(earlier, later)| earlier <= later)
}

/// `earlier` < `later`, if both exist.
pub fn before(earlier: Option<NumericDate>, later: Option<NumericDate>) -> bool {
    earlier.zip(later).is_none_or(|(earlier, later)| earlier < later)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_finite_and_exact() {
        let read = |item| NumericDate::read(&item);
        assert_eq!(read(Item::Int(5)), read(Item::Float(5.0)));
        assert!(read(Item::Float(-1.5)) < read(Item::Int(-1)));
        assert!(read(Item::Float(-1.5)) > read(Item::Int(-2)));
        assert!(read(Item::Float(5.5)) > read(Item::Int(5)) && read(Item::Float(5.5)) < read(Item::Int(6)));
        assert!(read(Item::Float(MAX_FLOAT)).is_some());
        for refused in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, MAX_FLOAT * 2.0] {
            assert_eq!(read(Item::Float(refused)), None);
        }
        assert_eq!(read(Item::Int(i128::from(u64::MAX))), None);
        assert_eq!(read(Item::text("5")), None);
        assert_eq!(read(Item::Tag(1, Box::new(Item::Int(5)))), None);
    }
}
