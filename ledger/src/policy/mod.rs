//! Whose word about a log is enough (C2SP tlog-policy): its signature, and the cosignatures of a quorum.

mod group;
mod text;

pub use group::{Group, Quorum};

use crate::{
    Error,
    checkpoint::{SignedCheckpoint, VerifiedCheckpoint},
    cosignature::WitnessKey,
    note::{NoteSignature, VerifierKey},
};
use schemas::UnixTime;

/// Most logs and most witnesses of a policy (tlog-policy, "Implementation limits", recommends at least 32 of each).
pub const MAX_MEMBERS: usize = 32;

/// A log that is trusted to keep its own promises, once a quorum watches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its key, named by the log's origin.
    pub key: VerifierKey,
    /// Where its files are, if the policy says so.
    pub url: Option<String>,
}

/// A witness whose cosignature counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Its name within the policy.
    pub name: String,
    /// Its key.
    pub key: WitnessKey,
    /// Where it takes checkpoints, if the policy says so.
    pub url: Option<String>,
}

/// The logs, and the groups of witnesses that watch them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<Log>,
    members: Group,
    /// The members' other keys, of ML-DSA-44.
    post_quantum: Option<Group>,
}

/// The quorum that bears as many faulty members as any can, one less than a third: 7 of 10.
#[must_use]
pub fn default_quorum(members: usize) -> usize {
    members - members.saturating_sub(1) / 3
}

impl Policy {
    /// A policy of these logs, with these witnesses' Ed25519 keys for members.
    ///
    /// # Errors
    /// [`Error::PolicyMalformed`] for a key or name that stands twice, for more than [`MAX_MEMBERS`], and unless the quorum
    /// is a majority of the witnesses: two smaller groups could vouch for two histories.
    pub fn new(logs: Vec<Log>, witnesses: Vec<Witness>, quorum: usize) -> Result<Self, Error> {
        if logs.len() > MAX_MEMBERS {
            return Err(refused("too many logs or witnesses"));
        }
        if any_twice(&logs, |a, b| a.key.key() == b.key.key()) {
            return Err(refused("a log's key stands twice"));
        }
        if !logs.iter().filter_map(|log| log.url.as_deref()).all(is_one_item) {
            return Err(refused("a name or URL that is empty or has spaces"));
        }
        if witnesses.iter().any(|witness| witness.key.is_post_quantum()) {
            return Err(refused("a member without an Ed25519 key"));
        }
        Ok(Self {
            logs,
            members: Group::new(witnesses, quorum)?,
            post_quantum: None,
        })
    }

    /// The same with the members' ML-DSA-44 keys, of which as many must have cosigned for a [`Cosigned::post_quantum`].
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn with_post_quantum(self, witnesses: Vec<Witness>, quorum: usize) -> Result<Self, Error> {
        if !witnesses.iter().all(|witness| witness.key.is_post_quantum()) {
            return Err(refused("an Ed25519 key among those of ML-DSA-44"));
        }
        let group = Group::new(witnesses, quorum)?;
        let names = [self.members.witnesses(), group.witnesses()].concat();
        if any_twice(&names, |a, b| a.name == b.name) {
            return Err(refused("a name stands twice"));
        }
        let post_quantum = Some(group);
        Ok(Self { post_quantum, ..self })
    }

    /// The logs.
    #[must_use]
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// The members' witnesses, by their Ed25519 keys.
    #[must_use]
    pub fn witnesses(&self) -> &[Witness] {
        self.members.witnesses()
    }

    /// How many witnesses must have cosigned.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.members.quorum()
    }

    /// The members' ML-DSA-44 keys, if the policy has them.
    #[must_use]
    pub fn post_quantum(&self) -> Option<&Group> {
        self.post_quantum.as_ref()
    }

    /// Checks a checkpoint: its log's signature, and the cosignatures of all known witnesses. Each witness counts once, by
    /// its latest cosignature; the log's own signature is no cosignature, also when its member runs a witness, which counts
    /// like any other. Unknown keys count for nothing.
    ///
    /// # Errors
    /// [`Error::OriginUnknown`], [`Error::NoteUnsigned`], [`Error::NoteSignatureInvalid`] for any signature by a known key
    /// that does not verify, [`Error::QuorumMissing`].
    pub fn verify(&self, checkpoint: &SignedCheckpoint) -> Result<Cosigned, Error> {
        // 1. The log's signature.
        let keys: Vec<VerifierKey> = self.logs.iter().map(|log| log.key.clone()).collect();
        let verified = checkpoint.verify(&keys)?;

        // 2. The members' quorum.
        let members = self.members.verify(checkpoint)?;

        // 3. That of their post-quantum keys, which is not on every copy of a checkpoint (`without_post_quantum`).
        let post_quantum = match self.post_quantum.as_ref().map(|group| group.verify(checkpoint)) {
            None | Some(Err(Error::QuorumMissing { .. })) => None,
            Some(quorum) => Some(quorum?),
        };
        Ok(Cosigned {
            checkpoint: verified,
            members,
            post_quantum,
        })
    }

    /// The checkpoint for verifiers that do not ask for post-quantum cosignatures: without those, it has 2 kB in place of
    /// 35 kB, and such verifiers read it every minute.
    #[must_use]
    pub fn without_post_quantum(&self, checkpoint: &SignedCheckpoint) -> SignedCheckpoint {
        let group = self.post_quantum.iter().flat_map(Group::witnesses);
        let mut checkpoint = checkpoint.clone();
        group.for_each(|witness| checkpoint.remove(&witness.key));
        checkpoint
    }

    /// Takes the cosignatures of known witnesses over into a checkpoint, as a log does with what a witness answered. A
    /// witness's later cosignature replaces its earlier one; lines by unknown keys stay out. Returns whether anything
    /// changed.
    ///
    /// # Errors
    /// [`Error::NoteSignatureInvalid`] for a line by a known witness that does not verify: nothing is taken over then, since
    /// that line would make everybody refuse the checkpoint.
    pub fn adopt(&self, checkpoint: &mut SignedCheckpoint, lines: &[NoteSignature]) -> Result<bool, Error> {
        let mut adopted = checkpoint.clone();
        for line in lines {
            let by = |witness: &&Witness| witness.key.id() == line.id() && witness.key.name() == line.name();
            let groups = [Some(&self.members), self.post_quantum.as_ref()];
            let mut known = groups.into_iter().flatten().flat_map(Group::witnesses);
            let Some(Witness { key, .. }) = known.find(by) else {
                continue;
            };
            let time = key.cosigned_at(checkpoint, line)?;
            if Some(time) > key.cosigned(&adopted)? {
                adopted.replace(line.clone())?;
            }
        }
        let changed = adopted != *checkpoint;
        *checkpoint = adopted;
        Ok(changed)
    }
}

/// A policy that cannot be meant.
fn refused(reason: &'static str) -> Error {
    Error::PolicyMalformed { line: 0, reason }
}

/// Whether it can stand between spaces.
fn is_one_item(item: &str) -> bool {
    !item.is_empty() && !item.contains(|c: char| c <= ' ' || c == '\u{7f}')
}

fn any_twice<T>(items: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    items
        .iter()
        .enumerate()
        .any(|(at, item)| items[..at].iter().any(|earlier| same(earlier, item)))
}

/// A checkpoint that its log signed and a quorum cosigned: everybody sees this history or none.
///
/// Only [`Policy::verify`] makes one:
///
/// ```compile_fail,E0451
/// use ledger::{checkpoint::VerifiedCheckpoint, policy::Cosigned};
///
/// fn believe(checkpoint: VerifiedCheckpoint) -> Cosigned {
///     Cosigned { checkpoint, members: todo!(), post_quantum: None }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Cosigned {
    checkpoint: VerifiedCheckpoint,
    members: Quorum,
    post_quantum: Option<Quorum>,
}

impl Cosigned {
    /// The checkpoint.
    pub fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }

    /// [`Quorum::freshness`] of the members.
    #[must_use]
    pub fn freshness(&self) -> UnixTime {
        self.members.freshness()
    }

    /// Who cosigned, by the policy's names, and when, the newest first.
    #[must_use]
    pub fn cosigners(&self) -> &[(String, UnixTime)] {
        self.members.cosigners()
    }

    /// The quorum of ML-DSA-44 cosignatures, if this copy of the checkpoint has one. It needs nobody's Ed25519 signature.
    #[must_use]
    pub fn post_quantum(&self) -> Option<&Quorum> {
        self.post_quantum.as_ref()
    }
}

#[cfg(test)]
mod tests;
