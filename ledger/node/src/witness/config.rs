//! What a witness is told at its start.

use crate::{Cosigner, Error, KeyPlace, Seed, config};
use ledger::{cosignature::CosignerKey, note::KeyName, policy::Policy};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The configuration of a witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessConfig {
    /// The name of its key, a URL without scheme by custom.
    pub name: String,
    /// Its own Ed25519 key; no other log or witness may have the same.
    pub key: KeyPlace,
    /// The file of its own key of ML-DSA-44, a [`Seed`]; without one its cosignatures do not hold against a quantum computer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_quantum_key_file: Option<PathBuf>,
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
    pub fn new(name: impl Into<String>, key: impl Into<KeyPlace>, policy_file: PathBuf) -> Self {
        Self {
            name: name.into(),
            key: key.into(),
            post_quantum_key_file: None,
            policy_file,
            checkpoints_per_second: checkpoints_per_second(),
        }
    }

    /// Its keys, the Ed25519 one first.
    pub(super) fn keys(&self) -> Result<Vec<Cosigner>, Error> {
        let name: KeyName = self.name.parse().map_err(config::refused("name"))?;
        let mut keys = vec![self.key.open()?.cosigner(name.clone())];
        if let Some(file) = &self.post_quantum_key_file {
            let seed = Seed::read(file)?;
            let key = CosignerKey::ml_dsa_44_from_seed(name, seed.as_bytes());
            keys.push(Cosigner::PostQuantum(key));
        }
        Ok(keys)
    }

    pub(super) fn policy(&self) -> Result<Policy, Error> {
        config::policy(&self.policy_file)
    }
}
