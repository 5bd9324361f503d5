//! What shows that a signer said two things.

use super::Outcome;
use crate::entry::CheckedEntry;
use schemas::{Hash, KeyId};

/// Two statements that cannot both stand. Everything that it names is in the logs and objects, for anybody to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contradiction {
    /// Two stories of one sequence: two roots for one number, or two predecessors.
    Forked {
        /// The lowest number that has two stories.
        fork: u32,
        /// What was known.
        earlier: Earlier,
        /// The entry that does not fit.
        later: CheckedEntry,
    },
    /// A status snapshot takes back a revocation, or goes back in its window. The objects have these hashes.
    TakenBack {
        /// What was taken back: `status-un-revoked` or `status-went-back`.
        refusal: schemas::Error,
        /// The snapshot that was known.
        earlier: Hash,
        /// The snapshot that is refused.
        later: Hash,
    },
    /// A key event gives back what a cut-off took from a key, or gives a known identifier to another key.
    KeyRestored {
        /// The key.
        key: KeyId,
        /// The event's entry.
        later: CheckedEntry,
    },
}

impl Contradiction {
    /// The stable code of this evidence.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Forked { .. } => "evidence-forked",
            Self::TakenBack { .. } => "evidence-taken-back",
            Self::KeyRestored { .. } => "evidence-key-restored",
        }
    }
}

/// The earlier of two statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// The whole entry.
    Entry(CheckedEntry),
    /// Of an older batch only the root is kept; its entry is in the log.
    Root(Hash),
}

/// Contradictions kept of one party: one is enough to act, a few show the extent.
const MAX_EVIDENCE: usize = 16;

/// Keeps the contradiction that an outcome tells of.
pub(super) fn record(kept: &mut Vec<Contradiction>, outcome: &Outcome) {
    if let Outcome::Contradicted(evidence) = outcome
        && kept.len() < MAX_EVIDENCE
        && !kept.contains(evidence)
    {
        kept.push((**evidence).clone());
    }
}
