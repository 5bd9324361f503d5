//! A log.
//!
//! It takes entries from registered issuers, signs trees that only grow, and publishes a checkpoint when a quorum of
//! witnesses has cosigned it (C2SP tlog-tiles, tlog-checkpoint, tlog-witness). It publishes nothing without a quorum, and
//! does not run on files that are not what it signed.

mod answer;
mod append;
mod chain;
mod config;
mod deltas;
mod evidence;
pub(crate) mod files;
mod head;
mod heads;
mod issuers;
mod metrics;
mod pool;
mod publisher;
mod reader;
mod sequencer;
mod served;
mod shared;
#[cfg(test)]
mod simulation;
mod survey;
#[cfg(test)]
mod tests;
mod tree;
mod witness;

pub use chain::LogChain;
pub use config::{LogConfig, Pace};
pub(crate) use pool::{object_root, read_object};
pub use survey::{Cure, Fault, Survey};

use self::{
    chain::Anchoring,
    pool::Pool,
    sequencer::Reopen,
    shared::{Phase, Shared},
    tree::Tree,
};
use crate::{Error, NoteSigner, Source, storage::Storage};
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    routing::{get, post},
};
use ledger::{checkpoint::VerifiedCheckpoint, entry::Leaf, note::VerifierKey, policy::Policy, state};
use reqwest::Url;
use schemas::crypto::aws_lc::AwsLc;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A log that was found to be whole and is ready to serve.
pub struct Log {
    key: VerifierKey,
    shared: Arc<Shared>,
    tree: Tree,
    reopen: Reopen,
    anchoring: Option<Anchoring>,
}

impl Log {
    /// Begins a log, with the null entry. Once in the life of a key: a log that begins again is a second history.
    ///
    /// # Errors
    /// [`Error::LogExists`], [`Error::KeyFile`] and its kin, [`Error::Token`], [`Error::Config`], [`Error::Storage`].
    pub fn create(config: &LogConfig, storage: Arc<dyn Storage>) -> Result<(), Error> {
        // Not only at the first start.
        config.registrar_post_quantum()?;
        let null = Leaf::Null.encode().to_vec();
        Tree::create(storage, key(config)?, null).map(drop)
    }

    /// Reads a log back and checks every byte of its tree against the checkpoint that it last signed.
    ///
    /// # Errors
    /// [`Error::LogMissing`], [`Error::LogForeign`], [`Error::Damaged`], [`Error::KeyFile`] and its kin, [`Error::Token`],
    /// [`Error::Config`], [`Error::Setting`], [`Error::Chain`], [`Error::Storage`].
    pub fn open(config: &LogConfig, storage: Arc<dyn Storage>) -> Result<Self, Error> {
        let (key, policy, registrar) = (key(config)?, config.policy()?, config.registrar()?);
        let post_quantum = config.registrar_post_quantum()?;
        let verifier = key.verifier().clone();
        check_fit(&policy, &verifier)?;
        let anchoring = config.chain.as_ref();
        let anchoring = anchoring
            .map(|chain| Anchoring::new(chain, &config.origin))
            .transpose()?;
        let opened = Arc::clone(&storage);
        let reopen: Reopen = Arc::new(move || {
            // Before everything is read: a token that is away may be away for days.
            key.ready()?;
            let storage = &opened;
            let state = state::State::new(&registrar, &AwsLc)?.with_post_quantum(post_quantum.clone());
            let mut pool = Pool::new(Arc::clone(storage), state);
            let tree = Tree::open(Arc::clone(storage), key.clone(), &mut |first, entries| {
                pool.replay(first, entries)
            })?;
            pool.replayed()?;
            Ok((tree, pool))
        });
        let (tree, pool) = reopen()?;
        let published = tree.publish_again()?;
        check_cosignatures(&policy, published.as_ref())?;
        let signed_heads = heads::read(&*storage)?;
        let shared = Shared::new(
            storage,
            policy,
            config.pace,
            tree.signed().clone(),
            published.as_ref(),
            signed_heads,
            pool,
        )?;
        Ok(Self {
            key: verifier,
            shared: Arc::new(shared),
            tree,
            reopen,
            anchoring,
        })
    }

    /// Reads every file of a log that does not run, and says which are damaged or missing.
    ///
    /// # Errors
    /// [`Error::LogMissing`], [`Error::Damaged`] when nothing that is signed is left, [`Error::KeyFile`] and its kin, [`Error::Token`],
    /// [`Error::Config`], [`Error::Storage`].
    pub fn check(config: &LogConfig, storage: &dyn Storage) -> Result<Survey, Error> {
        survey::survey(storage, key(config)?.verifier(), &config.policy()?, None)
    }

    /// The same, and writes the damaged and missing files anew that can be had from a mirror or follow from what is here.
    /// What is whole stays as it is, and nothing is written that does not lead to what the log signed.
    ///
    /// # Errors
    /// Those of [`check`](Self::check); [`Error::SourceUnavailable`], [`Error::MirrorForeign`], [`Error::MirrorAhead`],
    /// [`Error::MirrorUnfit`].
    pub fn repair(config: &LogConfig, storage: &dyn Storage, mirror: &dyn Source) -> Result<Survey, Error> {
        survey::survey(storage, key(config)?.verifier(), &config.policy()?, Some(mirror))
    }

    /// The public key.
    #[must_use]
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The files of tlog-tiles, `/object/…` and `/delta/…` for readers, `POST /entries`, `POST /heads` and `/issuers/…` for
    /// issuers, `/healthz`, `/readyz`, `/metrics`.
    ///
    /// Nothing is published before [`run`](Self::run).
    pub fn router(&self) -> Router {
        let router = Router::new()
            .route("/entries", post(append::append))
            .route("/heads", post(heads::take).get(heads::all))
            .layer(DefaultBodyLimit::disable()) // both have their own
            .route("/issuers/{number}", get(issuers::last))
            .route("/checkpoint", get(reader::checkpoint))
            .route("/checkpoint-post-quantum", get(reader::checkpoint_post_quantum))
            .route("/tile/{*path}", get(reader::tile))
            .route("/object/{hash}", get(reader::object))
            .route("/delta/{hashes}", get(reader::delta))
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(reader::ready))
            .route(
                "/metrics",
                get(async |State(shared): State<Arc<Shared>>| shared.metrics.render()),
            )
            .with_state(Arc::clone(&self.shared));
        serve::with_timeout(router)
    }

    /// Serves, signs and publishes until `shutdown` is ready.
    ///
    /// # Errors
    /// [`Error::Damaged`] and the like, when the storage failed and is no longer what it was after it; [`Error::Storage`]
    /// when another process has taken over.
    pub async fn run(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let router = self.router();
        let Self {
            shared,
            tree,
            reopen,
            anchoring,
            ..
        } = self;
        let sequencer = sequencer::run(Arc::clone(&shared), tree, reopen);
        let publisher = publisher::run(Arc::clone(&shared));
        let deltas = deltas::run(Arc::clone(&shared));
        let anchoring = async {
            match anchoring {
                Some(anchoring) => anchoring.run(&shared).await,
                None => std::future::pending().await,
            }
        };
        let (mut failed, stop) = (Ok(()), tokio::sync::Notify::new());
        let closing = async {
            tokio::select! {
                () = shutdown => {}
                () = stop.notified() => {}
            }
            // Whoever waits gets an answer, so that the connections can end.
            shared.phase.send_replace(Phase::Closing);
        };
        let serving = serve::serve(listener, router, closing);
        let working = async {
            tokio::select! {
                result = sequencer => failed = result,
                result = publisher => failed = result,
                () = anchoring => {}
                () = deltas => {}
            }
            stop.notify_one();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = serving => {}
            () = working => {}
        }
        failed
    }
}

/// What is shown from the start on must not be refused by readers. Fewer cosignatures than the policy asks for now are no
/// damage: it may be a new policy.
fn check_cosignatures(policy: &Policy, published: Option<&VerifiedCheckpoint>) -> Result<(), Error> {
    match published.map(|checkpoint| policy.verify(checkpoint.signed())) {
        Some(Err(ledger::Error::NoteSignatureInvalid(_))) => Err(Error::Damaged {
            name: files::checkpoint(),
            problem: "a cosignature in it does not verify",
        }),
        _ => Ok(()),
    }
}

/// A log that its own policy does not know, or one that cannot ask enough witnesses, would take entries and never publish
/// any.
fn check_fit(policy: &Policy, key: &VerifierKey) -> Result<(), Error> {
    if policy.logs().iter().all(|log| log.key != *key) {
        return Err(Error::PolicyUnfit("it has no log with this origin and key"));
    }
    let urls: Vec<&String> = policy
        .witnesses()
        .iter()
        .filter_map(|witness| witness.url.as_ref())
        .collect();
    let is_http = |url: &&String| Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !urls.iter().all(is_http) {
        return Err(Error::PolicyUnfit("the URL of a witness is not one of HTTP"));
    }
    if urls.len() < policy.quorum() {
        return Err(Error::PolicyUnfit("fewer witnesses than its quorum have a URL"));
    }
    Ok(())
}

fn key(config: &LogConfig) -> Result<NoteSigner, Error> {
    Ok(config.key.open()?.note_signer(config.origin()?))
}
