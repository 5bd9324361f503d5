//! Bringing a view of the ledger up to date from static files.

use crate::source::{Source, Unavailable};
use ledger::{policy::Policy, state::Outcome, tile::Tile};
use schemas::{Hash, IssuerNumber};
use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};
use verifier::view::{LedgerView, objects_of};

/// What a sync did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// New entries.
    pub entries: usize,
    /// Bytes that were fetched.
    pub bytes: usize,
    /// Entries that do not count: nobody's, or a contradiction. One is a reason to ask the members.
    pub strange: Vec<Outcome>,
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

/// Follows a log from `source` to its latest cosigned checkpoint. What is asked for depends on the ledger alone, never
/// on what was scanned. The view can be read while files are fetched; one sync at a time.
///
/// # Errors
/// [`SyncError`].
pub async fn sync(view: &RwLock<LedgerView>, policy: &Policy, source: &Source) -> Result<Synced, SyncError> {
    follow(view, policy, &mut Fetch::new(source)).await
}

/// [`sync`], with the files at hand afterwards.
pub(crate) async fn follow(
    view: &RwLock<LedgerView>,
    policy: &Policy,
    fetch: &mut Fetch<'_>,
) -> Result<Synced, SyncError> {
    // 1. The checkpoint, which a quorum must have cosigned.
    let checkpoint = fetch.read("checkpoint").await?;
    let follower = read(view).follower().clone();
    let advance = follower.advance(policy, &checkpoint)?;
    let cosigners = advance.cosigned().cosigners().len();

    // 2. The entries that lead to it.
    let mut bundles = Vec::with_capacity(advance.bundles().len());
    for tile in advance.bundles() {
        bundles.push(fetch.bundle(*tile).await?);
    }
    let advanced = advance.read(&bundles)?;

    // 3. The key events among them.
    let mut objects = BTreeMap::new();
    for hash in objects_of(&advanced) {
        objects.insert(hash, fetch.object(hash).await?);
    }
    let entries = advanced.entries().len();
    let outcomes = write(view).take(advanced, cosigners, &objects);

    // 4. The latest status snapshot of each issuer.
    let mut strange: Vec<Outcome> = outcomes.into_iter().filter(is_strange).collect();
    let wanted = read(view).wanted_snapshots();
    for (issuer, hash) in wanted {
        let object = fetch.object(hash).await?;
        fetch.snapshots.insert(issuer, hash);
        let outcome = write(view).supply_snapshot(issuer, &object);
        strange.extend(Some(outcome).filter(is_strange));
    }
    Ok(Synced {
        entries,
        bytes: fetch.bytes,
        strange,
    })
}

/// The view for reading. A thread that panicked while it wrote leaves a view that is behind, not one that lies.
pub(crate) fn read(view: &RwLock<LedgerView>) -> RwLockReadGuard<'_, LedgerView> {
    view.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(view: &RwLock<LedgerView>) -> RwLockWriteGuard<'_, LedgerView> {
    view.write().unwrap_or_else(PoisonError::into_inner)
}

fn is_strange(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(_) | Outcome::Contradicted(_))
}

/// Reads, counts, and keeps what was read if it is to be copied.
pub(crate) struct Fetch<'a> {
    source: &'a Source,
    bytes: usize,
    kept: Option<Vec<(String, Vec<u8>)>>,
    /// The snapshots that were read.
    pub(crate) snapshots: BTreeMap<IssuerNumber, Hash>,
}

impl<'a> Fetch<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        Self {
            source,
            bytes: 0,
            kept: None,
            snapshots: BTreeMap::new(),
        }
    }

    pub(crate) fn keeping(source: &'a Source) -> Self {
        Self {
            kept: Some(Vec::new()),
            ..Self::new(source)
        }
    }

    /// The files that were read, by path, the checkpoint first.
    pub(crate) fn into_files(self) -> Vec<(String, Vec<u8>)> {
        self.kept.unwrap_or_default()
    }

    async fn read(&mut self, path: &str) -> Result<Vec<u8>, Unavailable> {
        let bytes = self.source.read(path).await?;
        self.bytes += bytes.len();
        if let Some(kept) = &mut self.kept {
            kept.push((path.to_owned(), bytes.clone()));
        }
        Ok(bytes)
    }

    /// A partial bundle may be gone once the full one is there (tlog-tiles, "Partial tiles").
    async fn bundle(&mut self, tile: Tile) -> Result<Vec<u8>, Unavailable> {
        match self.read(&tile.to_string()).await {
            Err(Unavailable::Missing { .. }) if !tile.is_full() => self.read(&tile.full().to_string()).await,
            read => read,
        }
    }

    async fn object(&mut self, hash: Hash) -> Result<Vec<u8>, Unavailable> {
        self.read(&format!("object/{hash}")).await
    }
}
