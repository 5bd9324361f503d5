//! X.509 certificates (RFC 5280) of signers of EU certificates, in DER, as far as such certificates go.

use crate::seed::{bytes, key};
use schemas::{
    KeyId,
    crypto::{SigningKey as _, p256::SigningKey},
};

const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
/// 1.2.840.10045.3.1.7
pub const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
/// 1.3.132.0.34
pub const P384: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
const COUNTRY: &[u8] = &[0x55, 4, 6];
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
/// 1.3.6.1.4.1.1847.2021.1, below which 1 is test, 2 vaccination, 3 recovery.
const USAGES: &[u8] = &[0x2b, 6, 1, 4, 1, 0x8e, 0x37, 0x8f, 0x65, 1];

/// What a signer's certificate says.
#[derive(Clone, Copy)]
pub struct Signer {
    /// What its key follows from; also its name.
    pub label: &'static str,
    /// Its country.
    pub country: Option<&'static str>,
    /// Until when it is valid (UTCTime).
    pub not_after: &'static str,
    /// The only kind of entry that it may sign, if it says so: 1, 2 or 3.
    pub usage: Option<u8>,
    /// The curve that it names.
    pub curve: &'static [u8],
}

/// A signer of Austria for every kind of entry.
pub const AUSTRIA: Signer = Signer {
    label: "Austria",
    country: Some("AT"),
    not_after: "281001000000Z",
    usage: None,
    curve: P256,
};

impl Signer {
    /// Its key.
    #[must_use]
    pub fn key(&self) -> SigningKey {
        key(&format!("signer {}", self.label))
    }

    /// How certificates that it signs name it.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        KeyId::of_certificate(&self.der())
    }

    /// The certificate, signed by its own key.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        let key = self.key();
        let point = p256::ecdsa::VerifyingKey::from_sec1_bytes(key.public().as_bytes())
            .expect("a point of the curve");
        self.with_point(point.to_sec1_point(false).as_bytes())
    }

    /// The certificate of another point.
    ///
    /// # Panics
    /// Never: a key in memory signs.
    #[must_use]
    pub fn with_point(&self, point: &[u8]) -> Vec<u8> {
        let algorithm = sequence(&[oid(ECDSA_WITH_SHA256)]);
        let name = sequence(&[
            self.country
                .map(|code| attribute(COUNTRY, 0x13, code))
                .unwrap_or_default(),
            { attribute(COMMON_NAME, 0x0c, self.label) },
        ]);
        let extensions = self.usage.map(|usage| {
            let usages = sequence(&[tlv(6, &[USAGES, &[usage]].concat())]);
            tlv(
                0xa3,
                &sequence(&[sequence(&[oid(EXTENDED_KEY_USAGE), tlv(4, &usages)])]),
            )
        });
        let facts = sequence(&[
            tlv(0xa0, &tlv(2, &[2])),
            integer(&bytes::<16>(&format!("serial of {}", self.label))),
            algorithm.clone(),
            name.clone(),
            sequence(&[tlv(0x17, b"260101000000Z"), tlv(0x17, self.not_after.as_bytes())]),
            name,
            sequence(&[
                sequence(&[oid(EC_PUBLIC_KEY), oid(self.curve)]),
                bit_string(point),
            ]),
            extensions.unwrap_or_default(),
        ]);
        let signature = self.key().sign(&facts).expect("a key in memory signs").0;
        let (r, s) = signature.split_at(32);
        sequence(&[facts, algorithm, bit_string(&sequence(&[integer(r), integer(s)]))])
    }
}

fn attribute(kind: &[u8], tag: u8, text: &str) -> Vec<u8> {
    tlv(0x31, &sequence(&[oid(kind), tlv(tag, text.as_bytes())]))
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

fn oid(arcs: &[u8]) -> Vec<u8> {
    tlv(6, arcs)
}

fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tlv(3, &[&[0], bytes].concat())
}

/// A positive integer, without leading zeros but for the one that keeps it positive.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let digits = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    let sign: &[u8] = if digits.first().is_none_or(|first| *first >= 0x80) {
        &[0]
    } else {
        &[]
    };
    tlv(2, &[sign, digits].concat())
}

/// Tag, length and value (X.690 section 8.1).
fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let head = match significant {
        [] => vec![tag, 0],
        [short @ 0..=0x7f] => vec![tag, *short],
        long => [&[tag, 0x80 | u8::try_from(long.len()).expect("at most 8")], long].concat(),
    };
    [&head, value].concat()
}
