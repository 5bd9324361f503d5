//! Bringing a view of the ledger up to date from static files.

use serve::{Source, Unavailable};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use verifier::{
    policy::Signatures,
    sync::{LedgerFile, Sync, Synced},
    view::LedgerView,
};

/// Why a sync ended early. The view is as good as before, or better.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// A file could not be had.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A file was had and refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
}

impl SyncError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "source-unavailable",
            Self::Ledger(error) => error.code(),
        }
    }
}

/// Follows a log from `source` to its latest cosigned checkpoint. What is asked for depends on the ledger alone, and
/// on which signatures count, never on what was scanned. The view can be read while files are fetched; one sync at a time.
///
/// # Errors
/// [`SyncError`].
pub async fn sync(
    view: &RwLock<LedgerView>,
    signatures: Signatures,
    source: &Source,
) -> Result<Synced, SyncError> {
    follow(view, signatures, &mut Fetch::new(source)).await
}

/// [`sync`], with the files at hand afterwards.
pub(crate) async fn follow(
    view: &RwLock<LedgerView>,
    signatures: Signatures,
    fetch: &mut Fetch<'_>,
) -> Result<Synced, SyncError> {
    let mut sync = Sync::of(signatures);
    loop {
        if let Some(synced) = sync.synced() {
            return Ok(synced.clone());
        }
        for file in sync.wanted() {
            let bytes = fetch.file(file).await?;
            sync.supply(&mut write(view), file, &bytes)?;
        }
    }
}

/// The view for reading. A thread that panicked while it wrote leaves a view that is behind, not one that lies.
pub(crate) fn read(view: &RwLock<LedgerView>) -> RwLockReadGuard<'_, LedgerView> {
    view.read().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn write(view: &RwLock<LedgerView>) -> RwLockWriteGuard<'_, LedgerView> {
    view.write().unwrap_or_else(PoisonError::into_inner)
}

/// Reads, and keeps what was read if it is to be copied.
pub(crate) struct Fetch<'a> {
    source: &'a Source,
    kept: Option<Vec<(String, Vec<u8>)>>,
}

impl<'a> Fetch<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        Self { source, kept: None }
    }

    pub(crate) fn keeping(source: &'a Source) -> Self {
        Self {
            source,
            kept: Some(Vec::new()),
        }
    }

    /// The files that were read, by path.
    pub(crate) fn into_files(self) -> Vec<(String, Vec<u8>)> {
        self.kept.unwrap_or_default()
    }

    /// A file, or the one that stands in for it.
    async fn file(&mut self, file: LedgerFile) -> Result<Vec<u8>, Unavailable> {
        match (self.read(&file.to_string()).await, file.stand_in()) {
            (Err(Unavailable::Missing { .. }), Some(other)) => self.read(&other.to_string()).await,
            (read, _) => read,
        }
    }

    async fn read(&mut self, path: &str) -> Result<Vec<u8>, Unavailable> {
        let bytes = self.source.read(path).await?;
        if let Some(kept) = &mut self.kept {
            kept.push((path.to_owned(), bytes.clone()));
        }
        Ok(bytes)
    }
}
