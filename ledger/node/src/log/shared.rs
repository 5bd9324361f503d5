//! What the parts of a running log share.

use super::{config::Pace, heads::Kept, metrics::LogMetrics, pool::Pool, witness::Asked};
use crate::{Error, storage::Storage};
use ledger::{checkpoint::VerifiedCheckpoint, heads::Heads, merkle::TreeSize, policy::Policy};
use reqwest::Client;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, Semaphore, watch},
    time::Instant,
};

pub(super) struct Shared {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) policy: Arc<Policy>,
    pub(super) pace: Pace,
    pub(super) metrics: LogMetrics,
    /// For large requests, so that many at once do not fill the memory.
    pub(super) large: Semaphore,
    /// Told when the pool has got something.
    pub(super) arrived: Notify,
    /// What the log last signed, durable with all its tiles. The sequencer alone sends.
    pub(super) heads: watch::Sender<VerifiedCheckpoint>,
    /// What issuers and the registrar signed with ML-DSA-44.
    pub(super) signed_heads: Kept,
    /// What readers see. The publisher alone sends.
    pub(super) published: watch::Sender<Option<Published>>,
    /// Whether entries can be taken. The sequencer sends, and whoever ends the log.
    pub(super) phase: watch::Sender<Phase>,
    /// Why the last attempt to anchor failed, by its code. The anchoring alone sends.
    pub(super) unanchored: watch::Sender<Option<&'static str>>,
    client: Client,
    pool: Mutex<Pool>,
}

/// A published checkpoint.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) size: TreeSize,
    /// The note with the members' cosignatures, as it is served.
    pub(super) note: Arc<str>,
    /// The same with those of ML-DSA-44 too, once a quorum of them is there.
    pub(super) post_quantum: Option<Arc<str>>,
    pub(super) at: Instant,
    pub(super) cosigners: usize,
}

/// What a log is doing. The number changes whenever the pool was replaced: a place in one pool is none in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It takes entries.
    Open(u64),
    /// Its storage failed, and it is reading it back.
    Recovering(u64),
    /// It is about to end.
    Closing,
}

impl Shared {
    pub(super) fn new(
        storage: Arc<dyn Storage>,
        policy: Policy,
        pace: Pace,
        signed: VerifiedCheckpoint,
        published: Option<&VerifiedCheckpoint>,
        signed_heads: Heads,
        pool: Pool,
    ) -> Result<Self, Error> {
        let published = published.map(|checkpoint| Published {
            size: checkpoint.head().size,
            note: checkpoint.signed().to_string().into(),
            post_quantum: None, // until it is published again, at once
            at: Instant::now(),
            cosigners: 0,
        });
        // Connections to witnesses outlive the pause between two checkpoints of a busy log, but not the servers' patience.
        let client = Client::builder()
            .pool_idle_timeout(Duration::from_secs(20))
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            storage,
            policy: Arc::new(policy),
            pace,
            metrics: LogMetrics::new(),
            large: Semaphore::new(MAX_LARGE_REQUESTS),
            arrived: Notify::new(),
            heads: watch::Sender::new(signed),
            signed_heads: Kept::new(signed_heads),
            published: watch::Sender::new(published),
            phase: watch::Sender::new(Phase::Open(0)),
            unanchored: watch::Sender::new(None),
            client,
            pool: Mutex::new(pool),
        })
    }

    /// The entries that wait, for as long as the guard lives; never across an await.
    pub(super) fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The size that readers see.
    pub(super) fn published_size(&self) -> TreeSize {
        self.published
            .borrow()
            .as_ref()
            .map_or(TreeSize(0), |published| published.size)
    }

    /// A witness to ask below this URL. It has at least what is published, most likely.
    pub(super) fn asked(&self, url: &str) -> Asked {
        let storage = Arc::clone(&self.storage);
        Asked::new(
            self.client.clone(),
            url,
            self.pace.witness(),
            storage,
            self.published_size(),
        )
    }

    /// Shows a checkpoint that is durable.
    pub(super) fn show(&self, published: Published) {
        self.metrics.published(&published);
        self.published.send_replace(Some(published));
    }
}

/// Requests with an object of several megabytes at once: 16 take 100 MB.
const MAX_LARGE_REQUESTS: usize = 16;
