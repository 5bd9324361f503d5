//! A monitor.
//!
//! It follows all logs of the policy, reads every entry, asks every witness what it cosigned last, and holds all of it
//! against each other (`schemas/spec/monitor.md`). What somebody signed that cannot be true it keeps as evidence, which
//! anybody can check. It stops nobody: it tells.

mod alarm;
mod chain;
mod chart;
mod conditions;
mod config;
mod conflict;
mod core;
mod followed;
mod http;
mod issuers;
mod metrics;
mod page;
mod run;
mod status;
mod store;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tree;
mod watched;
mod webhook;
mod words;

pub use chain::MonitorChain;
pub use config::{DeclaringIssuer, MonitorConfig, MonitorPace};
pub use conflict::{Conflict, MAX_EVIDENCE_BYTES, UncheckedConflict};

use self::{core::Core, metrics::MonitorMetrics, run::Shared, store::Store};
use crate::{Error, storage::Storage};
use axum::Router;
use std::sync::{Arc, Mutex};
use tokio::{net::TcpListener, sync::mpsc};

/// A monitor that is ready to follow.
pub struct Monitor {
    shared: Arc<Shared>,
    posting: Option<(reqwest::Url, mpsc::Receiver<alarm::Alarm>)>,
}

impl Monitor {
    /// Reads what was kept, or begins anew.
    ///
    /// # Errors
    /// [`Error::Setting`], [`Error::Config`], [`Error::PolicyFile`], [`Error::MonitorDamaged`], [`Error::Storage`].
    pub fn open(config: &MonitorConfig, storage: Arc<dyn Storage>) -> Result<Self, Error> {
        let settings = config.read()?;
        let url = |url: &Option<String>| {
            url.as_deref()
                .map(|url| config::source("policy_file", url))
                .transpose()
        };
        let logs = settings.policy.logs().iter().map(|log| url(&log.url));
        let logs = logs.collect::<Result<Vec<_>, _>>()?;
        let witnesses = settings
            .policy
            .witnesses()
            .iter()
            .map(|witness| url(&witness.url));
        let witnesses = witnesses.collect::<Result<Vec<_>, _>>()?;

        let store = Store::new(storage);
        let state = store.view(&settings.registrar)?;
        let (webhook, posting) = match settings.webhook.clone() {
            Some(url) => {
                let (sender, receiver) = mpsc::channel(webhook::MAX_WAITING);
                (Some(sender), Some((url, receiver)))
            }
            None => (None, None),
        };
        let mut core = Core::new(settings, state, serve::now());
        store.restore(&mut core)?;
        // Whoever is told of an alarm is told again after a restart, rather than never.
        if let Some(webhook) = &webhook {
            for alarm in core.alarms.open() {
                let _ = webhook.try_send(alarm.clone());
            }
        }
        let shared = Shared {
            core: Mutex::new(core),
            store,
            metrics: MonitorMetrics::new(),
            logs,
            witnesses,
            webhook,
        };
        Ok(Self {
            shared: Arc::new(shared),
            posting,
        })
    }

    /// The status page, the evidence, the checkpoints that were followed, `/healthz`, `/readyz`, `/metrics`.
    pub fn router(&self) -> Router {
        http::router(Arc::clone(&self.shared))
    }

    /// Follows and serves until `shutdown` is ready, then writes down what it knows.
    ///
    /// # Errors
    /// [`Error::Storage`], when another process writes here.
    pub async fn run(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let router = self.router();
        let Self { shared, posting } = self;
        let lost = shared.metrics.lost();
        let posting = async {
            if let Some((url, alarms)) = posting {
                webhook::run(url, alarms, lost).await;
            }
            std::future::pending::<()>().await;
        };
        let following = Arc::clone(&shared).run();
        tokio::select! {
            () = serve::serve(listener, router, shutdown) => {}
            error = following => return Err(error),
            () = posting => {}
        }
        shared.save().await
    }
}
