//! How entries that wait become a signed checkpoint.

use super::{
    pool::Pool,
    shared::{Phase, Published, Shared},
    tree::Tree,
};
use crate::{Error, storage::StorageError};
use std::sync::Arc;
use tokio::{
    task,
    time::{self, Instant},
};

/// Most entries of one checkpoint. Its file `head` has 2.4 MB then.
const MAX_ENTRIES: usize = 16_384;

/// Reads the log back from its storage.
pub(super) type Reopen = Arc<dyn Fn() -> Result<(Tree, Pool), Error> + Send + Sync>;

/// Signs what comes in, for as long as it is polled.
///
/// # Errors
/// What [`Tree::open`] finds after a failure, unless it is the storage or the token that fails still;
/// [`StorageError::Superseded`] when another process has taken the log over.
pub(super) async fn run(shared: Arc<Shared>, mut tree: Tree, reopen: Reopen) -> Result<(), Error> {
    // Nothing is signed on what was found at the start before a quorum has cosigned that: if the files are an older copy, a
    // larger tree was published, and too few witnesses are left that have not seen it.
    let mut published = shared.published.subscribe();
    let cosigned = |published: &Option<Published>| published.as_ref().is_some_and(|now| now.cosigners > 0);
    let _ = published.wait_for(cosigned).await;
    drop(published);
    loop {
        while shared.pool().is_empty() {
            shared.arrived.notified().await;
        }
        time::sleep(shared.pace.gather()).await;
        let next = Instant::now() + shared.pace.checkpoint();
        let additions = shared.pool().first(MAX_ENTRIES);
        let appended = task::spawn_blocking(move || tree.append(additions)).await;
        tree = match appended.expect("appending does not panic") {
            Ok(tree) => {
                shared.pool().stored(tree.signed().head().size);
                let _ = shared.heads.send_replace(tree.signed().clone());
                tree
            }
            // Whoever took over goes on from here; what this process has in memory is no use any more.
            Err(error @ Error::Storage(StorageError::Superseded { .. })) => return Err(error),
            Err(error) => {
                tracing::error!(%error, "could not append; reading the log back");
                recover(&shared, &reopen).await?
            }
        };
        shared.metrics.signed(tree.signed().head().size);
        time::sleep_until(next).await;
    }
}

/// Goes on from what is durable. Whoever waits for an entry is told to repeat it.
async fn recover(shared: &Shared, reopen: &Reopen) -> Result<Tree, Error> {
    let phase = *shared.phase.borrow();
    let number = match phase {
        Phase::Open(number) | Phase::Recovering(number) => number + 1,
        Phase::Closing => return std::future::pending().await,
    };
    shared.phase.send_replace(Phase::Recovering(number));
    for failures in 1.. {
        time::sleep(shared.pace.retry(failures)).await;
        let reopen = Arc::clone(reopen);
        let reopened = task::spawn_blocking(move || reopen()).await;
        match reopened.expect("opening does not panic") {
            Ok((tree, pool)) => {
                // The phase changes with the pool, under its lock: a place is never taken for one of another pool.
                {
                    let mut current = shared.pool();
                    *current = pool;
                    shared.phase.send_replace(Phase::Open(number));
                }
                let _ = shared.heads.send_replace(tree.signed().clone());
                tracing::info!(entries = tree.signed().head().size.0, "the log was read back");
                return Ok(tree);
            }
            Err(error @ Error::Storage(StorageError::Superseded { .. })) => return Err(error),
            Err(Error::Storage(error)) => tracing::error!(%error, "the storage still fails"),
            Err(Error::Token(error)) if error.passes() => {
                tracing::error!(%error, code = error.code(), "the token still fails");
            }
            Err(error) => return Err(error),
        }
    }
    unreachable!("the numbers do not end")
}
