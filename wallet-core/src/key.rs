//! The keys of copies: named here, kept elsewhere.

use crate::{
    Error,
    record::{self, Record, Rest},
};
use core::fmt;
use schemas::{cbor::Item, crypto::P256Point};
use zeroize::Zeroizing;

/// Longest handle in bytes.
pub const MAX_HANDLE_BYTES: usize = 64;

/// What a key store calls a key. Tells nothing of the key itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHandle(Vec<u8>);

impl KeyHandle {
    /// A handle of 1 to [`MAX_HANDLE_BYTES`] bytes.
    ///
    /// # Errors
    /// [`Error::VaultMalformed`].
    pub fn new(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.is_empty() || bytes.len() > MAX_HANDLE_BYTES {
            return Err(Error::VaultMalformed("a key's handle"));
        }
        Ok(Self(bytes.to_vec()))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for KeyHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHandle(…)")
    }
}

/// A new key that a copy is ordered for. It must never have been used before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderedKey {
    /// What the key store calls it.
    pub handle: KeyHandle,
    /// Its public half, which the issuer confirms.
    pub public: P256Point,
}

impl OrderedKey {
    const HANDLE: i64 = 1;
    const PUBLIC: i64 = 2;

    pub(crate) fn write(&self) -> Item<'_> {
        let fields = [
            (Self::HANDLE, Item::bytes(self.handle.as_bytes())),
            (Self::PUBLIC, Item::bytes(self.public.as_bytes())),
        ];
        record::write(fields, const { &Rest::new() })
    }

    pub(crate) fn read(item: Item<'_>) -> Result<Self, Error> {
        let mut record = Record::read(item)?;
        let handle = KeyHandle::new(&record.bytes(Self::HANDLE)?)?;
        let public = P256Point::from_sec1(&record.bytes(Self::PUBLIC)?)?;
        match record.rest().is_empty() {
            true => Ok(Self { handle, public }),
            false => Err(Error::VaultMalformed("a key of a later version")),
        }
    }
}

/// A private key in the vault, for a wallet without a key store of its own. Never leaves the vault in an export.
#[derive(Clone)]
pub(crate) struct SoftwareKey {
    pub handle: KeyHandle,
    pub secret: Zeroizing<Vec<u8>>,
    pub rest: Rest,
}
