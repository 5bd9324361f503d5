//! CBOR (RFC 8949), read within limits and without losing anything.
//!
//! `ciborium::Value` cannot hold simple values such as the SD-CWT key `simple(59)`, says nothing of indefinite
//! lengths and copies every string; [`Item`] borrows from the input. Heads are read here, since reading a credential is
//! on a door's hot path (2.9 µs for the claims of a certificate with `ciborium_ll`'s decoder); they are written with
//! `ciborium_ll`.

mod reader;

use crate::Error;
use ciborium_ll::{Encoder, Header, simple};
use reader::Reader;
use std::borrow::Cow;

/// Deepest nesting that is read. EU certificates use 6, key-bound SD-CWT 8.
pub const MAX_DEPTH: usize = 16;
/// Most entries of one map; keeps the search for duplicate keys short.
pub const MAX_MAP_ENTRIES: usize = 256;
/// Largest input in bytes: as much as an EU certificate may inflate to (`schemas/spec/hcert.md`).
pub const MAX_BYTES: usize = 64 * 1024;

/// Which lengths an encoding may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lengths {
    /// Definite lengths only, as SD-CWT demands.
    DefiniteOnly,
    /// Indefinite lengths too, as many EU certificates use.
    Any,
}

/// One CBOR data item. Map entries keep their order.
#[derive(Clone, Debug, PartialEq)]
pub enum Item<'a> {
    /// Major types 0 and 1.
    Int(i128),
    /// Major type 2.
    Bytes(Cow<'a, [u8]>),
    /// Major type 3.
    Text(Cow<'a, str>),
    /// Major type 4.
    Array(Vec<Item<'a>>),
    /// Major type 5; no key stands twice.
    Map(Vec<(Item<'a>, Item<'a>)>),
    /// Major type 6.
    Tag(u64, Box<Item<'a>>),
    /// Major type 7: false 20, true 21, null 22, undefined 23 and the others.
    Simple(u8),
    /// Major type 7, of any width.
    Float(f64),
}

/// Reads exactly one item that fills `bytes`, at most [`MAX_BYTES`].
///
/// # Errors
/// The `Cbor…` variants and [`Error::TooLong`].
pub fn read(bytes: &[u8], lengths: Lengths) -> Result<Item<'_>, Error> {
    read_within(bytes, lengths, MAX_BYTES)
}

/// Reads exactly one item that fills `bytes`, at most `limit`, for formats that are longer than most.
///
/// # Errors
/// As [`read`].
pub fn read_within(bytes: &[u8], lengths: Lengths, limit: usize) -> Result<Item<'_>, Error> {
    Error::at_most("CBOR in bytes", bytes.len(), limit)?;
    let mut reader = Reader {
        bytes,
        position: 0,
        lengths,
    };
    let item = reader.item(0)?;
    match bytes.len() - reader.position {
        0 => Ok(item),
        count => Err(Error::CborTrailingBytes { count }),
    }
}

/// Reads the first item of a CBOR Sequence (RFC 8742), and gives the bytes after it. The item alone is bounded by
/// [`MAX_BYTES`]; the length of the sequence is for the caller to limit.
///
/// # Errors
/// The `Cbor…` variants; an item that is too long looks like one that ends early.
pub fn read_first(bytes: &[u8], lengths: Lengths) -> Result<(Item<'_>, &[u8]), Error> {
    let mut reader = Reader {
        bytes: &bytes[..bytes.len().min(MAX_BYTES)],
        position: 0,
        lengths,
    };
    let item = reader.item(0)?;
    Ok((item, &bytes[reader.position..]))
}

impl<'a> Item<'a> {
    /// A text item.
    #[must_use]
    pub fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// A byte string item.
    #[must_use]
    pub fn bytes(bytes: &'a [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }

    /// The integer, if it is one and fits.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => i64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes, if it is a byte string.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Item<'a>]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if it is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&[(Item<'a>, Item<'a>)]> {
        match self {
            Self::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value under an integer key, if this is a map that has it.
    #[must_use]
    pub fn get(&self, key: i64) -> Option<&Item<'a>> {
        self.as_map()?
            .iter()
            .find_map(|(k, value)| (k.as_int() == Some(key)).then_some(value))
    }

    /// The same item, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Item<'static> {
        match self {
            Self::Bytes(bytes) => Item::Bytes(bytes.into_owned().into()),
            Self::Text(text) => Item::Text(text.into_owned().into()),
            Self::Array(items) => Item::Array(items.into_iter().map(Self::into_owned).collect()),
            Self::Map(entries) => {
                let owned = |(key, value): (Self, Self)| (key.into_owned(), value.into_owned());
                Item::Map(entries.into_iter().map(owned).collect())
            }
            Self::Tag(tag, item) => Item::Tag(tag, Box::new(item.into_owned())),
            Self::Int(value) => Item::Int(value),
            Self::Simple(value) => Item::Simple(value),
            Self::Float(value) => Item::Float(value),
        }
    }

    /// The encoding, with definite lengths and the shortest heads (RFC 8949 section 4.1); map order is kept.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.most_bytes());
        self.write(&mut Encoder::from(&mut bytes));
        bytes
    }

    /// No less than what the encoding has, so that it is written without moving it.
    fn most_bytes(&self) -> usize {
        const HEAD: usize = 9;
        HEAD + match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Text(text) => text.len(),
            Self::Array(items) => items.iter().map(Self::most_bytes).sum(),
            Self::Map(entries) => {
                let pair = |(key, value): &(Self, Self)| key.most_bytes() + value.most_bytes();
                entries.iter().map(pair).sum()
            }
            Self::Tag(_, item) => item.most_bytes(),
            Self::Int(_) | Self::Simple(_) | Self::Float(_) => 0,
        }
    }

    fn write(&self, out: &mut Encoder<&mut Vec<u8>>) {
        const INFALLIBLE: &str = "a vector takes every write";
        let mut push = |header| out.push(header).expect(INFALLIBLE);
        match self {
            Self::Int(value) => push(match u64::try_from(*value) {
                Ok(positive) => Header::Positive(positive),
                Err(_) => Header::Negative(u64::try_from(-1 - *value).unwrap_or(u64::MAX)),
            }),
            Self::Simple(value) => push(Header::Simple(*value)),
            Self::Float(value) => push(Header::Float(*value)),
            Self::Bytes(bytes) => out.bytes(bytes, None).expect(INFALLIBLE),
            Self::Text(text) => out.text(text, None).expect(INFALLIBLE),
            Self::Array(items) => {
                push(Header::Array(Some(items.len())));
                items.iter().for_each(|item| item.write(out));
            }
            Self::Map(entries) => {
                push(Header::Map(Some(entries.len())));
                for (key, value) in entries {
                    key.write(out);
                    value.write(out);
                }
            }
            Self::Tag(tag, item) => {
                push(Header::Tag(*tag));
                item.write(out);
            }
        }
    }
}

/// `null`.
pub const NULL: Item<'static> = Item::Simple(simple::NULL);
/// `true`.
pub const TRUE: Item<'static> = Item::Simple(simple::TRUE);
/// `false`.
pub const FALSE: Item<'static> = Item::Simple(simple::FALSE);

#[cfg(test)]
mod tests;
