//! Bringing a view of the ledger up to date from static files.

use schemas::status::MAX_DELTA_BYTES;
use serve::{Source, Unavailable};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use verifier::{
    policy::Signatures,
    sync::{LedgerFile, Sync, Synced},
    view::LedgerView,
};

/// What was read of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Files that were there.
    pub files: usize,
    /// Their bytes.
    pub bytes: usize,
}

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
) -> Result<(Synced, Fetched), SyncError> {
    let mut fetch = Fetch::new(source);
    let synced = follow(view, signatures, &mut fetch).await?;
    Ok((synced, fetch.fetched))
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
            let bytes = match snapshot_by_delta(view, file, fetch).await {
                Some(bytes) => bytes,
                None => fetch.file(file).await?,
            };
            sync.supply(&mut write(view), file, &bytes)?;
        }
    }
}

/// A status snapshot, by what was added to the one at hand. None where that is not to be had or does not lead to the root that
/// the ledger has: then the whole file is read, as if there were no deltas.
async fn snapshot_by_delta(
    view: &RwLock<LedgerView>,
    file: LedgerFile,
    fetch: &mut Fetch<'_>,
) -> Option<Vec<u8>> {
    let LedgerFile::Object(later) = file else {
        return None;
    };
    let path = read(view).delta_to(later)?;
    let delta = fetch.delta(&path).await?;
    let object = read(view).snapshot_by_delta(later, &delta)?;
    fetch.keep(&file.to_string(), &object);
    Some(object)
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
    fetched: Fetched,
    kept: Option<Vec<(String, Vec<u8>)>>,
}

impl<'a> Fetch<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        Self {
            source,
            fetched: Fetched::default(),
            kept: None,
        }
    }

    pub(crate) fn keeping(source: &'a Source) -> Self {
        Self {
            kept: Some(Vec::new()),
            ..Self::new(source)
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
        self.count(&bytes);
        self.keep(path, &bytes);
        Ok(bytes)
    }

    /// A delta, if it can be had. It is not kept: what it leads to is.
    async fn delta(&mut self, path: &str) -> Option<Vec<u8>> {
        let delta = self.source.read_within(path, MAX_DELTA_BYTES).await.ok()?;
        self.count(&delta);
        Some(delta)
    }

    fn count(&mut self, bytes: &[u8]) {
        self.fetched.files += 1;
        self.fetched.bytes += bytes.len();
    }

    fn keep(&mut self, path: &str, bytes: &[u8]) {
        if let Some(kept) = &mut self.kept {
            kept.push((path.to_owned(), bytes.to_vec()));
        }
    }
}

#[cfg(test)]
mod tests;
