//! Named byte files, and what a crash may do to them.
//!
//! A log and a witness need few things of their storage: read a file, list a folder, write files durably, remove files
//! that are no longer needed. A local folder has that ([`Files`]), and so has an object store with conditional
//! writes ([`Objects`]).

mod alone;
mod disk;
mod files;
#[cfg(test)]
pub(crate) mod kept;
mod name;
pub(crate) mod objects;
mod place;
#[cfg(test)]
pub(crate) mod simulated;
#[cfg(test)]
mod tests;

pub use alone::FileVersion;
pub use disk::{Disk, LocalDisk};
pub use files::Files;
pub use name::Name;
pub use objects::{Objects, S3Config};
pub use place::{Place, Store};

use std::io;

/// Files in a local folder that this process holds the lock of.
pub type LocalFiles = Files<LocalDisk>;

/// Durable files by name. One process at a time: whoever opens a storage for writing takes its lock.
pub trait Storage: Send + Sync + 'static {
    /// The file's bytes, or `None` if there is no such file.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    fn read(&self, name: &Name) -> Result<Option<Vec<u8>>, StorageError>;

    /// Whether there is such a file.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    fn has(&self, name: &Name) -> Result<bool, StorageError>;

    /// The names of the files directly in `folder`, in no order; none if there is no such folder.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    fn list(&self, folder: &Name) -> Result<Vec<Name>, StorageError>;

    /// Writes `files`. When it returns `Ok`, all of them survive a loss of power. After an error or a crash each of
    /// them is there as a whole or not at all, in any combination: what must not be seen without another file is
    /// written by a later call.
    ///
    /// # Errors
    /// [`StorageError::Io`], [`StorageError::Differs`] for a [`Mode::IfAbsent`] file that is there with other bytes, and
    /// [`StorageError::Superseded`] for a [`Mode::Replace`] file that another process has written. After an error the caller cannot know what was written and must read it back.
    fn write(&self, files: &[File]) -> Result<(), StorageError>;

    /// Removes a file, for tidiness: after a crash it may be back.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    fn remove(&self, file: &Name) -> Result<(), StorageError>;

    /// Removes the files directly in `folder`, for tidiness.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    fn clear(&self, folder: &Name) -> Result<(), StorageError> {
        self.list(folder)?.iter().try_for_each(|file| self.remove(file))
    }
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: Name,
    /// All of its bytes.
    pub bytes: Vec<u8>,
    /// What to do if there is one of that name.
    pub mode: Mode,
}

impl File {
    /// A file whose name fixes its bytes.
    #[must_use]
    pub fn once(name: Name, bytes: Vec<u8>) -> Self {
        let mode = Mode::IfAbsent;
        Self { name, bytes, mode }
    }

    /// The next bytes of a file that changes.
    #[must_use]
    pub fn next(name: Name, bytes: Vec<u8>) -> Self {
        let mode = Mode::Replace;
        Self { name, bytes, mode }
    }
}

/// What to do with a file that is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The name fixes the bytes: a file with the same bytes is made durable and left, other bytes are an error. Such a
    /// write may arrive late or twice and changes nothing.
    IfAbsent,
    /// The new bytes take the place of the old ones, at once and as a whole.
    Replace,
}

/// Why the storage could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The operating system refused.
    #[error("{path}: could not {step}: {source}")]
    Io {
        /// What was tried.
        step: &'static str,
        /// The file, from the storage's root.
        path: String,
        /// The system's answer.
        source: io::Error,
    },
    /// A file that never changes is there with other bytes.
    #[error(
        "{name} is there with other bytes than its name stands for: restore the folder from a mirror or a backup"
    )]
    Differs {
        /// The file.
        name: Name,
    },
    /// A file that changes was written by somebody else since this process saw it.
    #[error(
        "another process has written {name} since this one saw it: only one may run the log. This one stops; look for the \
         other one, and start again when one of them is left"
    )]
    Superseded {
        /// The file.
        name: Name,
    },
    /// The object store takes writes whose condition does not hold.
    #[error(
        "the object store does not keep the conditions If-Match and If-None-Match of writes, so that two processes could \
         sign two histories: use another store, or a newer version of this one"
    )]
    Unconditional,
    /// A setting of the storage that cannot be used.
    #[error("the setting `{setting}` of the storage cannot be used: {problem}")]
    Config {
        /// Its name.
        setting: &'static str,
        /// Why.
        problem: String,
    },
    /// Another process holds the folder.
    #[error("{folder} is in use by another process: stop that one first, or choose another folder")]
    Locked {
        /// The folder.
        folder: String,
    },
}

impl StorageError {
    /// The stable code of this failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "storage-io",
            Self::Differs { .. } => "storage-differs",
            Self::Superseded { .. } => "storage-superseded",
            Self::Unconditional => "storage-unconditional",
            Self::Config { .. } => "storage-config",
            Self::Locked { .. } => "storage-locked",
        }
    }
}
