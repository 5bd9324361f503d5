//! Closing batches, and what the ledger answers.

use super::{Desk, Effects, Mirror, random_bytes};
use crate::{
    Error,
    store::{Anchored, EntryKind, PendingEntry, StoredBatch, Write},
};
use ledger::{
    batch::BatchSeed,
    entry::{Entry, Subject},
};

impl Desk {
    /// Closes every batch that is due: its decoys, its leaves and its signed entry are stored in the same transaction as
    /// the last credentials in it, and the entry then waits for the ledger.
    pub(super) async fn close_batches(
        &self,
        mirror: &mut Mirror,
        write: &mut Write,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        while let Some(because) = mirror.batches.due(now) {
            // Without an accredited key nobody could check the entry: the batch waits for one.
            let Ok(key) = self.keys.current(now) else {
                return Ok(());
            };
            let seed = BatchSeed(random_bytes()?);
            let closed = mirror.batches.close(&seed, now);
            let subject = Subject::Batch(self.settings.number, closed.number);
            let entry = Entry::new(
                subject,
                closed.expiry,
                closed.tree.root(),
                mirror.last_batch_entry,
            )
            .and_then(|entry| entry.sign(&*key.key))
            .map_err(issuer::Error::from)?;
            mirror.last_batch_entry = Some(entry.unverified().id());
            write
                .insert_batch(&StoredBatch {
                    number: closed.number,
                    seed,
                    leaves: Box::new(closed.leaves),
                    expiry: closed.expiry,
                })
                .await?;
            write
                .insert_entry(&PendingEntry {
                    kind: EntryKind::Batch,
                    number: closed.number.0,
                    entry: entry.encode(),
                    object: None,
                    made_at: self.clock.since_1970(),
                })
                .await?;
            let (metrics, awake) = (self.metrics.clone(), self.closed.clone());
            effects.push(Box::new(move || {
                metrics.batch_closed(because, closed.credentials);
                awake.notify_one();
            }));
        }
        Ok(())
    }

    /// Notes where the ledger has entries.
    pub(super) async fn anchored(
        &self,
        write: &mut Write,
        entries: &[(EntryKind, u32, Anchored)],
    ) -> Result<(), Error> {
        let now = self.clock.since_1970();
        for (kind, number, anchored) in entries {
            write.set_anchored(*kind, *number, *anchored, now).await?;
            if *kind == EntryKind::Snapshot {
                write.forget_objects(*kind, *number).await?;
            }
        }
        Ok(())
    }
}
