//! What happens without anybody asking.

use super::{Shared, every};
use crate::{Error, store::Purged, writer::Urgency};
use std::{sync::Arc, time::Duration};

/// How often to look for batches that are due: their shortest wait is two seconds.
const CLOSE_EVERY: Duration = Duration::from_millis(250);
/// How often to publish revocations: many share a snapshot, so that one does not single out a person.
const PUBLISH_EVERY: Duration = Duration::from_secs(300);
/// How often to delete what has expired.
const PURGE_EVERY: Duration = Duration::from_secs(3600);
/// Most results and batches deleted in one transaction, so that requests do not wait for it.
const PURGE_AT_ONCE: u32 = 256;

pub(crate) async fn close_due(shared: Arc<Shared>) {
    let mut ticks = every(CLOSE_EVERY);
    loop {
        ticks.tick().await;
        shared.writer.measure_queue();
        report(shared.writer.close_due().await, "closing batches");
    }
}

pub(crate) async fn publish(shared: Arc<Shared>) {
    let mut ticks = every(PUBLISH_EVERY);
    loop {
        ticks.tick().await;
        report(
            shared.writer.publish(Urgency::WhenDue).await,
            "publishing revocations",
        );
    }
}

pub(crate) async fn retain(shared: Arc<Shared>) {
    let mut ticks = every(PURGE_EVERY);
    loop {
        ticks.tick().await;
        report(purge(&shared).await, "deleting what has expired");
    }
}

/// Deletes in small transactions until nothing has expired, then empties the write-ahead log of it.
pub(crate) async fn purge(shared: &Shared) -> Result<Purged, Error> {
    let mut total = Purged::default();
    loop {
        let purged = shared.writer.purge(PURGE_AT_ONCE).await?;
        total.results += purged.results;
        total.batches += purged.batches;
        if purged.results < u64::from(PURGE_AT_ONCE) && purged.batches < u64::from(PURGE_AT_ONCE) {
            break;
        }
    }
    if total != Purged::default() {
        shared.store.flush_log().await?;
        shared.count_results().await?;
    }
    Ok(total)
}

fn report<T>(done: Result<T, Error>, what: &'static str) {
    match done {
        Ok(_) | Err(Error::Busy | Error::Stopping | Error::NotAccredited) => {}
        Err(error) => tracing::warn!(code = error.code(), %error, what, "will be tried again"),
    }
}
