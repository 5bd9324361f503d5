//! Keys that the registrar accredited, and erasure.

use super::{Desk, Effects};
use crate::{
    Error,
    store::{PendingEntry, Purged, Write},
};
use schemas::key_event::KeyEvent;

impl Desk {
    /// Stores the registrar's event, which was checked, and takes up its keys.
    pub(super) async fn accredit(
        &self,
        write: &mut Write,
        event: KeyEvent,
        entry: &PendingEntry,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        // The same event again changes nothing; an older one is refused.
        match write.last_entry(entry.kind).await? {
            Some(last) if last.number == entry.number && last.entry == entry.entry => return Ok(()),
            Some(last) if last.number >= entry.number => {
                return Err(Error::KeyEventMismatch("a later event is in force"));
            }
            _ => {}
        }
        write.insert_entry(entry).await?;
        let (keys, key_store, awake) = (self.keys.clone(), self.key_store.clone(), self.closed.clone());
        effects.push(Box::new(move || match keys.replace(&event, &key_store) {
            Ok(()) => awake.notify_one(),
            Err(error) => {
                tracing::error!(code = error.code(), %error, "the accredited keys cannot be read");
            }
        }));
        Ok(())
    }

    /// Deletes what has expired, at most `limit` results and batches.
    pub(super) async fn purge(
        &self,
        write: &mut Write,
        limit: u32,
        effects: &mut Effects,
    ) -> Result<Purged, Error> {
        let purged = write.purge(self.clock.now(), limit).await?;
        let metrics = self.metrics.clone();
        effects.push(Box::new(move || metrics.results_purged.increment(purged.results)));
        Ok(purged)
    }
}
