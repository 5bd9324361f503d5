//! What a witness is told at its start.

use crate::{Error, config};
use ledger::{note::KeyName, policy::Policy};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The configuration of a witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessConfig {
    /// The name of its key, a URL without scheme by custom.
    pub name: String,
    /// Its own Ed25519 key ([`Seed`](crate::Seed)); no other log or witness may have the same.
    pub key_file: PathBuf,
    /// The members' policy (C2SP tlog-policy), whose logs it knows.
    pub policy_file: PathBuf,
    /// How often a log's tree may grow, as a mean; three times as often for a moment.
    #[serde(default = "checkpoints_per_second")]
    pub checkpoints_per_second: u32,
}

/// Ten times what a log does by default.
fn checkpoints_per_second() -> u32 {
    10
}

impl WitnessConfig {
    /// A witness with the usual limits.
    #[must_use]
    pub fn new(name: impl Into<String>, key_file: PathBuf, policy_file: PathBuf) -> Self {
        Self {
            name: name.into(),
            key_file,
            policy_file,
            checkpoints_per_second: checkpoints_per_second(),
        }
    }

    pub(super) fn name(&self) -> Result<KeyName, Error> {
        self.name.parse().map_err(config::refused("name"))
    }

    pub(super) fn policy(&self) -> Result<Policy, Error> {
        config::policy(&self.policy_file)
    }
}
