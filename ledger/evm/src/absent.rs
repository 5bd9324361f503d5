//! What stands in for chains in a program that was built without them: types of which there is no value.

use crate::{Done, Error};
use ledger::{
    chain::{Address, Anchor},
    merkle::TreeHead,
};

/// The contract on a chain; never one here.
#[derive(Clone, Debug)]
pub enum Chain {}

/// The key of who anchors; never one here.
#[derive(Clone, Debug)]
pub enum ChainKey {}

impl ChainKey {
    /// Refuses.
    ///
    /// # Errors
    /// [`Error::NotBuilt`].
    pub fn from_bytes(_: &[u8; 32]) -> Result<Self, Error> {
        Err(Error::NotBuilt)
    }

    /// Of no key.
    #[must_use]
    pub fn address(&self) -> Address {
        match *self {}
    }
}

impl Chain {
    /// Refuses.
    ///
    /// # Errors
    /// [`Error::NotBuilt`].
    pub fn open(_: &str, _: u64, _: Address) -> Result<Self, Error> {
        Err(Error::NotBuilt)
    }

    /// Refuses.
    ///
    /// # Errors
    /// [`Error::NotBuilt`].
    #[expect(clippy::unused_async, reason = "the same as where chains are")]
    pub async fn deploy(_: &str, _: u64, _: &ChainKey) -> Result<Done<Address>, Error> {
        Err(Error::NotBuilt)
    }

    /// Of no chain.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "the same as where chains are")]
    pub async fn latest(&self, _: Address, _: &str) -> Result<Option<Anchor>, Error> {
        match *self {}
    }

    /// On no chain.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "the same as where chains are")]
    pub async fn anchor(&self, _: &ChainKey, _: &str, _: TreeHead) -> Result<Done<Anchor>, Error> {
        match *self {}
    }
}
