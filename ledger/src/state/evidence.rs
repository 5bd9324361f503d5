//! What shows that a signer said two things.

use super::{
    Outcome,
    cache::{Fields, UNUSABLE, entry, entry_item, hash_item, key_id, key_id_item, number_item, option_item},
};
use crate::{Error, entry::CheckedEntry};
use schemas::{Hash, KeyId, cbor::Item};

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

    pub(super) fn to_item(&self) -> Item<'static> {
        Item::Array(match self {
            Self::Forked { fork, earlier, later } => {
                let earlier = match earlier {
                    Earlier::Entry(entry) => entry_item(entry),
                    Earlier::Root(root) => hash_item(*root),
                };
                vec![number_item(0), number_item(*fork), earlier, entry_item(later)]
            }
            Self::TakenBack {
                refusal,
                earlier,
                later,
            } => {
                let index = match refusal {
                    schemas::Error::StatusUnRevoked { index } => Some(Item::Int((*index).into())),
                    _ => None,
                };
                vec![
                    number_item(1),
                    option_item(index),
                    hash_item(*earlier),
                    hash_item(*later),
                ]
            }
            Self::KeyRestored { key, later } => vec![number_item(2), key_id_item(*key), entry_item(later)],
        })
    }

    pub(super) fn from_item(item: &Item<'_>) -> Result<Self, Error> {
        let mut fields = Fields::of(item)?;
        let evidence = match fields.number()? {
            0 => Self::Forked {
                fork: fields.number()?,
                earlier: match fields.next()? {
                    Item::Bytes(root) => Earlier::Root(Hash((&**root).try_into().map_err(|_| UNUSABLE)?)),
                    item => Earlier::Entry(entry(item)?),
                },
                later: entry(fields.next()?)?,
            },
            1 => {
                let place = |item: &Item<'_>| {
                    item.as_int()
                        .and_then(|index| u64::try_from(index).ok())
                        .ok_or(UNUSABLE)
                };
                let taken_back = |index| schemas::Error::StatusUnRevoked { index };
                Self::TakenBack {
                    refusal: fields
                        .option(place)?
                        .map_or(schemas::Error::StatusWentBack, taken_back),
                    earlier: fields.hash()?,
                    later: fields.hash()?,
                }
            }
            2 => Self::KeyRestored {
                key: key_id(fields.next()?)?,
                later: entry(fields.next()?)?,
            },
            _ => return Err(UNUSABLE),
        };
        fields.end(evidence)
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
