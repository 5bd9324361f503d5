//! SHA-256 digests.

use core::fmt;
use sha2::{Digest, Sha256};

/// A SHA-256 digest, 32 bytes (FIPS 180-4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The digest of the concatenation of `parts`.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads the 64 characters that `Display` writes, and no others.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        crate::hexadecimal::read(text).map(Self)
    }
}

impl fmt::Display for Hash {
    /// Lower-case hexadecimal, 64 characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_the_concatenation() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Hash::of(&[b"abc"]).to_string(), abc);
        assert_eq!(Hash::of(&[b"a", b"", b"bc"]).to_string(), abc);
        assert_eq!(Hash::from_hex(abc), Some(Hash::of(&[b"abc"])));
    }
}
