//! What stands of the logs on a chain, held against what was read of them (`schemas/spec/chain.md`).

use super::{
    alarm::{Conditions, Facts, Key, Kind},
    config::seconds,
    core::Core,
    run::Shared,
};
use crate::{Error, chain};
use ledger::{
    chain::{Address, Anchor},
    merkle::TreeHead,
    policy::Policy,
};
use ledger_evm::Chain;
use schemas::UnixTime;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// The chain on which logs anchor their checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonitorChain {
    /// A file with the URL of one of the chain's nodes (JSON-RPC); best one that no log's operator runs.
    pub url_file: PathBuf,
    /// The chain's number (EIP-155).
    pub chain_id: u64,
    /// The address of the contract.
    pub contract: String,
    /// How old an anchor may be, in milliseconds.
    #[serde(default = "three_hours")]
    pub stale_ms: u64,
    /// By origin, the address that anchors the log.
    pub anchored_by: BTreeMap<String, String>,
}

fn three_hours() -> u64 {
    10_800_000
}

/// A chain that is looked at.
#[derive(Clone)]
pub(super) struct Watching {
    chain: Chain,
    stale: i64,
    /// The logs, by their index in the policy.
    logs: BTreeMap<usize, Address>,
}

impl MonitorChain {
    pub(super) fn read(&self, policy: &Policy) -> Result<Watching, Error> {
        let index = |origin: &str| {
            let mut logs = policy.logs().iter();
            logs.position(|log| log.key.name().as_str() == origin)
        };
        let logs = self.anchored_by.iter().map(|(origin, address)| {
            let unknown = || Error::Setting {
                setting: "chain.anchored_by",
                reason: format!("the policy has no log {origin}"),
            };
            Ok((
                index(origin).ok_or_else(unknown)?,
                chain::address("chain.anchored_by", address)?,
            ))
        });
        Ok(Watching {
            chain: chain::open(&self.url_file, self.chain_id, &self.contract)?,
            stale: seconds(self.stale_ms),
            logs: logs.collect::<Result<_, Error>>()?,
        })
    }
}

/// What is known of a log on the chain.
#[derive(Default)]
pub(super) struct Anchored {
    /// When the chain was last read.
    answered: Option<UnixTime>,
    /// Why it could not be, since then.
    refused: Option<&'static str>,
    anchor: Option<Anchor>,
    /// Since when it has more entries than anybody could read.
    ahead: Option<UnixTime>,
    /// A tree that is on the chain, or was, and that the log never had. It stays known as long as this process runs.
    differs: Option<TreeHead>,
}

impl Shared {
    /// One round with the chain; tells whether it answered as it should.
    pub(super) async fn ask_chain(&self, watching: &Watching) -> bool {
        let mut answered = true;
        for (at, by) in &watching.logs {
            let origin = self.core().logs[*at].origin().to_owned();
            let anchor = watching.chain.latest(*by, &origin).await;
            answered &= anchor.is_ok();
            let anchor = anchor.map_err(|error| {
                tracing::debug!(%error, "the chain does not answer");
                error.code()
            });
            self.core().anchored(*at, anchor, serve::now());
        }
        self.metrics.polled("chain", answered);
        answered
    }
}

impl Core {
    /// Takes what the chain says of a log.
    pub(super) fn anchored(
        &mut self,
        at: usize,
        answer: Result<Option<Anchor>, &'static str>,
        now: UnixTime,
    ) {
        let anchored = self.chain.entry(at).or_default();
        match answer {
            Ok(anchor) => {
                anchored.answered = Some(now);
                anchored.refused = None;
                anchored.anchor = anchor;
            }
            Err(code) => anchored.refused = Some(code),
        }
    }

    /// Holds what is known of the chain against what was read of the logs.
    pub(super) fn look_at_chain(&mut self, now: UnixTime) {
        for (at, anchored) in &mut self.chain {
            let Some(head) = anchored.anchor.map(|anchor| anchor.head) else {
                continue;
            };
            match self.logs[*at].head_at(head.size) {
                Some(own) => {
                    anchored.ahead = None;
                    if own != head {
                        anchored.differs = Some(head);
                    }
                }
                None => drop(anchored.ahead.get_or_insert(now)),
            }
        }
    }

    pub(super) fn of_chain(&self, now: UnixTime, conditions: &mut Conditions) {
        let Some(watching) = &self.settings.chain else {
            return;
        };
        let patience = self.settings.pace.patience();
        let nothing = Anchored::default();
        for at in watching.logs.keys() {
            let anchored = self.chain.get(at).unwrap_or(&nothing);
            let origin = self.logs[*at].origin();
            let mut raise = |kind, facts: &[(&str, String)]| {
                let mut all = Facts::from([("log".into(), origin.to_owned())]);
                all.extend(
                    facts
                        .iter()
                        .map(|(name, fact)| ((*name).to_owned(), fact.clone())),
                );
                let subject = origin.to_owned();
                conditions.insert(Key { kind, subject }, all);
            };
            if now.since(anchored.answered.unwrap_or(self.started)) > patience {
                let reason = anchored.refused.unwrap_or("chain-unreachable").to_owned();
                raise(Kind::ChainSilent, &[("reason", reason)]);
            }
            if let Some(head) = anchored.differs {
                let facts = [
                    ("sizes", head.size.0.to_string()),
                    ("root", head.root.to_string()),
                ];
                raise(Kind::ChainDiffers, &facts);
            }
            if let (Some(since), Some(anchor)) = (anchored.ahead, anchored.anchor)
                && now.since(since) > patience
            {
                raise(Kind::ChainAhead, &[("sizes", anchor.head.size.0.to_string())]);
            }
            // A chain that does not answer says nothing of the age of what is there.
            let age = match (anchored.answered, anchored.anchor) {
                (Some(_), Some(anchor)) => Some(now.since(anchor.time)),
                (Some(_), None) if now.since(self.started) > patience => Some(now.since(self.started)),
                _ => None,
            };
            let limit = if anchored.anchor.is_some() {
                watching.stale
            } else {
                patience
            };
            if let Some(seconds) = age.filter(|age| *age > limit) {
                raise(Kind::ChainStale, &[("seconds", seconds.to_string())]);
            }
        }
    }
}
