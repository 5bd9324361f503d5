//! Entries that the log refuses for good: asked for again ever more rarely, since what is wrong is settled elsewhere, by
//! the registrar or by people; and shown to the operator until then.
//!
//! They are held in memory alone, by the process that brings entries to the ledger. The entries themselves wait in the database, and after a restart the first attempt finds
//! the refusal again.

use crate::{metrics::Metrics, store::EntryKind};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// How long until a refused entry is sent again, doubled up to the longest. One small request every ten minutes costs the log
/// nothing, and an operator who has settled the matter waits no longer than that (a restart asks at once).
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// What the log refuses, at most one entry of each kind: the ones after it name it as their predecessor and wait.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<BTreeMap<EntryKind, Refused>>);

/// An entry that the log refuses.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) number: u32,
    /// The log's code.
    pub(crate) code: String,
    pause: Duration,
    again_at: Instant,
}

impl Refusals {
    /// How many entries of a kind to send, up to `limit`: the refused one alone, and only when its time has come.
    pub(super) fn limit(&self, kind: EntryKind, limit: u32, now: Instant) -> u32 {
        match self.lock().get(&kind) {
            None => limit,
            Some(refused) if refused.again_at <= now => limit.min(1),
            Some(_) => 0,
        }
    }

    /// Notes a refusal.
    pub(super) fn refused(&self, kind: EntryKind, number: u32, code: &str, now: Instant, metrics: &Metrics) {
        let mut refusals = self.lock();
        let before = refusals
            .get(&kind)
            .filter(|before| before.number == number && before.code == code);
        let pause = before.map_or(FIRST_PAUSE, |before| (before.pause * 2).min(LONGEST_PAUSE));
        tracing::error!(
            kind = kind.as_str(), number, code, again_in = ?pause,
            "the log refuses an entry: it and those after it are not anchored until that is settled"
        );
        let refused = Refused {
            number,
            code: code.to_owned(),
            pause,
            again_at: now + pause,
        };
        refusals.insert(kind, refused);
        metrics.refused(code, refusals.len());
    }

    /// Notes that the log took entries of a kind. With a new key event it may take what it refused before.
    pub(super) fn taken(&self, kind: EntryKind, now: Instant, metrics: &Metrics) {
        let mut refusals = self.lock();
        if refusals.remove(&kind).is_some() {
            tracing::info!(kind = kind.as_str(), "the log takes these entries again");
            metrics.entries_refused.set(count(refusals.len()));
        }
        if kind == EntryKind::KeyEvent {
            refusals.values_mut().for_each(|refused| refused.again_at = now);
        }
    }

    /// Forgets everything: another process asks the log now.
    pub(crate) fn forget(&self, metrics: &Metrics) {
        self.lock().clear();
        metrics.entries_refused.set(0.0);
        metrics.entries_waiting.set(0.0);
    }

    /// What is refused now.
    pub(crate) fn all(&self) -> BTreeMap<EntryKind, Refused> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<EntryKind, Refused>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A small count for a gauge.
pub(crate) fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_entry_is_sent_again_ever_more_rarely() {
        let (refusals, metrics, start) = (Refusals::default(), Metrics::new(), Instant::now());
        let (batch, mut now, mut sent) = (EntryKind::Batch, start, 0);
        // A day, looked at every second.
        while now < start + Duration::from_secs(86_400) {
            if refusals.limit(batch, 64, now) > 0 {
                refusals.refused(batch, 3, "entry-contradicts", now, &metrics);
                sent += 1;
            }
            now += Duration::from_secs(1);
        }
        assert!((140..160).contains(&sent), "{sent}");
        // Other kinds go on.
        assert_eq!(refusals.limit(EntryKind::Snapshot, 64, now), 64);
        // A key event may settle it.
        refusals.refused(batch, 3, "entry-contradicts", now, &metrics);
        assert_eq!(refusals.limit(batch, 64, now), 0);
        refusals.taken(EntryKind::KeyEvent, now, &metrics);
        assert_eq!(refusals.limit(batch, 64, now), 1);
        refusals.taken(batch, now, &metrics);
        assert_eq!(refusals.limit(batch, 64, now), 64);
        assert!(refusals.all().is_empty());
    }
}
