//! What a log is told at its start.

use super::LogChain;
use crate::{Error, KeyPlace, config};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ledger::{note::KeyName, policy::Policy};
use schemas::crypto::{P256Point, ml_dsa};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, time::Duration};

/// The configuration of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// The origin of its checkpoints and the name of its key: its URL without scheme, by custom.
    pub origin: String,
    /// Its own Ed25519 key; no other log or witness may have the same.
    pub key: KeyPlace,
    /// The members' policy (C2SP tlog-policy): which witnesses to ask, where they are, and how many are enough.
    pub policy_file: PathBuf,
    /// The registrar's P-256 key in hexadecimal, compressed: who says which issuers there are.
    pub registrar: String,
    /// Its ML-DSA-44 key in base64url, if it has one: it signs the heads of issuers' key events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registrar_post_quantum: Option<String>,
    /// When things happen.
    #[serde(default)]
    pub pace: Pace,
    /// The chain on which its checkpoints are anchored, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<LogChain>,
}

/// When a log does what. Milliseconds, all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pace {
    /// At most one checkpoint in this time, however many entries come: what witnesses bear (tessera#675, #807).
    pub checkpoint_ms: u64,
    /// How long an entry waits for others to share its checkpoint when the log was idle.
    pub gather_ms: u64,
    /// A log that does not grow has its checkpoint cosigned again after this time, which shows that it is alive.
    pub idle_ms: u64,
    /// How long cosignatures are collected after the quorum.
    pub late_ms: u64,
    /// How long a witness may take to answer.
    pub witness_ms: u64,
    /// The longest pause before a witness that failed is asked again.
    pub retry_ms: u64,
    /// How long a caller waits for its entries to be published; at most 30 s.
    pub append_ms: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            checkpoint_ms: 1_000,
            gather_ms: 50,
            idle_ms: 60_000,
            late_ms: 1_000,
            witness_ms: 5_000,
            retry_ms: 15_000,
            append_ms: 20_000,
        }
    }
}

impl Pace {
    pub(super) fn checkpoint(&self) -> Duration {
        Duration::from_millis(self.checkpoint_ms)
    }

    pub(super) fn gather(&self) -> Duration {
        Duration::from_millis(self.gather_ms)
    }

    pub(super) fn idle(&self) -> Duration {
        Duration::from_millis(self.idle_ms)
    }

    pub(super) fn late(&self) -> Duration {
        Duration::from_millis(self.late_ms)
    }

    pub(super) fn witness(&self) -> Duration {
        Duration::from_millis(self.witness_ms)
    }

    pub(super) fn append(&self) -> Duration {
        Duration::from_millis(self.append_ms.min(30_000))
    }

    /// The pause after the `failures`-th failure in a row: from a quarter of a second on, doubling.
    pub(super) fn retry(&self, failures: u32) -> Duration {
        let doubled = 250u64.saturating_mul(1 << failures.saturating_sub(1).min(20));
        Duration::from_millis(doubled.min(self.retry_ms))
    }
}

impl LogConfig {
    /// A log with the usual pace.
    #[must_use]
    pub fn new(
        origin: impl Into<String>,
        key: impl Into<KeyPlace>,
        policy_file: PathBuf,
        registrar: &P256Point,
    ) -> Self {
        Self {
            origin: origin.into(),
            key: key.into(),
            policy_file,
            registrar: hex::encode(registrar.as_bytes()),
            registrar_post_quantum: None,
            pace: Pace::default(),
            chain: None,
        }
    }

    pub(super) fn origin(&self) -> Result<KeyName, Error> {
        self.origin.parse().map_err(config::refused("origin"))
    }

    pub(super) fn policy(&self) -> Result<Policy, Error> {
        config::policy(&self.policy_file)
    }

    pub(super) fn registrar(&self) -> Result<P256Point, Error> {
        config::registrar(&self.registrar)
    }

    pub(super) fn registrar_post_quantum(&self) -> Result<Option<ml_dsa::PublicKey>, Error> {
        let malformed = || config::refused("registrar_post_quantum")(schemas::Error::KeyMalformed.into());
        let read = |text: &String| {
            let key = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed())?;
            ml_dsa::PublicKey::from_bytes(&key).map_err(|_| malformed())
        };
        self.registrar_post_quantum.as_ref().map(read).transpose()
    }
}
