//! Checkpoints of a log on an EVM chain (`schemas/spec/chain.md`).
//!
//! A small contract keeps the latest checkpoint of each log for each sender. This crate deploys it, anchors there, and reads
//! what is anchored, by JSON-RPC. A node is believed as far as its operator is: no proof of the chain's state is checked, and
//! nothing that a node answers can take more than a bounded time, memory or price. What an anchor means is decided elsewhere.
//!
//! Without the feature `evm` every [`Chain::open`] is refused with [`Error::NotBuilt`].

mod error;
mod url;

#[cfg(not(feature = "evm"))]
mod absent;
#[cfg(feature = "evm")]
mod chain;
#[cfg(feature = "evm")]
mod contract;
#[cfg(feature = "evm")]
mod key;
#[cfg(feature = "evm")]
mod node;
#[cfg(feature = "evm")]
mod transaction;

#[cfg(not(feature = "evm"))]
pub use absent::{Chain, ChainKey};
#[cfg(feature = "evm")]
pub use chain::Chain;
pub use error::Error;
#[cfg(feature = "evm")]
pub use key::ChainKey;
pub use url::read_url;

/// Whether this program can do anything with a chain.
///
/// # Errors
/// [`Error::NotBuilt`].
pub fn built() -> Result<(), Error> {
    match cfg!(feature = "evm") {
        true => Ok(()),
        false => Err(Error::NotBuilt),
    }
}

/// What was done on a chain, and the gas that it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done<T> {
    /// What.
    pub result: T,
    /// Units of gas.
    pub gas: u64,
}
