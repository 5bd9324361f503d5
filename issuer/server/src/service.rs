//! The service: opened once, run until it is told to stop.

use crate::{
    Error,
    account::{AccountNumber, ApiKey, Directory, Role},
    anchor::{self, Anchoring, HttpLedger, Ledger, Refusals, Standing},
    clock::{Clock, SystemClock},
    config::{Config, Settings},
    derive::Derivation,
    desk,
    edge::StatusLists,
    heads::{self, Signed},
    key_store::KeyStore,
    keys::Keys,
    metrics::Metrics,
    store::{EntryKind, NewAccount, Purged, ResultNumber, Store},
    writer::{Desk, Urgency, Writer},
};
use axum::Router;
use core::future::Future;
use schemas::{key_event::KeyEvent, status::SnapshotNumber};
use std::{sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
    task::{JoinHandle, JoinSet},
    time::{MissedTickBehavior, interval},
};

mod accreditation;
mod last_good;
mod tasks;

pub use accreditation::Accreditation;
pub use last_good::{LastEntry, LastGood};

/// How long a start waits for the log's word.
const COMPARED_WITHIN: Duration = Duration::from_secs(5);

/// An issuer.
pub struct IssuerService {
    pub(crate) shared: Arc<Shared>,
    ledger: Arc<dyn Ledger>,
    writing: JoinHandle<()>,
    /// Beside the API: the desk, and what the binary that runs this serves on the same origin.
    pub(crate) pages: Router,
}

/// What requests and tasks share.
pub(crate) struct Shared {
    pub(crate) settings: Arc<Settings>,
    pub(crate) store: Arc<Store>,
    pub(crate) key_store: Arc<KeyStore>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) derivation: Derivation,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) status_lists: StatusLists,
    pub(crate) writer: Writer,
    pub(crate) refusals: Arc<Refusals>,
    /// The heads that the log has of this process.
    pub(crate) signed: tokio::sync::Mutex<Signed>,
    /// Woken when an entry was made.
    pub(crate) closed: Arc<Notify>,
    /// How this process stands to the ledger.
    pub(crate) standing: watch::Sender<Standing>,
}

impl IssuerService {
    /// Opens an issuer with the machine's clock and the log of its settings.
    ///
    /// # Errors
    /// [`Error::Setting`], [`Error::KeyStore`], [`Error::StoreInUse`], [`Error::Store`].
    pub async fn open(config: &Config) -> Result<Self, Error> {
        let ledger = Arc::new(HttpLedger::new(&config.log)?);
        Self::open_with(config, Arc::new(SystemClock), ledger).await
    }

    /// Opens an issuer with another clock or another way to a log.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with(
        config: &Config,
        clock: Arc<dyn Clock>,
        ledger: Arc<dyn Ledger>,
    ) -> Result<Self, Error> {
        let settings = Arc::new(config.read()?);
        let key_store = Arc::new(KeyStore::open(&settings.keys)?);
        let store = Arc::new(Store::open(&settings.database).await?);
        // With another secret, the codes of all results that were handed out would be others.
        if store.last_result().await? != ResultNumber(0) {
            key_store.check_whole()?;
        }
        let derivation = Derivation::new(&*key_store.derivation_secret()?);
        store.check_secret(derivation.check()).await?;
        let (keys, directory) = (Arc::new(Keys::default()), Arc::new(Directory::default()));
        let (metrics, closed) = (Arc::new(Metrics::new()), Arc::new(Notify::new()));
        // What was accredited and opened before.
        if let Some(event) = store.last_object(EntryKind::KeyEvent).await? {
            let event = KeyEvent::decode(&event).map_err(|_| Error::StoreDamaged("key event"))?;
            keys.replace(&event, &key_store)?;
        }
        directory.replace(store.accounts().await?);
        let desk = Desk {
            settings: settings.clone(),
            store: store.clone(),
            key_store: key_store.clone(),
            keys: keys.clone(),
            directory: directory.clone(),
            clock: clock.clone(),
            metrics: metrics.clone(),
            closed: closed.clone(),
        };
        let (writer, writing) = desk.start();
        let shared = Shared {
            settings,
            store,
            key_store,
            keys,
            directory,
            derivation,
            clock,
            metrics,
            status_lists: StatusLists::default(),
            writer,
            refusals: Arc::default(),
            signed: tokio::sync::Mutex::default(),
            closed,
            standing: watch::Sender::new(Standing::Unknown),
        };
        shared.count_results().await?;
        Ok(Self {
            shared: Arc::new(shared),
            ledger,
            writing,
            pages: serve::pages("/desk/", &desk::files()),
        })
    }

    /// The same with pages beside the API, which are nobody's secret and under no limit but the server's.
    #[must_use]
    pub fn with_pages(self, pages: Router) -> Self {
        Self {
            pages: self.pages.merge(pages),
            ..self
        }
    }

    /// Makes an account; its key is shown here once and never again.
    ///
    /// # Errors
    /// [`Error::AccountExists`], [`Error::Randomness`], [`Error::NotWritten`].
    pub async fn add_account(
        &self,
        name: &str,
        role: Role,
        daily_quota: u32,
    ) -> Result<(AccountNumber, ApiKey), Error> {
        let key = ApiKey::generate()?;
        let account = NewAccount {
            name: name.to_owned(),
            role,
            daily_quota,
            key: key.hash(),
        };
        Ok((self.shared.writer.add_account(account).await?, key))
    }

    /// Asks the registrar to accredit the newest key; makes the first one if there is none.
    ///
    /// # Errors
    /// [`Error::KeyStore`], [`Error::Signing`].
    pub fn key_request(&self) -> Result<String, Error> {
        self.shared.key_request()
    }

    /// Makes a new key and asks the registrar to accredit it. The old one signs until then.
    ///
    /// # Errors
    /// [`Error::KeyStore`], [`Error::Signing`].
    pub fn rotate_key(&self) -> Result<String, Error> {
        self.shared.rotate_key()
    }

    /// Takes the registrar's answer: from then on the newest key in it signs, and the event waits for the ledger.
    ///
    /// # Errors
    /// [`Error::KeyEventMismatch`], [`Error::NotWritten`].
    pub async fn accredit(&self, answer: &Accreditation) -> Result<(), Error> {
        self.shared.accredit(answer).await
    }

    /// Closes the batches that are due. [`run`](Self::run) does this four times a second.
    ///
    /// # Errors
    /// [`Error::NotWritten`].
    pub async fn close_due_batches(&self) -> Result<(), Error> {
        self.shared.writer.close_due().await
    }

    /// Sends what waits for the ledger, once, also what was refused; tells how many entries were anchored.
    /// [`run`](Self::run) does this when something waits, and ever more rarely for what was refused.
    ///
    /// # Errors
    /// [`Error::Ledger`], [`Error::LedgerRefused`], [`Error::NotWritten`].
    pub async fn anchor_waiting(&self) -> Result<usize, Error> {
        self.anchoring().round(Urgency::Now).await
    }

    /// Signs the heads of its chains with ML-DSA-44, if they are due, and brings them to the log, once. [`run`](Self::run) does
    /// this every second.
    ///
    /// # Errors
    /// [`Error::Ledger`], [`Error::KeyStore`], [`Error::Store`].
    pub async fn sign_heads(&self) -> Result<(), Error> {
        heads::round(&self.shared, &*self.ledger).await
    }

    /// Makes the next status snapshot, if something was revoked. [`run`](Self::run) does this every five minutes.
    ///
    /// # Errors
    /// [`Error::NotAccredited`], [`Error::NotWritten`].
    pub async fn publish_status(&self) -> Result<Option<SnapshotNumber>, Error> {
        self.shared.writer.publish(Urgency::WhenDue).await
    }

    /// Deletes everything that has expired. [`run`](Self::run) does this every hour.
    ///
    /// # Errors
    /// [`Error::NotWritten`], [`Error::Store`].
    pub async fn purge_expired(&self) -> Result<Purged, Error> {
        tasks::purge(&self.shared).await
    }

    /// What the registrar names as the last good entries when a key is stolen: those that this database has.
    ///
    /// # Errors
    /// [`Error::NotAccredited`], [`Error::Store`].
    pub async fn last_good(&self) -> Result<LastGood, Error> {
        self.shared.last_good().await
    }

    /// Holds the database against the log before anybody is served, if the log answers within a few seconds. If it does not, that
    /// is done before anything is sent there: issuing goes on without a log.
    ///
    /// # Errors
    /// [`Error::Behind`], [`Error::Store`], [`Error::KeyStore`].
    pub async fn compare_with_log(&self) -> Result<(), Error> {
        self.shared.compare_with(&*self.ledger).await
    }

    /// Serves until `shutdown` is done, then finishes what was accepted. `operations` is where the metrics are, for the
    /// operator's network alone.
    ///
    /// # Errors
    /// [`Error::WriterEnded`], when nothing can be written any more; [`Error::Behind`], when the ledger has more than the
    /// database.
    pub async fn run(
        self,
        listener: TcpListener,
        operations: Option<TcpListener>,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Error> {
        let mut background = JoinSet::new();
        background.spawn(tasks::close_due(self.shared.clone()));
        background.spawn(tasks::recount(self.shared.clone()));
        background.spawn(tasks::learn(self.shared.clone(), self.ledger.clone()));
        background.spawn(tasks::lead(self.shared.clone(), Arc::new(self.anchoring())));
        if let Some(operations) = operations {
            let router = self.operations();
            background.spawn(serve::serve(operations, router, std::future::pending()));
        }
        let mut ended = Ok(());
        let mut standing = self.shared.standing.subscribe();
        let stop = async {
            tokio::select! {
                () = shutdown => {}
                // Before everybody else it ends by a panic alone.
                () = self.shared.writer.ended() => ended = Err(Error::WriterEnded),
                () = async { drop(standing.wait_for(|now| matches!(now, Standing::Behind(_))).await) } => {}
            }
        };
        serve::serve(listener, self.router(), stop).await;
        background.shutdown().await;
        if let Standing::Behind(behind) = self.shared.standing.send_replace(Standing::Unknown) {
            ended = Err(behind);
        }
        self.close().await;
        ended
    }

    /// Finishes what was ordered and closes the database.
    pub async fn close(self) {
        let Self { shared, writing, .. } = self;
        let store = shared.store.clone();
        drop(shared);
        // Ends once the last request has let go of its writer.
        if writing.await.is_err() {
            tracing::error!("the writer panicked");
        }
        store.close().await;
    }

    fn anchoring(&self) -> Anchoring {
        Anchoring {
            issuer: self.shared.settings.number,
            store: self.shared.store.clone(),
            key_store: self.shared.key_store.clone(),
            writer: self.shared.writer.clone(),
            ledger: self.ledger.clone(),
            clock: self.shared.clock.clone(),
            metrics: self.shared.metrics.clone(),
            refusals: self.shared.refusals.clone(),
            closed: self.shared.closed.clone(),
        }
    }
}

impl Shared {
    /// Holds the database against the log, if the log answers within a few seconds.
    ///
    /// # Errors
    /// [`Error::Behind`], [`Error::Store`], [`Error::KeyStore`].
    pub(crate) async fn compare_with(&self, ledger: &dyn Ledger) -> Result<(), Error> {
        let compared = anchor::compare(&self.store, &self.key_store, ledger, self.settings.number);
        match tokio::time::timeout(COMPARED_WITHIN, compared).await {
            Ok(Ok(())) => drop(self.standing.send_replace(Standing::Level)),
            Ok(Err(Error::Ledger(reason))) => {
                tracing::warn!(reason, "the log does not say what it has of this issuer");
            }
            // What the registrar cut off does not count, once it is on the ledger: that is sent first.
            Ok(Err(Error::Behind { .. })) if self.has_key_events_to_send().await? => {}
            Ok(compared) => return compared,
            Err(_) => tracing::warn!("the log does not say in time what it has of this issuer"),
        }
        Ok(())
    }

    async fn has_key_events_to_send(&self) -> Result<bool, Error> {
        let events = self.store.pending_entries(EntryKind::KeyEvent, 1).await?;
        Ok(!events.is_empty())
    }

    /// Waits until the log has said that the database has what it has.
    pub(crate) async fn is_level(&self) {
        let mut standing = self.standing.subscribe();
        let _ = standing.wait_for(|now| matches!(now, Standing::Level)).await;
    }

    /// Sets the gauges of results by state to what is stored.
    pub(crate) async fn count_results(&self) -> Result<(), Error> {
        use crate::result::State;
        let counts = self.store.count_results().await?;
        for state in [State::Issued, State::Revoked, State::Replaced] {
            let count = counts
                .iter()
                .find(|(s, _)| *s == state)
                .map_or(0, |(_, count)| *count);
            self.metrics
                .results(state)
                .set(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
        }
        Ok(())
    }
}

/// A tick that does not hurry after a pause.
fn every(period: Duration) -> tokio::time::Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
