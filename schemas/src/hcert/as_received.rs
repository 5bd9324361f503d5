//! Dates and times as certificates have them in the field: often partial, sometimes not dates at all.

use crate::{UnixTime, health::BirthDate};
use core::fmt;
use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

/// A value together with the text that it was read from, so that the text can be shown unchanged. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct AsReceived<T> {
    text: String,
    value: Option<T>,
}

/// A full date (ISO 8601, `YYYY-MM-DD`). The schema's `format: date` binds nobody, and several countries wrote times.
pub type CalendarDate = AsReceived<Date>;
/// A time with its offset from UTC (RFC 3339).
pub type Moment = AsReceived<OffsetDateTime>;
/// A date of birth: full, without its day, without its month, or (an empty text) unknown.
pub type DateOfBirth = AsReceived<BirthDate>;

impl<T> AsReceived<T> {
    /// The text as received.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the text says, if it can be understood. A lenient reader keeps texts that cannot; a check must fail then.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    fn read(text: &str, value: Option<T>) -> Self {
        Self {
            text: text.to_owned(),
            value,
        }
    }
}

impl<T> fmt::Debug for AsReceived<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AsReceived(…)")
    }
}

impl CalendarDate {
    pub(super) fn lenient(text: &str) -> Self {
        Self::read(text, date(without_time(text)))
    }

    pub(super) fn strict(text: &str) -> Option<Self> {
        let value = date(text).or_else(|| moment(text).map(OffsetDateTime::date));
        value.map(|value| Self::read(text, Some(value)))
    }
}

impl Moment {
    /// The instant, which is what times are compared by.
    #[must_use]
    pub fn instant(&self) -> Option<UnixTime> {
        self.value().map(|moment| UnixTime(moment.unix_timestamp()))
    }

    /// Reads a time.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        moment(text).map(|value| Self::read(text, Some(value)))
    }

    /// An instant in UTC, to the second.
    #[must_use]
    pub fn of(instant: UnixTime) -> Option<Self> {
        let utc = OffsetDateTime::from_unix_timestamp(instant.0).ok()?;
        let (date, (hour, minute, second)) = (utc.date(), utc.to_hms());
        if !(0..=9999).contains(&date.year()) {
            return None;
        }
        let text = format!("{}T{hour:02}:{minute:02}:{second:02}Z", iso(date));
        Some(Self::read(&text, Some(utc)))
    }

    pub(super) fn lenient(text: &str) -> Self {
        Self::read(text, moment(text))
    }
}

impl DateOfBirth {
    /// A known date of birth.
    #[must_use]
    pub fn of(birth_date: BirthDate) -> Self {
        Self::read(&birth_date.to_iso(), Some(birth_date))
    }

    pub(super) fn lenient(text: &str) -> Self {
        Self::read(text, BirthDate::new(without_time(text)).ok())
    }

    pub(super) fn strict(text: &str) -> Option<Self> {
        match text {
            "" => Some(Self::read(text, None)),
            _ => BirthDate::new(text)
                .ok()
                .map(|value| Self::read(text, Some(value))),
        }
    }
}

/// The date of a text that wrongly goes on with a time.
fn without_time(text: &str) -> &str {
    text.split_once(['T', ' ']).map_or(text, |(date, _)| date)
}

pub(super) fn iso(date: Date) -> String {
    format!(
        "{:04}-{:02}-{:02}",
        date.year(),
        u8::from(date.month()),
        date.day()
    )
}

/// `YYYY-MM-DD` of a day that exists.
fn date(text: &str) -> Option<Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else {
        return None;
    };
    let century = i32::from(two_digits(y1, y2)?);
    let year = century * 100 + i32::from(two_digits(y3, y4)?);
    let month = Month::try_from(two_digits(m1, m2)?).ok()?;
    Date::from_calendar_date(year, month, two_digits(d1, d2)?).ok()
}

/// RFC 3339 `date-time`; also with the offsets `+hh` and `+hhmm` that the examples of the DCC schema have.
fn moment(text: &str) -> Option<OffsetDateTime> {
    let (date_part, rest) = text.split_at_checked(10)?;
    let [b'T' | b't', h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = rest.as_bytes() else {
        return None;
    };
    let (fraction, offset) = match rest {
        [b'.', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (rest.get(..digits).filter(|f| !f.is_empty())?, &rest[digits..])
        }
        offset => (&[][..], offset),
    };
    // Nine digits are nanoseconds; what goes beyond is cut off.
    let nanosecond = (0..9).fold(0, |sum, index| {
        sum * 10 + u32::from(fraction.get(index).map_or(0, |byte| byte - b'0'))
    });
    let time = Time::from_hms_nano(
        two_digits(*h1, *h2)?,
        two_digits(*m1, *m2)?,
        two_digits(*s1, *s2)?,
        nanosecond,
    );
    let offset = match *offset {
        [b'Z' | b'z'] => UtcOffset::UTC,
        [sign, h1, h2] => self::offset(sign, two_digits(h1, h2)?, 0)?,
        [sign, h1, h2, m1, m2] | [sign, h1, h2, b':', m1, m2] => {
            self::offset(sign, two_digits(h1, h2)?, two_digits(m1, m2)?)?
        }
        _ => return None,
    };
    Some(date(date_part)?.with_time(time.ok()?).assume_offset(offset))
}

fn offset(sign: u8, hours: u8, minutes: u8) -> Option<UtcOffset> {
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = i32::from(hours) * 3600 + i32::from(minutes) * 60;
    match sign {
        b'+' => UtcOffset::from_whole_seconds(seconds).ok(),
        b'-' => UtcOffset::from_whole_seconds(-seconds).ok(),
        _ => None,
    }
}

fn two_digits(tens: u8, ones: u8) -> Option<u8> {
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| (tens - b'0') * 10 + (ones - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_are_compared_as_instants() {
        let utc = Moment::parse("2021-06-11T15:30:00Z").unwrap().instant().unwrap();
        for text in [
            "2021-06-11T17:30:00+02",
            "2021-06-11T17:30:00+0200",
            "2021-06-11T17:30:00+02:00",
            "2021-06-11t12:00:00.25-03:30",
            "2021-06-11T15:30:00.123456789123z",
        ] {
            let moment = Moment::parse(text).unwrap();
            assert_eq!(moment.instant(), Some(utc), "{text}");
            assert_eq!(moment.text(), text);
        }
        let zone = Moment::parse("2021-06-11T17:30:00+02").unwrap();
        assert_eq!(zone.value().unwrap().offset().whole_hours(), 2);
    }

    #[test]
    fn what_is_not_a_time_has_no_instant() {
        for text in [
            "",
            "2021-06-11",
            "2021-06-11T17:30:00",
            "2021-06-11 17:30:00Z",
            "2021-06-11T17:30Z",
            "2021-06-11T17:30:00.Z",
            "2021-06-11T24:00:00Z",
            "2021-06-11T17:30:00+24:00",
            "2021-06-11T17:30:00+2:00",
            "2021-02-29T17:30:00Z",
            "2021-06-11T17:30:00ZZ",
            "٢021-06-11T17:30:00Z",
        ] {
            assert!(Moment::parse(text).is_none(), "{text}");
            assert!(Moment::lenient(text).instant().is_none(), "{text}");
        }
    }

    #[test]
    fn dates_may_be_partial() {
        assert!(CalendarDate::strict("2021-02-28").is_some());
        assert!(CalendarDate::strict("2021-02-29").is_none());
        assert!(CalendarDate::strict("2021-02-28T00:00:00").is_none());
        let with_time = CalendarDate::strict("2021-02-28T00:00:00+01:00").unwrap();
        assert_eq!(with_time.value().copied(), date("2021-02-28"));
        let lenient = CalendarDate::lenient("2021-02-28T00:00:00");
        assert_eq!(lenient.value().copied(), date("2021-02-28"));
        assert!(CalendarDate::lenient("28.02.2021").value().is_none());

        assert!(DateOfBirth::strict("").unwrap().value().is_none());
        assert!(DateOfBirth::strict("1964-08").unwrap().value().is_some());
        assert!(DateOfBirth::strict("1809-02-28").is_none());
        assert!(DateOfBirth::lenient("1964-08-12T00:00:00").value().is_some());
    }

    #[test]
    fn instants_are_written_in_utc() {
        assert_eq!(
            Moment::of(UnixTime(1_623_425_400)).unwrap().text(),
            "2021-06-11T15:30:00Z"
        );
        assert!(Moment::of(UnixTime(i64::MAX)).is_none());
    }

    proptest! {
        #[test]
        fn any_text_returns(text: String) {
            let _ = (Moment::lenient(&text), CalendarDate::lenient(&text), DateOfBirth::lenient(&text));
        }

        #[test]
        fn instants_survive(seconds in 0i64..253_402_300_800) {
            let moment = Moment::of(UnixTime(seconds)).unwrap();
            prop_assert_eq!(Moment::parse(moment.text()).unwrap().instant(), Some(UnixTime(seconds)));
        }
    }
}
