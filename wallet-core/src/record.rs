//! Maps of the vault: fields under small integers, and everything else kept as it was found, so that a later version's
//! data survives an earlier program.

use crate::Error;
use schemas::{UnixTime, cbor::Item};

/// The entries of a map that this version does not know.
pub type Rest = Vec<(Item<'static>, Item<'static>)>;

/// A map that is taken apart field by field.
pub struct Record {
    entries: Rest,
}

impl Record {
    pub fn read(item: Item<'_>) -> Result<Self, Error> {
        match item.into_owned() {
            Item::Map(entries) => Ok(Self { entries }),
            _ => Err(Error::VaultMalformed("not a map")),
        }
    }

    pub fn has(&self, key: i64) -> bool {
        self.entries.iter().any(|(other, _)| other.as_int() == Some(key))
    }

    pub fn optional(&mut self, key: i64) -> Option<Item<'static>> {
        let position = self
            .entries
            .iter()
            .position(|(other, _)| other.as_int() == Some(key))?;
        Some(self.entries.remove(position).1)
    }

    pub fn take(&mut self, key: i64) -> Result<Item<'static>, Error> {
        self.optional(key)
            .ok_or(Error::VaultMalformed("a field is missing"))
    }

    pub fn int(&mut self, key: i64) -> Result<i64, Error> {
        self.take(key)?
            .as_int()
            .ok_or(Error::VaultMalformed("a field is not a number"))
    }

    pub fn number<N: TryFrom<i64>>(&mut self, key: i64) -> Result<N, Error> {
        N::try_from(self.int(key)?).map_err(|_| Error::VaultMalformed("a number is out of range"))
    }

    pub fn time(&mut self, key: i64) -> Result<UnixTime, Error> {
        self.int(key).map(UnixTime)
    }

    pub fn bytes(&mut self, key: i64) -> Result<Vec<u8>, Error> {
        match self.take(key)? {
            Item::Bytes(bytes) => Ok(bytes.into_owned()),
            _ => Err(Error::VaultMalformed("a field is not bytes")),
        }
    }

    pub fn text(&mut self, key: i64) -> Result<String, Error> {
        match self.take(key)? {
            Item::Text(text) => Ok(text.into_owned()),
            _ => Err(Error::VaultMalformed("a field is not text")),
        }
    }

    pub fn array(&mut self, key: i64) -> Result<Vec<Item<'static>>, Error> {
        match self.take(key)? {
            Item::Array(items) => Ok(items),
            _ => Err(Error::VaultMalformed("a field is not a list")),
        }
    }

    pub fn rest(self) -> Rest {
        self.entries
    }
}

/// A map with these fields, and what was kept.
pub fn write<'a>(fields: impl IntoIterator<Item = (i64, Item<'a>)>, rest: &'a Rest) -> Item<'a> {
    let mut entries: Vec<_> = fields
        .into_iter()
        .map(|(key, value)| (Item::Int(key.into()), value))
        .collect();
    entries.extend(rest.iter().cloned());
    Item::Map(entries)
}

pub fn int<'a>(value: impl Into<i128>) -> Item<'a> {
    Item::Int(value.into())
}
