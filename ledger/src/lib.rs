//! Merkle tree, checkpoints, cosignatures, entries and proofs of the Attest ledger, as pure code.
//!
//! Formats are those of C2SP and RFC 9162; what they leave open is settled in `schemas/spec/ledger.md`. Everything that
//! was checked is evidence that only the check makes ([`merkle::Included`], [`policy::Cosigned`]). It stores and fetches
//! nothing, reads no clock, and does not say whose logs and witnesses to trust: a [`policy::Policy`] does.

pub mod batch;
pub mod chain;
pub mod checkpoint;
pub mod cosignature;
pub mod declaration;
pub mod ed25519;
pub mod entry;
mod error;
pub mod follow;
pub mod heads;
pub mod merkle;
pub mod note;
pub mod policy;
pub mod proof;
pub mod receipt;
pub mod signatory;
pub mod state;
mod text;
pub mod tile;
pub mod witness;

pub use error::Error;
