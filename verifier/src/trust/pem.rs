//! Certificates in PEM (RFC 7468) and DER, one after the other.

use super::import::Listed;
use crate::Error;
use base64::{Engine, engine::general_purpose::STANDARD};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The certificates between their marks; text around them is let pass, as tools write it there.
pub(super) fn read(file: &[u8]) -> Result<Vec<Listed>, Error> {
    let text = core::str::from_utf8(file).map_err(|_| malformed("neither JSON, nor PEM, nor DER"))?;
    let mut blocks = text.split(BEGIN).skip(1).peekable();
    if blocks.peek().is_none() {
        return Err(malformed("neither JSON, nor PEM, nor DER"));
    }
    blocks
        .map(|block| match block.split_once(END) {
            Some((body, _)) => Ok(Listed::bare(base64(body))),
            None => Err(malformed("a PEM certificate without its end")),
        })
        .collect()
}

/// Bytes in base64, with any white space in between.
pub(super) fn base64(text: &str) -> Result<Vec<u8>, Error> {
    let packed: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(packed).map_err(|_| malformed("not base64"))
}

/// Cuts a file at the length of each SEQUENCE (X.690 section 8.1.3, definite lengths of up to three bytes).
pub(super) fn split_der(mut file: &[u8]) -> Result<Vec<Listed>, Error> {
    let mut certificates = Vec::new();
    while !file.is_empty() {
        let length = match file {
            [0x30, short @ 0..=0x7f, ..] => 2 + usize::from(*short),
            [0x30, 0x81, a, ..] => 3 + usize::from(*a),
            [0x30, 0x82, a, b, ..] => 4 + usize::from(u16::from_be_bytes([*a, *b])),
            [0x30, 0x83, a, b, c, ..] => {
                5 + usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).unwrap_or(usize::MAX - 5)
            }
            _ => return Err(malformed("not a DER certificate")),
        };
        let (certificate, rest) = file
            .split_at_checked(length)
            .ok_or(malformed("a DER certificate that ends early"))?;
        certificates.push(Listed::bare(Ok(certificate.to_vec())));
        file = rest;
    }
    Ok(certificates)
}

fn malformed(reason: &str) -> Error {
    Error::TrustListMalformed {
        path: ".".into(),
        reason: reason.into(),
    }
}
