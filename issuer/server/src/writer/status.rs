//! Status snapshots.

use super::{Desk, Effects, Urgency};
use crate::{
    Error, random,
    store::{EntryKind, PendingEntry, Write},
};
use issuer::status::{decoy_batches, next_snapshot, pick_decoy};
use ledger::entry::{Entry, Subject};
use schemas::{
    BatchNumber, Place,
    status::{Snapshot, SnapshotNumber},
};

impl Desk {
    /// Makes the next snapshot, with decoys beside what is newly revoked; `None` when nothing is and it is not urgent.
    /// The first one is made in any case: verifiers begin with it.
    pub(super) async fn publish(
        &self,
        write: &mut Write,
        urgency: Urgency,
        effects: &mut Effects,
    ) -> Result<Option<SnapshotNumber>, Error> {
        let (now, issuer) = (self.clock.now(), self.settings.number);
        let key = self.keys.current(now)?;
        let previous = write.last_object(EntryKind::Snapshot).await?;
        let previous = previous.as_deref().map(Snapshot::decode).transpose();
        let previous = previous.map_err(|_| Error::StoreDamaged("snapshot"))?;
        // 1. What is newly revoked.
        let live = write.live_batches().await?;
        let mut revoked: Vec<Place> = Vec::new();
        let mut new: Vec<Place> = Vec::new();
        for stored in write.revoked(issuer, BatchNumber(live.start)).await? {
            revoked.push(stored.place);
            if stored.published_in.is_none() {
                new.push(stored.place);
            }
        }
        if urgency == Urgency::WhenDue && previous.is_some() && new.is_empty() {
            return Ok(None);
        }
        // 2. Decoys.
        let rng = &mut random::source();
        let mut decoys = Vec::new();
        for batch in decoy_batches(&new, live.clone(), rng) {
            let Some(stored) = write.batch(batch).await? else {
                continue;
            };
            if let Some(decoy) = pick_decoy(issuer, batch, &stored.seed, &stored.leaves, &revoked, rng) {
                revoked.push(decoy);
                decoys.push(decoy);
            }
        }
        // 3. The snapshot and its entry. Open batches are in the window as far as something stands in them.
        let end = write.end_of_places().await?.max(live.end);
        let snapshot = next_snapshot(issuer, previous.as_ref(), live.start..end, revoked)?;
        let object = snapshot.encode().map_err(issuer::Error::from)?;
        let last = write.last_entry(EntryKind::Snapshot).await?;
        let last = last.map(|entry| entry.id()).transpose()?;
        let root = schemas::Hash::of(&[&object]);
        let entry = Entry::new(
            Subject::Snapshot(issuer, snapshot.number()),
            issuer::expiry(now),
            root,
            last,
        )
        .and_then(|entry| entry.sign(&*key.key))
        .map_err(issuer::Error::from)?;
        // 4. Everything is signed; now it is written.
        write.revoke(&decoys, now).await?;
        write.set_published(snapshot.number()).await?;
        write
            .insert_entry(&PendingEntry {
                kind: EntryKind::Snapshot,
                number: snapshot.number().0,
                entry: entry.encode(),
                object: Some(object),
                made_at: self.clock.since_1970(),
            })
            .await?;
        let awake = self.closed.clone();
        effects.push(Box::new(move || awake.notify_one()));
        Ok(Some(snapshot.number()))
    }
}
