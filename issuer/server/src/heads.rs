//! The heads of this issuer's chains: signed with ML-DSA-44 once an hour and brought to the log (`schemas/spec/head.md`).
//!
//! Nothing waits for this. Where it fails, verifiers that count on it find the last batches unsigned, and it is tried again.

use crate::{
    Error,
    anchor::Ledger,
    service::Shared,
    store::{EntryKind, EntryRow},
};
use ledger::heads::{Chain, Head, SIGNED_AFTER, SIGNED_EVERY, SignedHead};
use schemas::UnixTime;
use std::{sync::Arc, time::Duration};

/// How often to look whether a head is due. A snapshot is signed at once, and doors that count on it wait for it.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long to wait after a failure, doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Signs what is due until the service stops.
pub(crate) async fn run(shared: Arc<Shared>, ledger: Arc<dyn Ledger>) {
    let mut pause = FIRST_PAUSE;
    loop {
        match round(&shared, &*ledger).await {
            Ok(()) => {
                pause = FIRST_PAUSE;
                tokio::time::sleep(LOOK_EVERY).await;
            }
            Err(error) => {
                shared.metrics.head_failures.increment(1);
                tracing::warn!(code = error.code(), %error, "a signed head did not get to the ledger; will be tried again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// What the log has of this process. After a start it gets all anew.
#[derive(Default)]
pub(crate) struct Signed {
    batches: Option<Head>,
    snapshots: Option<Head>,
    events: Option<(SignedHead, UnixTime)>,
}

/// Signs and sends what is due, once. One head that is refused does not hold up the others.
pub(crate) async fn round(shared: &Shared, ledger: &dyn Ledger) -> Result<(), Error> {
    let signed = &mut *shared.signed.lock().await;
    let events = send_event_head(shared, ledger, &mut signed.events).await;
    let batches = sign(shared, ledger, EntryKind::Batch, &mut signed.batches).await;
    let snapshots = sign(shared, ledger, EntryKind::Snapshot, &mut signed.snapshots).await;
    events.and(batches).and(snapshots)
}

/// The registrar's, once its entry is on the ledger.
async fn send_event_head(
    shared: &Shared,
    ledger: &dyn Ledger,
    sent: &mut Option<(SignedHead, UnixTime)>,
) -> Result<(), Error> {
    let now = shared.clock.now();
    // Hourly too, for a log that lost its own.
    let is_due = |head: &SignedHead| match sent {
        Some((last, at)) => last != head || now.since(*at) >= SIGNED_EVERY,
        None => true,
    };
    let Some(head) = shared.key_store.event_head()?.filter(is_due) else {
        return Ok(());
    };
    let anchored = shared.store.last_anchored(EntryKind::KeyEvent).await?;
    if anchored.map(|row| row.id()).transpose()? == Some(head.unverified().entry) {
        ledger.send_head(&head).await?;
        *sent = Some((head, now));
    }
    Ok(())
}

/// Our own, by the key that the registrar names.
async fn sign(
    shared: &Shared,
    ledger: &dyn Ledger,
    kind: EntryKind,
    last: &mut Option<Head>,
) -> Result<(), Error> {
    let named = shared.keys.post_quantum();
    let key = shared.key_store.post_quantum_key()?;
    let Some(key) = key.filter(|key| named.as_ref() == Some(&key.public())) else {
        return Ok(());
    };
    let now = shared.clock.now();
    let due = |row: &EntryRow| is_due(kind, last.as_ref(), row.number, now);
    let Some(row) = shared.store.last_anchored(kind).await?.filter(due) else {
        return Ok(());
    };
    let head = Head {
        issuer: shared.settings.number,
        chain: match kind {
            EntryKind::Batch => Chain::Batches,
            EntryKind::Snapshot => Chain::Snapshots,
            EntryKind::KeyEvent => Chain::KeyEvents,
        },
        number: row.number,
        entry: row.id()?,
        time: now,
    };
    ledger.send_head(&head.sign(&key)).await?;
    shared.metrics.heads_signed.increment(1);
    *last = Some(head);
    Ok(())
}

/// Batches are signed hourly or by the many; a snapshot when it is there, and hourly, which says that there is none after it.
fn is_due(kind: EntryKind, last: Option<&Head>, number: u32, now: UnixTime) -> bool {
    let Some(last) = last else { return true };
    let enough = match kind {
        EntryKind::Batch => SIGNED_AFTER,
        EntryKind::Snapshot | EntryKind::KeyEvent => 1,
    };
    number.saturating_sub(last.number) >= enough || now.since(last.time) >= SIGNED_EVERY
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::entry::EntryId;
    use schemas::{Hash, IssuerNumber};

    #[test]
    fn batches_wait_for_the_hour_or_for_many_and_snapshots_do_not() {
        let last = Head {
            issuer: IssuerNumber(1),
            chain: Chain::Batches,
            number: 10,
            entry: EntryId(Hash([0; 32])),
            time: UnixTime(1_000),
        };
        let due = |kind, number, seconds| is_due(kind, Some(&last), number, last.time.plus(seconds));
        assert!(is_due(EntryKind::Batch, None, 0, UnixTime(0)));
        assert!(!due(EntryKind::Batch, 10 + SIGNED_AFTER - 1, SIGNED_EVERY - 1));
        assert!(due(EntryKind::Batch, 10 + SIGNED_AFTER, 1));
        assert!(due(EntryKind::Batch, 11, SIGNED_EVERY));
        assert!(due(EntryKind::Batch, 10, SIGNED_EVERY));
        assert!(due(EntryKind::Snapshot, 11, 1));
        assert!(!due(EntryKind::Snapshot, 10, SIGNED_EVERY - 1));
        assert!(due(EntryKind::Snapshot, 10, SIGNED_EVERY));
    }
}
