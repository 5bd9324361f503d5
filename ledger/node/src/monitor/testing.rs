//! A log with two histories, and its witnesses, for tests.

use super::tree::Tree;
use core::ops::Range;
use ledger::{
    checkpoint::{Checkpoint, SignedCheckpoint},
    cosignature::CosignerKey,
    merkle::{TreeHead, leaf_hash},
    note::SignerKey,
    policy::{Log, Policy, Witness},
};
use schemas::UnixTime;

pub(super) struct World {
    pub(super) log: SignerKey,
    pub(super) witnesses: Vec<CosignerKey>,
    /// Four witnesses, of which three are a quorum.
    pub(super) policy: Policy,
}

impl World {
    pub(super) fn new() -> Self {
        Self::of("example.com/log")
    }

    pub(super) fn of(origin: &str) -> Self {
        let log = SignerKey::from_seed(origin.parse().unwrap(), &[1; 32]);
        let witnesses: Vec<CosignerKey> = (0..4u8)
            .map(|n| CosignerKey::from_seed(format!("example.com/w{n}").parse().unwrap(), &[n + 2; 32]))
            .collect();
        let known = witnesses.iter().zip(0..).map(|(key, n): (_, usize)| Witness {
            name: format!("w{n}"),
            key: key.key().clone(),
            url: None,
        });
        let logs = vec![Log {
            key: log.verifier(),
            url: None,
        }];
        let policy = Policy::new(logs, known.collect(), 3).unwrap();
        Self {
            log,
            witnesses,
            policy,
        }
    }

    /// The entries of a history: the first five are those of every other one.
    pub(super) fn entry(history: &str, index: u64) -> Vec<u8> {
        let history = if index < 5 { "" } else { history };
        format!("{history} {index}").into_bytes()
    }

    pub(super) fn tree(&self, history: &str, size: u64) -> Tree {
        (0..size).map(|n| leaf_hash(&Self::entry(history, n))).collect()
    }

    /// Signed by the log, and by these witnesses at a time.
    pub(super) fn checkpoint(&self, head: &TreeHead, time: i64, witnesses: Range<usize>) -> SignedCheckpoint {
        let mut signed = Checkpoint::new(self.log.verifier().name(), *head).sign(&self.log);
        let verified = signed.verify(&[self.log.verifier()]).unwrap();
        for witness in &self.witnesses[witnesses] {
            signed.add(witness.cosign(&verified, UnixTime(time))).unwrap();
        }
        signed
    }
}
