//! Salted Disclosed Claims and the digests that stand for them (section "Types of Redacted Claims").

use super::safe;
use crate::{
    Error, Hash,
    cbor::{self, Item, Lengths},
};
use core::fmt;
use rand_core::CryptoRng;
use std::borrow::Cow;

/// Length of a salt: 128 bits.
pub const SALT_BYTES: usize = 16;

/// The random bytes that keep a digest from being guessed. Drawn once for one disclosure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Salt(pub [u8; SALT_BYTES]);

impl Salt {
    /// A fresh salt.
    #[must_use]
    pub fn random(random: &mut impl CryptoRng) -> Self {
        let mut salt = [0; SALT_BYTES];
        random.fill_bytes(&mut salt);
        Self(salt)
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

/// One disclosure: the encoded array `[salt, value, key]`, as received or as made.
#[derive(Clone, PartialEq, Eq)]
pub struct Disclosure(Vec<u8>);

/// What a disclosure says, read but not yet matched to a digest.
#[derive(Clone)]
pub(super) enum Content<'a> {
    /// `[salt, value, key]`: a claim.
    Claim { key: Item<'a>, value: Item<'a> },
    /// `[salt, value]`: an element of an array.
    Element { value: Item<'a> },
    /// `[salt]`: nothing (section "Decoy Digests").
    Decoy,
}

impl Disclosure {
    pub(super) fn received(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    pub(super) fn new(salt: Salt, content: Content<'_>) -> Self {
        let salt = Item::bytes(&salt.0);
        let array = match content {
            Content::Claim { key, value } => vec![salt, value, key],
            Content::Element { value } => vec![salt, value],
            Content::Decoy => vec![salt],
        };
        Self(Item::Array(array).encode())
    }

    /// The encoded array, as it stands in `sd_claims`.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The Redacted Claim Hash: SHA-256 over the encoded byte string, head included (CDDL `bstr-encoded-salted`; the
    /// tokens of the draft decide this, its worked example leaves the head out).
    #[must_use]
    pub fn digest(&self) -> Hash {
        // Heads of major type 2 (RFC 8949 section 3); a disclosure is never longer than the CBOR reader's limit by
        // more than the digest of something that no token could hold.
        let length = u32::try_from(self.0.len()).unwrap_or(u32::MAX).to_be_bytes();
        match length {
            [0, 0, 0, short @ 0..24] => Hash::of(&[&[0x40 | short], &self.0]),
            [0, 0, 0, one] => Hash::of(&[&[0x58, one], &self.0]),
            [0, 0, high, low] => Hash::of(&[&[0x59, high, low], &self.0]),
            [a, b, c, d] => Hash::of(&[&[0x5a, a, b, c, d], &self.0]),
        }
    }

    /// The key of a disclosed claim when it is an integer; `None` for text keys, elements and decoys.
    ///
    /// # Errors
    /// [`Error::SdCwtMalformed`] and the `Cbor…` variants when it is not a disclosure.
    pub fn unverified_key(&self) -> Result<Option<i64>, Error> {
        Ok(match self.content()? {
            Content::Claim { key, .. } => key.as_int(),
            Content::Element { .. } | Content::Decoy => None,
        })
    }

    pub(super) fn content(&self) -> Result<Content<'_>, Error> {
        const REFUSED: Error = Error::SdCwtMalformed("a disclosure is not [salt, value, key]");
        let Item::Array(parts) = cbor::read(&self.0, Lengths::DefiniteOnly)? else {
            return Err(REFUSED);
        };
        let mut parts = parts.into_iter();
        match parts.next() {
            Some(Item::Bytes(Cow::Borrowed(salt))) if salt.len() == SALT_BYTES => {}
            _ => return Err(REFUSED),
        }
        match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => Ok(Content::Decoy),
            (Some(value), None, _) => Ok(Content::Element { value }),
            (Some(value), Some(key), None) if safe::is_label(&key) => Ok(Content::Claim { key, value }),
            _ => Err(REFUSED),
        }
    }
}

impl fmt::Debug for Disclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disclosure(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_digest_is_over_the_encoded_byte_string(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
            let digest = Disclosure::received(&bytes).digest();
            prop_assert_eq!(digest, Hash::of(&[&Item::bytes(&bytes).encode()]));
        }

        #[test]
        fn any_bytes_return(bytes: Vec<u8>) {
            let _ = Disclosure::received(&bytes).unverified_key();
        }
    }

    #[test]
    fn the_digest_of_a_long_disclosure() {
        let bytes = vec![7; 70_000];
        assert_eq!(
            Disclosure::received(&bytes).digest(),
            Hash::of(&[&Item::bytes(&bytes).encode()])
        );
    }
}
