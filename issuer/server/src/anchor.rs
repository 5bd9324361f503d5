//! The way to the ledger: what a log is to the issuer, and the loop that brings closed batches there.

use crate::{
    Error,
    clock::Clock,
    key_store::KeyStore,
    metrics::{Metrics, seconds},
    store::{Anchored, EntryKind, PendingEntry, Store},
    writer::{Urgency, Writer},
};
use core::{future::Future, pin::Pin};
use ledger::{entry::UncheckedEntry, heads::SignedHead};
use schemas::IssuerNumber;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Notify, time::Instant};

mod behind;
mod http;
mod refusals;

pub(crate) use behind::{Standing, compare};
pub use http::{HttpLedger, Submission};
pub(crate) use refusals::{Refusals, count};

/// Most entries of one request to a log. At 12 batches a second, what two seconds of waiting gather is below half of it.
pub const MAX_ENTRIES: u32 = 64;

/// How long to wait after a log's error, doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How often to look without being woken.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What a log says of one entry: where it stands, or why it does not.
pub type Answer = Result<Anchored, NotTaken>;

/// Why an entry does not stand in a log, with the log's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// Waiting can mend it: the log has no quorum, no room or no storage.
    Later(String),
    /// The log refuses the entry, and will until somebody settles it.
    Refused(String),
}

/// The answers of a log, some time later.
pub type Appending<'a> = Pin<Box<dyn Future<Output = Result<Vec<Answer>, Error>> + Send + 'a>>;

/// That a log has taken something, some time later.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// What a log has of an issuer, some time later.
pub type Asking<'a> = Pin<Box<dyn Future<Output = Result<Last, Error>> + Send + 'a>>;

/// The last entries of an issuer that a log has, in the log's word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Last {
    /// Its last batch.
    pub batch: Option<UncheckedEntry>,
    /// Its last snapshot.
    pub snapshot: Option<UncheckedEntry>,
}

/// A log, as an issuer sees it.
pub trait Ledger: Send + Sync {
    /// Appends entries in this order, each with the object that its root is the hash of, unless it is a batch. The
    /// answer comes when a cosigned checkpoint covers all that were taken, and has one element for each entry. For what
    /// the log has already it says where it stands; so it is safe to ask again.
    fn append<'a>(&'a self, entries: &'a [PendingEntry]) -> Appending<'a>;

    /// What the log has of an issuer.
    fn last<'a>(&'a self, issuer: IssuerNumber) -> Asking<'a>;

    /// Brings a signed head, of which the log keeps the latest of each chain.
    fn send_head<'a>(&'a self, head: &'a SignedHead) -> Sending<'a>;
}

/// Brings entries to the ledger until the service stops. No entry is lost: each waits in the database until the log has
/// answered, and a crash at any point leads to the same request again.
pub(crate) async fn run(anchoring: &Anchoring) {
    let mut pause = FIRST_PAUSE;
    loop {
        match anchoring.round(Urgency::WhenDue).await {
            // A refusal has its own pause, and does not hold up the other kinds.
            Ok(0) | Err(Error::LedgerRefused { .. }) => {
                let _ = tokio::time::timeout(LOOK_EVERY, anchoring.closed.notified()).await;
                pause = FIRST_PAUSE;
            }
            Ok(_) => pause = FIRST_PAUSE,
            Err(Error::Stopping) => return,
            Err(error) => pause = anchoring.failed(&error, pause).await,
        }
    }
}

/// Compares until the log has answered: another process may have led since this one was started.
///
/// # Errors
/// [`Error::Behind`], when the log has more than the database: nothing was sent then.
pub(crate) async fn level(anchoring: &Anchoring) -> Result<(), Error> {
    let mut pause = FIRST_PAUSE;
    loop {
        match anchoring.compare().await {
            Err(error) if !matches!(error, Error::Behind { .. }) => {
                pause = anchoring.failed(&error, pause).await;
            }
            compared => return compared,
        }
    }
}

/// What the loop needs.
pub(crate) struct Anchoring {
    pub(crate) issuer: IssuerNumber,
    pub(crate) store: Arc<Store>,
    pub(crate) key_store: Arc<KeyStore>,
    pub(crate) writer: Writer,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) refusals: Arc<Refusals>,
    /// Woken when an entry was made.
    pub(crate) closed: Arc<Notify>,
}

impl Anchoring {
    /// Sends what waits, once; tells how many entries were anchored. What was refused is sent when it is due.
    pub(crate) async fn round(&self, refused: Urgency) -> Result<usize, Error> {
        let pending = self.pending(refused).await?;
        self.send(pending).await
    }

    /// Sends what the registrar said, since what it has cut off does not count, and compares what the log then has of this issuer
    /// with the database.
    async fn compare(&self) -> Result<(), Error> {
        let events = self
            .store
            .pending_entries(EntryKind::KeyEvent, MAX_ENTRIES)
            .await?;
        match self.send(events).await {
            Ok(_) | Err(Error::LedgerRefused { .. }) => {}
            Err(error) => return Err(error),
        }
        compare(&self.store, &self.key_store, &*self.ledger, self.issuer).await
    }

    /// Waits after a failure, and says how long to wait after the next.
    async fn failed(&self, error: &Error, pause: Duration) -> Duration {
        self.metrics.ledger_failures.increment(1);
        tracing::warn!(code = error.code(), %error, "entries wait for the ledger");
        tokio::time::sleep(pause).await;
        (pause * 2).min(LONGEST_PAUSE)
    }

    async fn send(&self, pending: Vec<PendingEntry>) -> Result<usize, Error> {
        // 1. What waits, oldest first.
        let waiting = self.store.count_pending().await?;
        self.metrics
            .entries_waiting
            .set(count(usize::try_from(waiting).unwrap_or(usize::MAX)));
        if pending.is_empty() {
            return Ok(0);
        }
        // 2. The log answers when it is cosigned.
        let answers = self.ledger.append(&pending).await?;
        if answers.len() != pending.len() {
            return Err(Error::Ledger("it answered for another number of entries".into()));
        }
        // 3. A crash before this is written repeats step 2.
        let now = self.clock.since_1970();
        let (mut later, mut refused): (Option<String>, Vec<(EntryKind, u32, String)>) = (None, Vec::new());
        let mut anchored: Vec<(EntryKind, u32, Anchored)> = Vec::with_capacity(pending.len());
        for (entry, answer) in pending.iter().zip(answers) {
            match answer {
                Ok(place) => anchored.push((entry.kind, entry.number, place)),
                Err(NotTaken::Later(code)) => later = later.or(Some(code)),
                // Those after the first of a kind are refused for its sake.
                Err(NotTaken::Refused(code)) if refused.iter().all(|(kind, ..)| *kind != entry.kind) => {
                    refused.push((entry.kind, entry.number, code));
                }
                Err(NotTaken::Refused(_)) => {}
            }
        }
        self.writer.anchored(anchored.clone()).await?;
        for entry in pending.iter().filter(|entry| entry.kind == EntryKind::Batch) {
            if anchored
                .iter()
                .any(|(kind, number, _)| (*kind, *number) == (entry.kind, entry.number))
            {
                self.metrics
                    .anchoring_seconds
                    .record(seconds(now.saturating_sub(entry.made_at)));
            }
        }
        self.metrics.entries_waiting.decrement(count(anchored.len()));
        // 4. What was refused waits for a person; the rest for the log.
        let instant = Instant::now();
        for (kind, ..) in &anchored {
            self.refusals.taken(*kind, instant, &self.metrics);
        }
        for (kind, number, code) in &refused {
            self.refusals
                .refused(*kind, *number, code, instant, &self.metrics);
        }
        if let Some(code) = later {
            return Err(Error::Ledger(code));
        }
        match refused.into_iter().next() {
            Some((kind, number, code)) => Err(Error::LedgerRefused { kind, number, code }),
            None => Ok(anchored.len()),
        }
    }

    /// What is to be sent. Key events come first: the ledger takes nothing that a key signed which it does not know.
    async fn pending(&self, refused: Urgency) -> Result<Vec<PendingEntry>, Error> {
        let mut pending = Vec::new();
        for kind in [EntryKind::KeyEvent, EntryKind::Batch, EntryKind::Snapshot] {
            let left = MAX_ENTRIES - u32::try_from(pending.len()).unwrap_or(MAX_ENTRIES);
            let limit = match refused {
                Urgency::WhenDue => self.refusals.limit(kind, left, Instant::now()),
                Urgency::Now => left,
            };
            if limit > 0 {
                pending.extend(self.store.pending_entries(kind, limit).await?);
            }
        }
        Ok(pending)
    }
}
