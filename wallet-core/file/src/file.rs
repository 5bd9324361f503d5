//! One vault in one file.

use crate::{
    Error,
    atomic::{beside, private, replace},
    seal::{self, Passphrase, Refusal},
};
use schemas::Hash;
use std::{
    fs::{File, TryLockError},
    io::{self, Read},
    path::{Path, PathBuf},
};
use wallet_core::{MAX_VAULT_BYTES, Vault};
use zeroize::Zeroizing;

/// Largest file that is read: a full vault with age's tag of 16 bytes on each 64 KiB, and its head.
const MAX_FILE_BYTES: u64 = MAX_VAULT_BYTES as u64 + 1024 * 1024;

/// A vault's file, which this process alone has open.
#[derive(Debug)]
pub struct VaultFile {
    path: PathBuf,
    passphrase: Passphrase,
    /// What the file was when it was last read or written; anything else in its place is not ours to replace.
    content: Hash,
    /// Held while this lives; the operating system lets go of it even after a crash.
    _lock: File,
}

impl VaultFile {
    /// Makes a file with an empty vault.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Locked`], [`Error::Io`].
    pub fn create(path: &Path, passphrase: Passphrase) -> Result<(Self, Vault), Error> {
        let lock = lock(path)?;
        reserve(path)?;
        let vault = Vault::new();
        let mut file = Self {
            path: path.to_owned(),
            passphrase,
            content: Hash::of(&[]),
            _lock: lock,
        };
        file.save(&vault)?;
        Ok((file, vault))
    }

    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Locked`], [`Error::Foreign`], [`Error::WrongPassphrase`], [`Error::Damaged`],
    /// [`Error::TooMuchWork`], [`Error::Io`], and [`Error::Wallet`] for an export or a vault of a later version.
    pub fn open(path: &Path, passphrase: Passphrase) -> Result<(Self, Vault), Error> {
        if !path.exists() {
            return Err(Error::Missing(path.to_owned()));
        }
        let lock = lock(path)?;
        let sealed = read(path)?;
        let vault = Vault::decode(&unseal(path, &sealed, &passphrase)?)?;
        let content = Hash::of(&[&sealed]);
        Ok((
            Self {
                path: path.to_owned(),
                passphrase,
                content,
                _lock: lock,
            },
            vault,
        ))
    }

    /// Writes the vault, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Changed`], [`Error::Io`], [`Error::Wallet`] when there is more in the vault than it may hold.
    pub fn save(&mut self, vault: &Vault) -> Result<(), Error> {
        let sealed = seal::seal(&vault.encode()?, &self.passphrase).map_err(of(&self.path))?;
        if Hash::of(&[&read(&self.path)?]) != self.content {
            return Err(Error::Changed(self.path.clone()));
        }
        replace(&self.path, &sealed).map_err(of(&self.path))?;
        self.content = Hash::of(&[&sealed]);
        Ok(())
    }

    /// Writes the vault under another passphrase. Copies of the file elsewhere keep the old one.
    ///
    /// # Errors
    /// As [`save`](Self::save); then the old passphrase stays.
    pub fn change_passphrase(&mut self, vault: &Vault, passphrase: Passphrase) -> Result<(), Error> {
        let old = core::mem::replace(&mut self.passphrase, passphrase);
        let saved = self.save(vault);
        if saved.is_err() {
            self.passphrase = old;
        }
        saved
    }
}

/// Takes the lock beside the file. The file itself cannot be locked, since each write puts another one in its place.
fn lock(path: &Path) -> Result<File, Error> {
    let beside = beside(path, ".lock");
    let lock = private()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&beside)
        .map_err(of(&beside))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::Locked(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(Error::Io { path: beside, source }),
    }
}

/// Makes an empty file at `path`, so that what another program puts there is noticed before it is written over.
pub fn reserve(path: &Path) -> Result<(), Error> {
    match private().write(true).create_new(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Error::Exists(path.to_owned())),
        Err(error) => Err(of(path)(error)),
    }
}

/// The bytes of a file, if there are not more than any vault has.
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::Missing(path.to_owned()),
        _ => of(path)(error),
    })?;
    let mut bytes = Vec::new();
    let length = file
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(of(path))?;
    if length as u64 > MAX_FILE_BYTES {
        return Err(Error::Foreign(path.to_owned()));
    }
    Ok(bytes)
}

/// Opens what was sealed, with the file's name in the error.
pub fn unseal(path: &Path, sealed: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, Error> {
    let path = || path.to_owned();
    seal::open(sealed, passphrase).map_err(|refusal| match refusal {
        Refusal::Foreign => Error::Foreign(path()),
        Refusal::WrongPassphrase => Error::WrongPassphrase(path()),
        Refusal::Damaged => Error::Damaged(path()),
        Refusal::TooMuchWork => Error::TooMuchWork(path()),
    })
}

/// The system's error, with the file's name.
pub fn of(path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::Io {
        path: path.to_owned(),
        source,
    }
}
