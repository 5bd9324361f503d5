//! Key identifiers as EU certificates use them.

use crate::{Error, Hash, crypto::P256Point};
use core::fmt;

/// Names one key of an issuer: 8 bytes, in the `kid` of a COSE header.
///
/// Two keys can share an identifier by accident or on purpose; it selects candidates and proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

impl KeyId {
    /// The first 8 bytes of SHA-256 of a DER certificate (EU Digital COVID Certificate specification 1, section 2.4).
    #[must_use]
    pub fn of_certificate(der: &[u8]) -> Self {
        Self::first_of(Hash::of(&[der]))
    }

    /// The first 8 bytes of SHA-256 of the compressed point, for a key without a certificate.
    #[must_use]
    pub fn of_point(point: &P256Point) -> Self {
        Self::first_of(Hash::of(&[point.as_bytes()]))
    }

    fn first_of(hash: Hash) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = hash.0;
        Self([a, b, c, d, e, f, g, h])
    }
}

impl TryFrom<&[u8]> for KeyId {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self, Error> {
        bytes.try_into().map(Self).map_err(|_| Error::KeyMalformed)
    }
}

impl fmt::Display for KeyId {
    /// Lower-case hexadecimal, 16 characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_start_of_the_hash() {
        assert_eq!(KeyId::of_certificate(b"abc").to_string(), "ba7816bf8f01cfea");
        assert_eq!(KeyId::try_from(&[7; 8][..]), Ok(KeyId([7; 8])));
        assert_eq!(KeyId::try_from(&[7; 9][..]), Err(Error::KeyMalformed));
    }
}
