//! CBOR (RFC 8949), read within limits and without losing anything.
//!
//! `ciborium::Value` cannot hold simple values such as the SD-CWT key `simple(59)`, says nothing of indefinite
//! lengths and copies every string; [`Item`] borrows from the input. Heads are read here, since reading a credential is
//! on a door's hot path (2.9 µs for the claims of a certificate with `ciborium_ll`'s decoder); they are written with
//! `ciborium_ll`.

use crate::Error;
use ciborium_ll::{Encoder, Header, simple};
use std::borrow::Cow;

/// Deepest nesting that is read. EU certificates use 6, key-bound SD-CWT 8.
pub const MAX_DEPTH: usize = 16;
/// Most entries of one map; keeps the search for duplicate keys short.
pub const MAX_MAP_ENTRIES: usize = 256;
/// Largest input in bytes: the inflated size that formats.md allows an EU certificate.
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
        let mut bytes = Vec::with_capacity(256);
        self.write(&mut Encoder::from(&mut bytes));
        bytes
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

struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    lengths: Lengths,
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
        let initial = self.take(1)?[0];
        let argument = match initial & 0x1f {
            immediate @ 0..=23 => Argument::Value(immediate.into()),
            24 => Argument::Value(self.take(1)?[0].into()),
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
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| self.malformed())
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let rest = &self.bytes[self.position..];
        let taken = rest.get(..length).ok_or(self.malformed())?;
        self.position += length;
        Ok(taken)
    }

    fn item(&mut self, depth: usize) -> Result<Item<'a>, Error> {
        let header = self.header()?;
        self.after(header, depth)
    }

    fn after(&mut self, header: Header, depth: usize) -> Result<Item<'a>, Error> {
        let nested = matches!(header, Header::Array(_) | Header::Map(_) | Header::Tag(_));
        if nested && depth >= MAX_DEPTH {
            return Err(Error::CborTooDeep {
                offset: self.position,
            });
        }
        Ok(match header {
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
            Header::Array(length) => self.array(length, depth + 1)?,
            Header::Map(length) => self.map(length, depth + 1)?,
        })
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

    /// The next element, or `None` at the end of a container of `length` elements of which `read` were read.
    fn element(
        &mut self,
        length: Option<usize>,
        read: usize,
        depth: usize,
    ) -> Result<Option<Item<'a>>, Error> {
        if length == Some(read) {
            return Ok(None);
        }
        match (self.header()?, length) {
            (Header::Break, None) => Ok(None),
            (header, _) => self.after(header, depth).map(Some),
        }
    }

    fn array(&mut self, length: Option<usize>, depth: usize) -> Result<Item<'a>, Error> {
        let mut items = Vec::with_capacity(length.unwrap_or(8).min(16));
        while let Some(item) = self.element(length, items.len(), depth)? {
            items.push(item);
        }
        Ok(Item::Array(items))
    }

    fn map(&mut self, length: Option<usize>, depth: usize) -> Result<Item<'a>, Error> {
        let mut entries: Vec<(Item<'a>, Item<'a>)> = Vec::with_capacity(length.unwrap_or(8).min(16));
        while let Some(key) = self.element(length, entries.len(), depth)? {
            if entries.len() == MAX_MAP_ENTRIES {
                let limit = MAX_MAP_ENTRIES;
                return Err(Error::TooLong {
                    what: "CBOR map in entries",
                    length: limit + 1,
                    limit,
                });
            }
            if entries.iter().any(|(earlier, _)| *earlier == key) {
                return Err(Error::CborDuplicateKey {
                    offset: self.position,
                });
            }
            let value = self.item(depth)?;
            entries.push((key, value));
        }
        Ok(Item::Map(entries))
    }
}

/// `null`.
pub const NULL: Item<'static> = Item::Simple(simple::NULL);
/// `true`.
pub const TRUE: Item<'static> = Item::Simple(simple::TRUE);
/// `false`.
pub const FALSE: Item<'static> = Item::Simple(simple::FALSE);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_item() -> impl Strategy<Value = Item<'static>> {
        let leaf = prop_oneof![
            any::<u64>().prop_map(|n| Item::Int(n.into())),
            any::<u64>().prop_map(|n| Item::Int(-1 - i128::from(n))),
            any::<Vec<u8>>().prop_map(|b| Item::Bytes(b.into())),
            any::<String>().prop_map(|s| Item::Text(s.into())),
            (0u8..24).prop_map(Item::Simple),
            (32u8..=255).prop_map(Item::Simple),
            (-1e9f64..1e9).prop_map(Item::Float),
        ];
        leaf.prop_recursive(5, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Item::Array),
                prop::collection::vec((any::<i32>(), inner.clone()), 0..6).prop_map(|mut entries| {
                    entries.sort_by_key(|e| e.0);
                    entries.dedup_by_key(|e| e.0);
                    Item::Map(
                        entries
                            .into_iter()
                            .map(|(k, v)| (Item::Int(k.into()), v))
                            .collect(),
                    )
                }),
                (any::<u64>(), inner).prop_map(|(tag, item)| Item::Tag(tag, Box::new(item))),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(item in any_item()) {
            let bytes = item.encode();
            prop_assert_eq!(read(&bytes, Lengths::DefiniteOnly), Ok(item));
        }

        #[test]
        fn any_bytes_return(bytes: Vec<u8>) {
            let _ = read(&bytes, Lengths::Any);
        }
    }

    fn refusal(hex: &str) -> &'static str {
        let bytes = hex::decode(hex).unwrap();
        read(&bytes, Lengths::DefiniteOnly).unwrap_err().code()
    }

    #[test]
    fn refuses_what_breaks_a_limit() {
        assert_eq!(refusal("a201020103"), "cbor-duplicate-key");
        assert_eq!(refusal("0000"), "cbor-trailing-bytes");
        assert_eq!(refusal("9fff"), "cbor-indefinite-length");
        assert_eq!(refusal("ff"), "cbor-malformed");
        assert_eq!(refusal("62ff"), "cbor-malformed");
        assert_eq!(refusal("61ff"), "cbor-malformed");
        assert_eq!(refusal("f818"), "cbor-malformed");
        assert_eq!(refusal("1c"), "cbor-malformed");
        assert_eq!(refusal("1f"), "cbor-malformed");
        assert_eq!(refusal("df"), "cbor-malformed");
        assert_eq!(refusal("5bffffffffffffffff"), "cbor-malformed");
        assert_eq!(refusal("9bffffffffffffffff"), "cbor-malformed");
        assert_eq!(refusal(&"81".repeat(MAX_DEPTH + 1)), "cbor-too-deep");
        assert_eq!(refusal(&"c1".repeat(MAX_DEPTH + 1)), "cbor-too-deep");
    }

    #[test]
    fn reads_floats_of_every_width() {
        // RFC 8949 appendix A.
        let examples = [
            ("f90000", 0.0),
            ("f93c00", 1.0),
            ("f93e00", 1.5),
            ("f97bff", 65_504.0),
            ("f90001", 5.960_464_477_539_063e-8),
            ("f90400", 0.000_061_035_156_25),
            ("f9c400", -4.0),
            ("f97c00", f64::INFINITY),
            ("f9fc00", f64::NEG_INFINITY),
            ("fa47c35000", 100_000.0),
            ("fb3ff199999999999a", 1.1),
        ];
        for (encoding, value) in examples {
            let bytes = hex::decode(encoding).unwrap();
            let item = read(&bytes, Lengths::DefiniteOnly).unwrap();
            assert_eq!(item, Item::Float(value));
            assert_eq!(hex::encode(item.encode()), encoding);
        }
        let nan = read(&[0xf9, 0x7e, 0x00], Lengths::DefiniteOnly);
        assert!(matches!(nan, Ok(Item::Float(value)) if value.is_nan()));
    }

    #[test]
    fn reads_a_sequence_item_by_item() {
        let items = [Item::Int(1), Item::text("two"), Item::Array(vec![NULL])];
        let bytes: Vec<u8> = items.iter().flat_map(Item::encode).collect();
        let mut rest = &bytes[..];
        for item in items {
            let (read, after) = read_first(rest, Lengths::DefiniteOnly).unwrap();
            assert_eq!(read, item);
            rest = after;
        }
        assert_eq!(
            read_first(rest, Lengths::Any).unwrap_err().code(),
            "cbor-malformed"
        );
    }

    #[test]
    fn joins_indefinite_strings() {
        let bytes = hex::decode("835f42010243030405ff7f61616162ffbf0102ff").unwrap();
        let item = read(&bytes, Lengths::Any).unwrap();
        let expected = Item::Array(vec![
            Item::bytes(&[1, 2, 3, 4, 5]),
            Item::text("ab"),
            Item::Map(vec![(Item::Int(1), Item::Int(2))]),
        ]);
        assert_eq!(item, expected);
        assert_eq!(
            read(&[0x5f, 0x61, 0x61, 0xff], Lengths::Any).unwrap_err().code(),
            "cbor-malformed"
        );
        assert_eq!(
            read(&[0xbf, 0x01, 0xff], Lengths::Any).unwrap_err().code(),
            "cbor-malformed"
        );
    }
}
