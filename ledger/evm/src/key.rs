//! The key of who anchors.

use crate::Error;
use k256::ecdsa::SigningKey;
use ledger::chain::Address;
use std::fmt;

/// A key of secp256k1. It signs transactions and nothing else, and is forgotten with care.
#[derive(Clone)]
pub struct ChainKey(pub(crate) SigningKey);

impl ChainKey {
    /// The key with this secret number.
    ///
    /// # Errors
    /// [`Error::KeyMalformed`] for zero, or the group's order and above.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Error> {
        SigningKey::from_slice(bytes)
            .map(Self)
            .map_err(|_| Error::KeyMalformed)
    }

    /// The address that it signs for.
    #[must_use]
    pub fn address(&self) -> Address {
        Address(alloy::primitives::Address::from_private_key(&self.0).into())
    }
}

impl fmt::Debug for ChainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChainKey(…)")
    }
}
