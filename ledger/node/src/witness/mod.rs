//! A witness.
//!
//! It cosigns a log's checkpoint when the log's tree only grew since the last one that it cosigned, and has that on record
//! before it signs (C2SP tlog-witness). It believes no log and is told nothing by anybody else.

mod config;
pub(crate) mod core;
mod http;
pub(crate) mod limit;
mod published;
mod record;

pub use config::WitnessConfig;

use self::{core::Core, limit::Bucket};
use crate::{Cosigner, Error, storage::Storage};
use axum::Router;
use ledger::{cosignature::WitnessKey, policy::Policy};
use std::sync::Arc;
use tokio::net::TcpListener;

/// A witness that is ready to serve.
pub struct Witness {
    keys: Vec<WitnessKey>,
    policy: Policy,
    core: Arc<Core>,
    router: Router,
}

impl Witness {
    /// Reads the witness's keys and its records.
    ///
    /// # Errors
    /// [`Error::KeyFile`] and its kin, [`Error::Token`], [`Error::Config`], [`Error::Damaged`], [`Error::Storage`].
    pub fn open(config: &WitnessConfig, storage: Arc<dyn Storage>) -> Result<Self, Error> {
        let keys = config.keys()?;
        let policy = config.policy()?;
        let logs = policy.logs().iter().map(|log| log.key.clone());
        let growth = Bucket::new(config.checkpoints_per_second);
        let public = keys.iter().map(Cosigner::witness).collect();
        let core = Arc::new(Core::open(keys, logs, growth, storage)?);
        Ok(Self {
            keys: public,
            policy,
            router: http::router(Arc::clone(&core)),
            core,
        })
    }

    /// Holds the records against what the policy's logs publish, as far as they answer within a few seconds. Before anything is
    /// cosigned.
    ///
    /// # Errors
    /// [`Error::RecordBehind`] when a log publishes what this witness cosigned and has not on record.
    pub async fn compare_with_logs(&self) -> Result<(), Error> {
        published::compare(&self.core, &self.policy, &self.keys).await
    }

    /// The public keys, the Ed25519 one first.
    #[must_use]
    pub fn keys(&self) -> &[WitnessKey] {
        &self.keys
    }

    /// `POST /add-checkpoint`, `GET /<SHA-256 of the origin>/checkpoint`, `/healthz`, `/readyz`, `/metrics`.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Serves until `shutdown` is ready.
    pub async fn run(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        serve::serve(listener, self.router, shutdown).await;
    }
}
