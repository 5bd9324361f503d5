//! What went wrong with a file, and what a person can do.

use std::{io, path::PathBuf};

/// A refusal, with a stable [`code`](Error::code).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such file.
    #[error("there is no wallet at {0}; create one first")]
    Missing(PathBuf),
    /// There is a file already.
    #[error("{0} exists already and is left as it is")]
    Exists(PathBuf),
    /// Another process has it open.
    #[error("another program has the wallet {0} open; close it first")]
    Locked(PathBuf),
    /// Not a file that is encrypted with a passphrase by age.
    #[error("{0} is not a wallet; it is left as it is")]
    Foreign(PathBuf),
    /// The passphrase does not open it. Damage within the 32 encrypted bytes of the file's key looks the same.
    #[error("the passphrase does not open {0}")]
    WrongPassphrase(PathBuf),
    /// The passphrase is right, and what comes after is not what was written; or the head is cut off.
    #[error("{0} is damaged and is left as it is; restore it from a copy")]
    Damaged(PathBuf),
    /// Its passphrase asks for more work than any wallet's.
    #[error("{0} would take too long to open")]
    TooMuchWork(PathBuf),
    /// It is another file than the one that was opened.
    #[error("{0} was changed by another program since it was opened, and is left as it is")]
    Changed(PathBuf),
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file opens and holds no vault, or one of a later version.
    #[error(transparent)]
    Wallet(#[from] wallet_core::Error),
}

impl Error {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "file-missing",
            Self::Exists(_) => "file-exists",
            Self::Locked(_) => "file-locked",
            Self::Foreign(_) => "file-foreign",
            Self::WrongPassphrase(_) => "file-wrong-passphrase",
            Self::Damaged(_) => "file-damaged",
            Self::TooMuchWork(_) => "file-too-much-work",
            Self::Changed(_) => "file-changed",
            Self::Io { .. } => "file-io",
            Self::Wallet(error) => error.code(),
        }
    }
}
