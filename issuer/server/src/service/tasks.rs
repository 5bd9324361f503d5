//! What happens without anybody asking.
//!
//! Every process closes the batches that are due, which is also how it sees within a quarter of a second what others wrote. The
//! rest is for the one that [leads](lead).

use super::{Shared, every};
use crate::{
    Error,
    anchor::{self, Anchoring, Ledger, Standing},
    heads,
    store::Purged,
    writer::Urgency,
};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// How often to look for batches that are due: their shortest wait is two seconds.
const CLOSE_EVERY: Duration = Duration::from_millis(250);
/// How often to publish revocations: many share a snapshot, so that one does not single out a person.
const PUBLISH_EVERY: Duration = Duration::from_secs(300);
/// How often to delete what has expired.
const PURGE_EVERY: Duration = Duration::from_secs(3600);
/// Most results and batches deleted in one transaction, so that requests do not wait for it.
const PURGE_AT_ONCE: u32 = 256;

/// How often to count the results of all processes.
const RECOUNT_EVERY: Duration = Duration::from_secs(60);
/// How long to wait before asking the log again what it has.
const LEARN_AGAIN: Duration = Duration::from_secs(5);
/// How long to wait before asking for the lead again, when the database did not answer.
const LEAD_AGAIN: Duration = Duration::from_secs(1);

/// Brings entries to the ledger, publishes revocations and deletes what has expired, while no other process does.
pub(crate) async fn lead(shared: Arc<Shared>, anchoring: Arc<Anchoring>) {
    loop {
        let lead = match shared.store.lead().await {
            Ok(lead) => lead,
            Err(error) => {
                report(Err::<(), _>(error), "asking for the background work");
                tokio::time::sleep(LEAD_AGAIN).await;
                continue;
            }
        };
        shared.metrics.leading.set(1.0);
        let mut work = JoinSet::new();
        work.spawn(anchor(shared.clone(), anchoring.clone()));
        work.spawn(publish(shared.clone()));
        work.spawn(retain(shared.clone()));
        work.spawn(sign_heads(shared.clone(), anchoring.clone()));
        lead.lost().await;
        tracing::warn!("the connection that held the background work is lost");
        // Another process has it now, or will; what it is refused is for it to tell.
        work.shutdown().await;
        shared.metrics.leading.set(0.0);
        shared.refusals.forget(&shared.metrics);
    }
}

/// Ends the process when the database turns out to be an older copy.
async fn anchor(shared: Arc<Shared>, anchoring: Arc<Anchoring>) {
    match anchor::level(&anchoring).await {
        Ok(()) => shared.standing.send_replace(Standing::Level),
        Err(error) => {
            shared.standing.send_replace(Standing::Behind(error));
            return;
        }
    };
    anchor::run(&anchoring).await;
}

/// The heads of what is on the ledger, and not of an older copy.
async fn sign_heads(shared: Arc<Shared>, anchoring: Arc<Anchoring>) {
    shared.is_level().await;
    heads::run(shared, anchoring.ledger.clone()).await;
}

/// Asks the log until it has answered, in a process that does not lead too.
pub(crate) async fn learn(shared: Arc<Shared>, ledger: Arc<dyn Ledger>) {
    while matches!(*shared.standing.borrow(), Standing::Unknown) {
        match shared.compare_with(&*ledger).await {
            Err(error @ Error::Behind { .. }) => drop(shared.standing.send_replace(Standing::Behind(error))),
            compared => report(compared, "asking the log what it has of this issuer"),
        }
        tokio::time::sleep(LEARN_AGAIN).await;
    }
}

pub(crate) async fn close_due(shared: Arc<Shared>) {
    let mut ticks = every(CLOSE_EVERY);
    loop {
        ticks.tick().await;
        shared.writer.measure_queue();
        report(shared.writer.close_due().await, "closing batches");
    }
}

/// Counts again what other processes change too.
pub(crate) async fn recount(shared: Arc<Shared>) {
    let mut ticks = every(RECOUNT_EVERY);
    while shared.store.is_shared() {
        ticks.tick().await;
        report(shared.count_results().await, "counting results");
    }
}

async fn publish(shared: Arc<Shared>) {
    shared.is_level().await;
    let mut ticks = every(PUBLISH_EVERY);
    loop {
        ticks.tick().await;
        report(
            shared.writer.publish(Urgency::WhenDue).await,
            "publishing revocations",
        );
    }
}

async fn retain(shared: Arc<Shared>) {
    let mut ticks = every(PURGE_EVERY);
    loop {
        ticks.tick().await;
        report(purge(&shared).await, "deleting what has expired");
    }
}

/// Deletes in small transactions until nothing has expired, then lets the database forget it.
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
        shared.store.erase().await?;
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
