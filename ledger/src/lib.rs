//! Merkle tree, checkpoints, cosignatures, entries and proofs of the Attest ledger, as pure code.

pub mod batch;
mod error;
pub mod merkle;
pub mod tile;

pub use error::Error;
