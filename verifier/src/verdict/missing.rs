//! What is missing for a verdict.

use super::Check;
use crate::{policy::Disclosure, rules::Open};

/// What is missing for a verdict, and what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Missing {
    /// There is no view of the ledger.
    #[error("there is no view of the ledger: sync")]
    View,
    /// The view is older than the policy allows, or the clock is ahead.
    #[error("the view of the ledger is {age} s old, {limit} s are allowed: sync, and look at the clock")]
    ViewTooOld {
        /// Its age in seconds by the clock.
        age: i64,
        /// The oldest that the policy allows.
        limit: i64,
    },
    /// The network document is older than its maximum age.
    #[error(
        "the network document is {age} days old, {limit} are allowed: sync, or ask the registrar for the current one"
    )]
    NetworkTooOld {
        /// Its age in days.
        age: i64,
        /// The days that it is good for.
        limit: u16,
    },
    /// The view is cosigned by fewer members than the policy asks for.
    #[error("{cosigners} members cosigned the view of the ledger, {needed} are needed: sync")]
    Quorum {
        /// How many did.
        cosigners: usize,
        /// How many are needed.
        needed: usize,
    },
    /// The policy wants the log to stand on a chain, and nothing is known of that.
    #[error(
        "the chain was not read, or has nothing of this log: look at the door's node of the chain, and at the policy"
    )]
    ChainUnknown,
    /// What stands on the chain is older than the policy allows.
    #[error(
        "what the chain has of this log is {age} s old, {limit} s are allowed: sync, or ask the log's operator"
    )]
    ChainStale {
        /// Its age in seconds by the clock.
        age: i64,
        /// The oldest that the policy allows.
        limit: i64,
    },
    /// The chain has a tree that this log never had.
    #[error("the chain has another history of this log than this door was shown: ask the members")]
    ChainDiffers,
    /// The clock is behind a time that a quorum of members signed.
    #[error("the clock is at least {by} s behind the ledger: set the clock")]
    ClockBehind {
        /// Seconds.
        by: i64,
    },
    /// The clock is ahead of the ledger by more than any view may be old.
    #[error("the clock is {by} s ahead of the ledger: set the clock, or sync")]
    ClockAhead {
        /// Seconds.
        by: i64,
    },
    /// The credential's batch is not in the view.
    #[error("the credential's batch is not in the view of the ledger: sync")]
    Batch,
    /// The credential came without the proof that leads to its batch.
    #[error("the proof of the credential's place was left out: show the code with it")]
    Proof,
    /// The view has no status of this issuer.
    #[error("the view of the ledger has no status of this issuer: sync")]
    Status,
    /// The members' ML-DSA-44 cosignatures of the view are missing.
    #[error(
        "no quorum of members cosigned the view of the ledger with ML-DSA: sync, and see whether the members have such keys"
    )]
    PostQuantumQuorum,
    /// The registrar has not signed the issuer's keys with ML-DSA-44.
    #[error("the registrar has not signed this issuer's keys with ML-DSA: sync")]
    KeysNotSigned,
    /// The issuer has not yet signed the batch with ML-DSA-44.
    #[error(
        "the issuer has not yet signed the credential's batch with ML-DSA: sync and try again in {minutes} min"
    )]
    BatchNotSigned {
        /// When the next signature is due.
        minutes: i64,
    },
    /// The issuer has not signed its status with ML-DSA-44, or too long ago.
    #[error("the issuer has not lately signed its status with ML-DSA: sync")]
    StatusNotSigned,
    /// The policy asks for more of the person than was shown.
    #[error("more has to be shown of the person")]
    Disclosure {
        /// The least that the policy asks for.
        needed: Disclosure,
    },
    /// The memory of tokens seen at this door is full.
    #[error("too many codes within two minutes: wait a moment and show a new one")]
    ReplayMemory,
    /// The country has no rules for this certificate.
    #[error("the country has no rules for this certificate: import its rules")]
    Rules,
    /// A rule of the country cannot be evaluated here.
    #[error("rule {identifier} cannot be evaluated here")]
    RuleOpen {
        /// The rule's identifier.
        identifier: String,
        /// Why not.
        reason: Open,
    },
    /// A check that the verdict depends on was not done: a mistake in this program.
    #[error("the check {} was not done", .0.name())]
    NotDone(Check),
    /// No check failed, and still nothing was found to accept the credential on: a mistake in this program.
    #[error("there is nothing to accept the credential on")]
    Basis,
}

impl Missing {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::View => "view-missing",
            Self::ViewTooOld { .. } => "view-too-old",
            Self::NetworkTooOld { .. } => "network-too-old",
            Self::Quorum { .. } => "quorum-missing",
            Self::ChainUnknown => "chain-unknown",
            Self::ChainStale { .. } => "chain-stale",
            Self::ChainDiffers => "chain-differs",
            Self::ClockBehind { .. } => "clock-behind",
            Self::ClockAhead { .. } => "clock-ahead",
            Self::Batch => "batch-missing",
            Self::Proof => "proof-missing",
            Self::Status => "status-missing",
            Self::PostQuantumQuorum => "post-quantum-quorum-missing",
            Self::KeysNotSigned => "keys-not-signed",
            Self::BatchNotSigned { .. } => "batch-not-signed",
            Self::StatusNotSigned => "status-not-signed",
            Self::Disclosure { .. } => "disclosure-missing",
            Self::ReplayMemory => "replay-memory-full",
            Self::Rules => "rules-missing",
            Self::RuleOpen { .. } => "rule-open",
            Self::NotDone(_) => "check-not-done",
            Self::Basis => "basis-missing",
        }
    }
}
