//! The text of a QR code (HCERT specification 1.0.1, "Barcode").

use super::{Decoded, Reading};
use crate::{Error, base45, cose::Sign1, zlib};

/// The context identifier of version 1 and its separator.
pub const PREFIX: &str = "HC1:";
/// Longest text in characters: what the largest QR code holds (ISO/IEC 18004 table 7, version 40-L, alphanumeric).
pub const MAX_TEXT_CHARACTERS: usize = 4296;
/// Largest inflated structure in bytes. The largest of 575 published certificates has 870.
pub const MAX_INFLATED_BYTES: usize = 64 * 1024;

/// Text that looks like a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Scanned<'a> {
    base45: &'a str,
}

impl<'a> Scanned<'a> {
    /// Takes text that begins with `HC1:`. White space around it is cut off: base45 has spaces, but never as the last
    /// character, since the last digit of a group is at most 32.
    ///
    /// # Errors
    /// [`Error::TooLong`] and [`Error::HcertPrefix`].
    pub fn new(text: &'a str) -> Result<Self, Error> {
        let text = text.trim();
        if text.len() > MAX_TEXT_CHARACTERS {
            return Err(Error::TooLong {
                what: "certificate text in characters",
                length: text.len(),
                limit: MAX_TEXT_CHARACTERS,
            });
        }
        let base45 = text.strip_prefix(PREFIX).ok_or(Error::HcertPrefix)?;
        Ok(Self { base45 })
    }

    /// Takes the encodings off. Nothing of the result is believed yet.
    ///
    /// # Errors
    /// [`Error::Base45Malformed`], [`Error::ZlibMalformed`], [`Error::TooLong`], the `Cbor…` variants,
    /// [`Error::CoseMalformed`] and [`Error::AlgorithmUnsupported`].
    pub fn decode(self, reading: Reading) -> Result<Decoded, Error> {
        let compressed = base45::decode(self.base45)?;
        Decoded::from_cose(&zlib::inflate(&compressed, MAX_INFLATED_BYTES)?, reading)
    }
}

/// The text of a signed structure.
#[must_use]
pub fn to_text(signed: &Sign1) -> String {
    let compressed = zlib::deflate(&signed.encode());
    [PREFIX, &base45::encode(&compressed)].concat()
}
