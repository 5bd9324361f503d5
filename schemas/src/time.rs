//! Instants and days.

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds (RFC 8392 section 2, NumericDate).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// A NumericDate that is a floating-point number (RFC 8392 section 2); what is below a second is cut off. `None` for
    /// what is not finite, and for times so far away that such numbers skip whole seconds.
    #[must_use]
    pub fn of_float(seconds: f64) -> Option<Self> {
        /// 285 million years.
        const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        let whole = |seconds: f64| Self(seconds.floor() as i64);
        (seconds.abs() < MAX_EXACT).then(|| whole(seconds))
    }

    /// This instant moved by `seconds`, which may be negative. Saturates.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this instant; negative when `earlier` is the later one. Saturates.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The UTC day that this instant lies in; instants outside `u32` days go to the nearest day.
    #[must_use]
    pub fn day(self) -> Day {
        Day(u32::try_from(self.0.div_euclid(86_400).max(0)).unwrap_or(u32::MAX))
    }
}

/// A UTC day, as whole days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub u32);

impl Day {
    /// The first instant of the day.
    #[must_use]
    pub fn start(self) -> UnixTime {
        UnixTime(i64::from(self.0) * 86_400)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_cut_off() {
        assert_eq!(UnixTime::of_float(1.9), Some(UnixTime(1)));
        assert_eq!(UnixTime::of_float(-0.5), Some(UnixTime(-1)));
        assert_eq!(UnixTime::of_float(1_686_920_170.0), Some(UnixTime(1_686_920_170)));
        for refused in [f64::NAN, f64::INFINITY, 1e16, -1e300] {
            assert_eq!(UnixTime::of_float(refused), None);
        }
    }

    #[test]
    fn days_start_at_midnight_utc() {
        assert_eq!(UnixTime(86_399).day(), Day(0));
        assert_eq!(UnixTime(86_400).day(), Day(1));
        assert_eq!(UnixTime(-1).day(), Day(0));
        assert_eq!(UnixTime(i64::MAX).day(), Day(u32::MAX));
        assert_eq!(Day(1).start(), UnixTime(86_400));
    }
}
