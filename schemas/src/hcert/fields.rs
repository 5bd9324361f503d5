//! The fields of one map of a certificate, read by the mode.

use super::{AsReceived, CalendarDate, Moment, Reading};
use crate::{
    Error,
    cbor::{self, Item},
    value_sets::{Code, Country, ValueSet},
};

/// Longest text in characters that the DCC schema allows for names and identifiers.
pub(super) const MAX_CHARACTERS: usize = 80;

/// CBOR tag of a date-time string (RFC 8949 section 3.4.1), which some issuers put around `sc`.
const DATE_TIME_TAG: u64 = 0;

pub(super) struct Fields<'i> {
    entries: &'i [(Item<'i>, Item<'i>)],
    pub(super) reading: Reading,
}

impl<'i> Fields<'i> {
    /// The fields of `item`, which `name` stands for in the error.
    pub(super) fn of(item: &'i Item<'i>, name: &'static str, reading: Reading) -> Result<Self, Error> {
        let entries = item.as_map().ok_or(Error::HcertMalformed(name))?;
        Ok(Self { entries, reading })
    }

    /// A field that is there. A lenient reader takes null for absence, which some issuers write for empty groups.
    pub(super) fn get(&self, name: &'static str) -> Option<&'i Item<'i>> {
        let found = self
            .entries
            .iter()
            .find(|(key, _)| matches!(key, Item::Text(key) if key == name));
        match (found, self.reading) {
            (Some((_, cbor::NULL)), Reading::Lenient) => None,
            (found, _) => found.map(|(_, value)| value),
        }
    }

    /// A text of at most 80 characters, if it is there.
    pub(super) fn optional(&self, name: &'static str) -> Result<Option<&'i str>, Error> {
        let Some(item) = self.get(name) else {
            return Ok(None);
        };
        let text = item.as_text().ok_or(Error::HcertMalformed(name))?;
        // As many bytes at most are as many characters at most.
        let too_long = text.len() > MAX_CHARACTERS && text.chars().count() > MAX_CHARACTERS;
        match self.reading {
            Reading::Strict if too_long => Err(Error::HcertMalformed(name)),
            _ => Ok(Some(text)),
        }
    }

    /// A text of at most 80 characters.
    pub(super) fn text(&self, name: &'static str) -> Result<&'i str, Error> {
        self.optional(name)?.ok_or(Error::HcertMalformed(name))
    }

    /// A text that a strict reader checks.
    pub(super) fn checked(&self, name: &'static str, check: impl Fn(&str) -> bool) -> Result<&'i str, Error> {
        let text = self.text(name)?;
        match self.reading {
            Reading::Strict if !check(text) => Err(Error::HcertMalformed(name)),
            _ => Ok(text),
        }
    }

    pub(super) fn code<T: ValueSet>(&self, name: &'static str) -> Result<Code<T>, Error> {
        Ok(Code::read(self.text(name)?))
    }

    /// A country; the schema asks for one to ten capital letters.
    pub(super) fn country(&self, name: &'static str) -> Result<Code<Country>, Error> {
        let is_code = |text: &str| {
            let capitals = text.bytes().all(|byte| byte.is_ascii_uppercase());
            capitals && (1..=10).contains(&text.len())
        };
        Ok(Code::read(self.checked(name, is_code)?))
    }

    /// A whole number; the schema asks for one from 1.
    pub(super) fn count(&self, name: &'static str) -> Result<u32, Error> {
        let count = self.get(name).and_then(Item::as_int);
        match (count.and_then(|count| u32::try_from(count).ok()), self.reading) {
            (None, _) | (Some(0), Reading::Strict) => Err(Error::HcertMalformed(name)),
            (Some(count), _) => Ok(count),
        }
    }

    pub(super) fn date(&self, name: &'static str) -> Result<CalendarDate, Error> {
        self.as_received(
            name,
            self.text(name)?,
            CalendarDate::strict,
            CalendarDate::lenient,
        )
    }

    pub(super) fn moment(&self, name: &'static str) -> Result<Moment, Error> {
        let text = match self.get(name) {
            Some(Item::Tag(DATE_TIME_TAG, inner)) => inner.as_text().ok_or(Error::HcertMalformed(name))?,
            _ => self.text(name)?,
        };
        self.as_received(name, text, Moment::parse, Moment::lenient)
    }

    pub(super) fn as_received<T>(
        &self,
        name: &'static str,
        text: &str,
        strict: impl Fn(&str) -> Option<AsReceived<T>>,
        lenient: impl Fn(&str) -> AsReceived<T>,
    ) -> Result<AsReceived<T>, Error> {
        match self.reading {
            Reading::Strict => strict(text).ok_or(Error::HcertMalformed(name)),
            Reading::Lenient => Ok(lenient(text)),
        }
    }
}
