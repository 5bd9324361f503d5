//! Dates and date-times of CertLogic (specification 1.3.3, "Offset date-time" and "DCC Date of birth").

use core::fmt;
use schemas::UnixTime;
use time::{Date, Month, OffsetDateTime, format_description::well_known::Rfc3339};

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// Milliseconds since 1970-01-01T00:00:00Z, within the years -9999 to 9999.
///
/// JavaScript's dates reach further; texts here have four digits for the year, so a rule that leaves this range is a
/// mistake and an error, never a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(i64);

/// What `plusTime` counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Calendar years.
    Year,
    /// Calendar months.
    Month,
    /// 24 hours.
    Day,
    /// 3,600 seconds.
    Hour,
}

impl Unit {
    /// Reads the unit's name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "year" => Some(Self::Year),
            "month" => Some(Self::Month),
            "day" => Some(Self::Day),
            "hour" => Some(Self::Hour),
            _ => None,
        }
    }
}

impl Instant {
    /// Reads one of the allowed date and date-time formats. A partial date is read as a date of birth is, a missing
    /// time is midnight, a missing offset is `Z`, and decimals after the third are dropped.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Some((date, time)) = text.split_once('T') else {
            return Self::of_birth(text);
        };
        if date.len() != 10 {
            return None;
        }
        let midnight = Self::of_birth(date)?;
        let offset_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
        let (clock, offset) = time.split_at(offset_at);
        Self::within_range(midnight.0 + clock_millis(clock)? - offset_millis(offset)?)
    }

    /// Reads `YYYY`, `YYYY-MM` or `YYYY-MM-DD` as midnight UTC of the last day that fits.
    #[must_use]
    pub fn of_birth(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year = i32::try_from(digits(parts.next()?, 4..=4)?).ok()?;
        let month = parts.next().map_or(Some(12), |text| digits(text, 2..=2))?;
        let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
        let last = i64::from(month.length(year));
        let day = parts.next().map_or(Some(last), |text| digits(text, 2..=2))?;
        if parts.next().is_some() {
            return None;
        }
        let date = Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()?;
        Some(Self(date.midnight().assume_utc().unix_timestamp() * SECOND))
    }

    /// This instant moved as JavaScript's `setUTCFullYear`, `setUTCMonth`, `setUTCDate` and `setUTCHours` do: a day
    /// that the new month lacks runs over into the next month (2020-02-29 and one year is 2021-03-01).
    #[must_use]
    pub fn plus(self, amount: i64, unit: Unit) -> Option<Self> {
        match unit {
            Unit::Hour => self.plus_millis(amount, HOUR),
            Unit::Day => self.plus_millis(amount, DAY),
            Unit::Month => self.plus_months(amount),
            Unit::Year => self.plus_months(amount.checked_mul(12)?),
        }
    }

    fn plus_millis(self, amount: i64, unit: i64) -> Option<Self> {
        Self::within_range(self.0.checked_add(amount.checked_mul(unit)?)?)
    }

    fn plus_months(self, amount: i64) -> Option<Self> {
        let date = self.date_time().date();
        let months = i64::from(date.year()) * 12 + i64::from(u8::from(date.month())) - 1;
        let months = months.checked_add(amount)?;
        let month = u8::try_from(months.rem_euclid(12) + 1).ok()?;
        let year = i32::try_from(months.div_euclid(12)).ok()?;
        let first = Date::from_calendar_date(year, Month::try_from(month).ok()?, 1).ok()?;
        let first = first.midnight().assume_utc().unix_timestamp() * SECOND;
        Self::within_range(first + i64::from(date.day() - 1) * DAY + self.0.rem_euclid(DAY))
    }

    fn within_range(millis: i64) -> Option<Self> {
        OffsetDateTime::from_unix_timestamp(millis.div_euclid(SECOND)).ok()?;
        Some(Self(millis))
    }

    fn date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .expect("within_range checked every instant")
    }

    /// The second that this instant lies in.
    #[must_use]
    pub fn unix_time(self) -> UnixTime {
        UnixTime(self.0.div_euclid(SECOND))
    }

    /// The instant of a Unix time, unless it lies outside the range.
    #[must_use]
    pub fn at(time: UnixTime) -> Option<Self> {
        Self::within_range(time.0.checked_mul(SECOND)?)
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC, as the rules read it in `external.validationClock`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date_time().format(&Rfc3339) {
            Ok(text) => f.write_str(&text),
            // RFC 3339 has no negative years.
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// A run of ASCII digits whose length is in `length`.
fn digits(text: &str, length: core::ops::RangeInclusive<usize>) -> Option<i64> {
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    (all_digits && length.contains(&text.len()))
        .then(|| text.parse().ok())
        .flatten()
}

/// `hh:mm:ss` or `hh:mm:ss.S…`; 24:00:00 is the end of the day (ECMA-262, date time string format).
fn clock_millis(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once('.').map_or((text, None), |(c, f)| (c, Some(f)));
    let mut parts = clock.split(':').map(|part| digits(part, 2..=2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() {
        return None;
    }
    let millis = fraction.map_or(Some(0), fraction_millis)?;
    let total = ((hour * 60 + minute) * 60 + second) * SECOND + millis;
    (minute < 60 && second < 60 && total <= DAY).then_some(total)
}

fn fraction_millis(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept = text.bytes().chain(*b"000").take(3);
    Some(kept.fold(0, |millis, digit| millis * 10 + i64::from(digit - b'0')))
}

/// Nothing, `Z`, or a sign with `h`, `hh`, `hmm`, `hhmm`, `h:mm` or `hh:mm`.
fn offset_millis(text: &str) -> Option<i64> {
    let (sign, text) = match text.split_at_checked(1) {
        None | Some(("Z", "")) => return Some(0),
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        Some(_) => return None,
    };
    let (hours, minutes) = match text.split_once(':') {
        Some((hours, minutes)) => (digits(hours, 1..=2)?, digits(minutes, 2..=2)?),
        None if text.len() <= 2 => (digits(text, 1..=2)?, 0),
        None => {
            let together = digits(text, 3..=4)?;
            (together / 100, together % 100)
        }
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * HOUR + minutes * 60 * SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(instant: Option<Instant>) -> String {
        instant.map_or_else(|| "none".into(), |instant| instant.to_string())
    }

    #[test]
    fn reads_every_allowed_format() {
        for (text, expected) in [
            ("2021", "2021-12-31T00:00:00Z"),
            ("2020-02", "2020-02-29T00:00:00Z"),
            ("2021-05-04", "2021-05-04T00:00:00Z"),
            ("2021-05-04T13:37:42", "2021-05-04T13:37:42Z"),
            ("2021-05-04T13:37:42Z", "2021-05-04T13:37:42Z"),
            ("2021-05-04T13:37:42+1", "2021-05-04T12:37:42Z"),
            ("2021-05-04T13:37:42+01", "2021-05-04T12:37:42Z"),
            ("2021-05-04T13:37:42-530", "2021-05-04T19:07:42Z"),
            ("2021-05-04T13:37:42+0530", "2021-05-04T08:07:42Z"),
            ("2021-05-04T13:37:42+5:30", "2021-05-04T08:07:42Z"),
            ("2021-05-04T13:37:42-05:30", "2021-05-04T19:07:42Z"),
            ("2021-05-04T13:37:42.1", "2021-05-04T13:37:42.1Z"),
            ("2021-05-04T13:37:42.1239Z", "2021-05-04T13:37:42.123Z"),
            ("2021-05-04T13:37:42.12+1:00", "2021-05-04T12:37:42.12Z"),
            ("2021-05-04T24:00:00", "2021-05-05T00:00:00Z"),
        ] {
            assert_eq!(show(Instant::parse(text)), expected, "{text}");
        }
    }

    #[test]
    fn refuses_every_other_text() {
        for text in [
            "",
            "21",
            "2021-5",
            "2021-13",
            "2021-00-01",
            "2021-02-30",
            "2021-05-04-01",
            "2021-05T10:00:00",
            "2021-05-04T",
            "2021-05-04T10:00",
            "2021-05-04T10:00:60",
            "2021-05-04T24:00:01",
            "2021-05-04T10:00:00.",
            "2021-05-04T10:00:00.1.2",
            "2021-05-04T10:00:00+",
            "2021-05-04T10:00:00+24",
            "2021-05-04T10:00:00+1:",
            "2021-05-04T10:00:00+1:5",
            "2021-05-04T10:00:00ZZ",
            "2021-05-04 10:00:00",
            "２０２１",
            "+021",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
        assert_eq!(Instant::of_birth("2021-05-04T10:00:00"), None);
    }

    #[test]
    fn moves_as_javascript_does() {
        for (text, amount, unit, expected) in [
            ("2020-02-29", 1, Unit::Day, "2020-03-01T00:00:00Z"),
            ("2020-02-29", 1, Unit::Month, "2020-03-29T00:00:00Z"),
            ("2020-02-29", 1, Unit::Year, "2021-03-01T00:00:00Z"),
            ("2020-02-29", -4, Unit::Year, "2016-02-29T00:00:00Z"),
            ("2021-01-31", 1, Unit::Month, "2021-03-03T00:00:00Z"),
            ("2021-03-31", -1, Unit::Month, "2021-03-03T00:00:00Z"),
            (
                "2021-01-15T23:30:00.5Z",
                -1,
                Unit::Month,
                "2020-12-15T23:30:00.5Z",
            ),
            ("1969-12-31T23:00:00Z", -25, Unit::Hour, "1969-12-30T22:00:00Z"),
            ("2021-03-28", 24, Unit::Hour, "2021-03-29T00:00:00Z"),
        ] {
            let moved = Instant::parse(text).unwrap().plus(amount, unit);
            assert_eq!(show(moved), expected, "{text} {amount} {unit:?}");
        }
    }

    #[test]
    fn amounts_out_of_range_are_errors() {
        let instant = Instant::parse("2021-01-01").unwrap();
        for unit in [Unit::Year, Unit::Month, Unit::Day, Unit::Hour] {
            assert_eq!(instant.plus(i64::MAX, unit), None);
            assert_eq!(instant.plus(i64::MIN, unit), None);
        }
        assert_eq!(instant.plus(7_979, Unit::Year), None);
        assert_eq!(Instant::parse("9999-12-31T24:00:00"), None);
        assert_eq!(Instant::at(UnixTime(i64::MAX)), None);
    }
}
