//! The wallet's vault as a file for native wallets: encrypted with age under a passphrase, written atomically, opened by
//! one process at a time. What cannot be read is never written over.
//!
//! A wallet here has no key store; [`keys`] makes the copies' keys in software and keeps them in the vault.

mod atomic;
mod error;
mod export;
mod file;
pub mod keys;
mod seal;

pub use error::Error;
pub use export::{read_export, write_export};
pub use file::VaultFile;
pub use seal::Passphrase;

#[cfg(test)]
mod tests;
