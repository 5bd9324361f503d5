//! Anchoring what is published on a chain (`schemas/spec/chain.md`), beside everything else: a chain that fails is told, and
//! stops nothing.

use super::shared::{Published, Shared};
use crate::{Error, Seed, chain};
use ledger::{checkpoint::SignedCheckpoint, merkle::TreeHead};
use ledger_evm::{Chain, ChainKey};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::time::{self, Instant};

/// The longest pause before a chain that failed is tried again.
const MAX_PAUSE: Duration = Duration::from_secs(300);

/// The chain on which a log anchors its checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogChain {
    /// A file with the URL of one of the chain's nodes (JSON-RPC). Such URLs are often secrets, so it is not here itself.
    pub url_file: PathBuf,
    /// The chain's number (EIP-155).
    pub chain_id: u64,
    /// The address of the contract that `attest chain deploy` put there.
    pub contract: String,
    /// The key of `attest chain key`, for this log alone ([`Seed`]).
    pub key_file: PathBuf,
    /// How often a checkpoint is anchored, grown or not, in milliseconds: what is there is known to be as new as that.
    #[serde(default = "hour")]
    pub every_ms: u64,
    /// Earlier than that, once so many more entries are published than are anchored. Without it, never earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_entries: Option<u64>,
}

fn hour() -> u64 {
    3_600_000
}

/// A chain that is ready to be anchored on.
pub(super) struct Anchoring {
    chain: Chain,
    key: ChainKey,
    origin: String,
    every: Duration,
    entries: u64,
}

impl Anchoring {
    pub(super) fn new(config: &LogChain, origin: &str) -> Result<Self, Error> {
        if config.every_ms == 0 || config.every_entries == Some(0) {
            return Err(Error::Setting {
                setting: "chain",
                reason: "every_ms and every_entries are above 0".into(),
            });
        }
        Ok(Self {
            chain: chain::open(&config.url_file, config.chain_id, &config.contract)?,
            key: ChainKey::from_bytes(Seed::read(&config.key_file)?.as_bytes())?,
            origin: origin.to_owned(),
            every: Duration::from_millis(config.every_ms),
            entries: config.every_entries.unwrap_or(u64::MAX),
        })
    }

    /// Anchors what is published, for as long as it is polled.
    pub(super) async fn run(&self, shared: &Arc<Shared>) {
        let mut published = shared.published.subscribe();
        let (mut anchored, mut due, mut failures) = (0, Instant::now(), 0);
        loop {
            // 1. Time has passed, or the log has grown; after a failure the pause alone counts.
            let grown = |published: &Option<Published>| {
                let size = published.as_ref().map_or(0, |published| published.size.0);
                failures == 0 && size.saturating_sub(anchored) >= self.entries
            };
            tokio::select! {
                () = time::sleep_until(due) => {}
                _ = published.wait_for(grown) => {}
            }
            let _ = published.wait_for(Option::is_some).await;
            let Some(head) = published.borrow().as_ref().and_then(head) else {
                continue;
            };
            // 2. The chain.
            due = Instant::now() + self.every;
            match self.chain.anchor(&self.key, &self.origin, head).await {
                Ok(done) => {
                    if failures > 0 || anchored == 0 {
                        tracing::info!(entries = head.size.0, gas = done.gas, "anchored on the chain");
                    }
                    (anchored, failures) = (head.size.0, 0);
                    shared.metrics.anchored(head.size, done.gas);
                    shared.unanchored.send_replace(None);
                }
                Err(error) => {
                    let code = error.code();
                    failures += 1;
                    shared.metrics.not_anchored(code);
                    // Once when it begins, and when it changes; the metric counts the rest.
                    if shared.unanchored.send_replace(Some(code)) != Some(code) {
                        tracing::error!(%error, code, "nothing is anchored on the chain; trying on");
                    }
                    due = Instant::now() + pause(failures).min(self.every);
                }
            }
        }
    }
}

/// What a published checkpoint says of the tree. The log has signed it itself.
fn head(published: &Published) -> Option<TreeHead> {
    let checkpoint = SignedCheckpoint::parse(published.note.as_bytes()).ok()?;
    Some(checkpoint.unverified().head())
}

/// From two seconds on, doubling.
fn pause(failures: u32) -> Duration {
    Duration::from_secs(1 << failures.min(10)).min(MAX_PAUSE)
}
