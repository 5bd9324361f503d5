//! Reading items from bytes (RFC 8949 section 3).

use super::{Item, Lengths, MAX_DEPTH, MAX_MAP_ENTRIES, NULL};
use crate::Error;
use ciborium_ll::Header;
use std::borrow::Cow;

/// A head's argument.
#[derive(Clone, Copy, PartialEq)]
enum Argument {
    Value(u64),
    Indefinite,
}

impl Argument {
    fn value(self) -> Option<u64> {
        match self {
            Self::Value(value) => Some(value),
            Self::Indefinite => None,
        }
    }
}

/// An IEEE 754 binary16 in the low bits (RFC 8949 appendix D).
fn half_float(bits: u64) -> f64 {
    let exponent = i32::try_from(bits >> 10 & 0x1f).unwrap_or_default();
    let mantissa = f64::from(u16::try_from(bits & 0x3ff).unwrap_or_default());
    let magnitude = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2f64.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) position: usize,
    pub(super) lengths: Lengths,
}

impl<'a> Reader<'a> {
    fn malformed(&self) -> Error {
        Error::CborMalformed {
            offset: self.position,
        }
    }

    fn header(&mut self) -> Result<Header, Error> {
        let start = self.position;
        let (major, argument) = self.head()?;
        let length = || argument.value().map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        let header = match (major, argument) {
            (0, Argument::Value(value)) => Header::Positive(value),
            (1, Argument::Value(value)) => Header::Negative(value),
            (2, _) => Header::Bytes(length()),
            (3, _) => Header::Text(length()),
            (4, _) => Header::Array(length()),
            (5, _) => Header::Map(length()),
            (6, Argument::Value(tag)) => Header::Tag(tag),
            (7, _) => self.simple_or_float(start, argument)?,
            _ => return Err(self.malformed()),
        };
        let indefinite = argument == Argument::Indefinite && header != Header::Break;
        if indefinite && self.lengths == Lengths::DefiniteOnly {
            return Err(Error::CborIndefiniteLength { offset: start });
        }
        Ok(header)
    }

    /// The major type and the argument (RFC 8949 section 3).
    fn head(&mut self) -> Result<(u8, Argument), Error> {
        let [initial] = self.array_of()?;
        let argument = match initial & 0x1f {
            immediate @ 0..=23 => Argument::Value(immediate.into()),
            24 => Argument::Value(u8::from_be_bytes(self.array_of()?).into()),
            25 => Argument::Value(u16::from_be_bytes(self.array_of()?).into()),
            26 => Argument::Value(u32::from_be_bytes(self.array_of()?).into()),
            27 => Argument::Value(u64::from_be_bytes(self.array_of()?)),
            31 => Argument::Indefinite,
            _ => return Err(self.malformed()),
        };
        Ok((initial >> 5, argument))
    }

    /// Major type 7, whose argument's width says what it is (RFC 8949 section 3.3).
    fn simple_or_float(&self, start: usize, argument: Argument) -> Result<Header, Error> {
        let Argument::Value(bits) = argument else {
            return Ok(Header::Break);
        };
        let low = |bits: u64| u8::try_from(bits & 0xff).unwrap_or_default();
        Ok(match self.bytes[start] & 0x1f {
            25 => Header::Float(half_float(bits)),
            26 => Header::Float(f32::from_bits(u32::try_from(bits).map_err(|_| self.malformed())?).into()),
            27 => Header::Float(f64::from_bits(bits)),
            // Simple values below 32 have no two-byte form.
            24 if bits < 32 => return Err(self.malformed()),
            _ => Header::Simple(low(bits)),
        })
    }

    fn array_of<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let rest = &self.bytes[self.position..];
        let bytes = *rest.first_chunk().ok_or_else(|| self.malformed())?;
        self.position += N;
        Ok(bytes)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let rest = &self.bytes[self.position..];
        let taken = rest.get(..length).ok_or_else(|| self.malformed())?;
        self.position += length;
        Ok(taken)
    }

    pub(super) fn item(&mut self, depth: usize) -> Result<Item<'a>, Error> {
        let mut item = NULL;
        let header = self.header()?;
        self.fill(&mut item, header, depth)?;
        Ok(item)
    }

    /// Reads what comes after a header into the place where the item will stay: a move of an item that was just written
    /// waits until the writing is done, which took half of the time of a certificate's claims.
    fn fill(&mut self, place: &mut Item<'a>, header: Header, depth: usize) -> Result<(), Error> {
        let nested = matches!(header, Header::Array(_) | Header::Map(_) | Header::Tag(_));
        if nested && depth >= MAX_DEPTH {
            return Err(Error::CborTooDeep {
                offset: self.position,
            });
        }
        *place = match header {
            Header::Positive(value) => Item::Int(value.into()),
            Header::Negative(value) => Item::Int(-1 - i128::from(value)),
            Header::Float(value) => Item::Float(value),
            Header::Simple(value) => Item::Simple(value),
            Header::Tag(tag) => Item::Tag(tag, Box::new(self.item(depth + 1)?)),
            Header::Break => return Err(self.malformed()),
            Header::Bytes(Some(length)) => Item::bytes(self.take(length)?),
            Header::Bytes(None) => Item::Bytes(self.segments(|h| match h {
                Header::Bytes(length) => length,
                _ => None,
            })?),
            Header::Text(Some(length)) => {
                let bytes = self.take(length)?;
                Item::text(core::str::from_utf8(bytes).map_err(|_| self.malformed())?)
            }
            Header::Text(None) => Item::Text(self.text_segments()?.into()),
            Header::Array(length) => Item::Array(self.array(length, depth + 1)?),
            Header::Map(length) => Item::Map(self.map(length, depth + 1)?),
        };
        Ok(())
    }

    /// The chunks of an indefinite-length byte string, joined.
    fn segments(&mut self, length_of: impl Fn(Header) -> Option<usize>) -> Result<Cow<'a, [u8]>, Error> {
        let mut joined = Vec::new();
        loop {
            match self.header()? {
                Header::Break => return Ok(joined.into()),
                header => {
                    let length = length_of(header).ok_or(self.malformed())?;
                    joined.extend_from_slice(self.take(length)?);
                }
            }
        }
    }

    /// The chunks of an indefinite-length text string, joined; each chunk is valid UTF-8 (RFC 8949 section 3.2.3).
    fn text_segments(&mut self) -> Result<String, Error> {
        let mut joined = String::new();
        loop {
            match self.header()? {
                Header::Break => return Ok(joined),
                Header::Text(Some(length)) => {
                    let chunk = self.take(length)?;
                    joined.push_str(core::str::from_utf8(chunk).map_err(|_| self.malformed())?);
                }
                _ => return Err(self.malformed()),
            }
        }
    }

    /// The header of the next element, or `None` at the end of a container of `length` elements of which `read` were
    /// read.
    fn element(&mut self, length: Option<usize>, read: usize) -> Result<Option<Header>, Error> {
        if length == Some(read) {
            return Ok(None);
        }
        match (self.header()?, length) {
            (Header::Break, None) => Ok(None),
            (header, _) => Ok(Some(header)),
        }
    }

    fn array(&mut self, length: Option<usize>, depth: usize) -> Result<Vec<Item<'a>>, Error> {
        let mut items = Vec::with_capacity(length.unwrap_or(8).min(16));
        while let Some(header) = self.element(length, items.len())? {
            items.push(NULL);
            let item = items.last_mut().expect("one was just added");
            self.fill(item, header, depth)?;
        }
        Ok(items)
    }

    fn map(&mut self, length: Option<usize>, depth: usize) -> Result<Vec<(Item<'a>, Item<'a>)>, Error> {
        let mut entries: Vec<(Item<'a>, Item<'a>)> = Vec::with_capacity(length.unwrap_or(8).min(16));
        while let Some(header) = self.element(length, entries.len())? {
            if entries.len() == MAX_MAP_ENTRIES {
                let limit = MAX_MAP_ENTRIES;
                return Err(Error::TooLong {
                    what: "CBOR map in entries",
                    length: limit + 1,
                    limit,
                });
            }
            entries.push((NULL, NULL));
            let ((key, value), earlier) = entries.split_last_mut().expect("one was just added");
            self.fill(key, header, depth)?;
            // NaN equals nothing, not even itself: as a key it could stand twice.
            let itself = &*key;
            if !matches!(key, Item::Int(_) | Item::Text(_)) && *itself != *key {
                return Err(self.malformed());
            }
            if stands_in(earlier, key) {
                return Err(Error::CborDuplicateKey {
                    offset: self.position,
                });
            }
            let header = self.header()?;
            self.fill(value, header, depth)?;
        }
        Ok(entries)
    }
}

/// Whether a map has a key already. Nearly all keys are integers, or short texts of which the first byte tells them apart.
fn stands_in(entries: &[(Item<'_>, Item<'_>)], key: &Item<'_>) -> bool {
    let mut earlier = entries.iter().map(|(earlier, _)| earlier);
    match key {
        Item::Int(value) => earlier.any(|earlier| matches!(earlier, Item::Int(other) if other == value)),
        Item::Text(text) => {
            let same = |other: &str| other.as_bytes().first() == text.as_bytes().first() && other == text;
            earlier.any(|earlier| matches!(earlier, Item::Text(other) if same(other)))
        }
        key => earlier.any(|earlier| earlier == key),
    }
}
