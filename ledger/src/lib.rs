//! Merkle tree, checkpoints, cosignatures, entries and proofs of the Attest ledger, as pure code.

pub mod batch;
pub mod checkpoint;
pub mod cosignature;
pub mod ed25519;
pub mod entry;
mod error;
pub mod follow;
pub mod merkle;
pub mod note;
pub mod policy;
pub mod proof;
pub mod receipt;
pub mod state;
mod text;
pub mod tile;
pub mod witness;

pub use error::Error;
