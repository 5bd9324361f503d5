//! Deltas between the status snapshots of a running log, beside everything else: what fails here is told, and stops nothing.

use super::shared::Shared;
use crate::deltas::Deltas;
use std::sync::Arc;
use tokio::task;

/// Makes the deltas to each snapshot that the log signs, for as long as it is polled. They are mostly there before the
/// checkpoint is, which has to be cosigned first.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut heads = shared.heads.subscribe();
    let mut deltas = Deltas::default();
    while heads.changed().await.is_ok() {
        let chains = shared.pool().snapshot_roots();
        let storage = Arc::clone(&shared.storage);
        let kept = task::spawn_blocking(move || {
            let kept = deltas.keep(&*storage, &chains);
            (deltas, kept)
        });
        let (next, kept) = kept.await.expect("making deltas does not panic");
        deltas = next;
        if let Err(error) = kept {
            tracing::warn!(%error, "could not make status deltas; readers take whole snapshots");
        }
    }
}
