//! Exports as encrypted files: certificates and receipts, for another device.

use crate::{
    Error, Passphrase,
    atomic::replace,
    file::{of, read, reserve, unseal},
    seal::seal,
};
use std::path::Path;
use wallet_core::{Restored, Vault};

/// Writes the certificates and receipts of a vault to a new file.
///
/// # Errors
/// [`Error::Exists`], [`Error::Io`], [`Error::Wallet`].
pub fn write_export(path: &Path, vault: &Vault, passphrase: &Passphrase) -> Result<(), Error> {
    reserve(path)?;
    let sealed = seal(&vault.export()?, passphrase).map_err(of(path))?;
    replace(path, &sealed).map_err(of(path))
}

/// Takes the certificates and receipts of a file into a vault.
///
/// # Errors
/// [`Error::Missing`], [`Error::Foreign`], [`Error::WrongPassphrase`], [`Error::Damaged`], [`Error::TooMuchWork`],
/// [`Error::Io`], [`Error::Wallet`]; then nothing is taken in.
pub fn read_export(path: &Path, vault: &mut Vault, passphrase: &Passphrase) -> Result<Restored, Error> {
    let export = unseal(path, &read(path)?, passphrase)?;
    Ok(vault.restore(&export)?)
}
