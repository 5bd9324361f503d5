//! Whose word about a log is enough (C2SP tlog-policy): its signature, and the cosignatures of a quorum.

mod text;

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

/// The logs, the witnesses, and how many of them must have cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<Log>,
    witnesses: Vec<Witness>,
    quorum: usize,
}

/// The quorum that bears as many faulty members as any can, one less than a third: 7 of 10.
#[must_use]
pub fn default_quorum(members: usize) -> usize {
    members - members.saturating_sub(1) / 3
}

impl Policy {
    /// A policy of these logs and witnesses.
    ///
    /// # Errors
    /// [`Error::PolicyMalformed`] for a key or name that stands twice, for more than [`MAX_MEMBERS`], and unless the quorum
    /// is a majority of the witnesses: two smaller groups could vouch for two histories.
    pub fn new(logs: Vec<Log>, witnesses: Vec<Witness>, quorum: usize) -> Result<Self, Error> {
        let refuse = |reason| Err(Error::PolicyMalformed { line: 0, reason });
        if logs.len().max(witnesses.len()) > MAX_MEMBERS {
            return refuse("too many logs or witnesses");
        }
        if any_twice(&logs, |a, b| a.key.key() == b.key.key()) {
            return refuse("a log's key stands twice");
        }
        if any_twice(&witnesses, |a, b| a.key.is_same_key(&b.key)) {
            return refuse("a witness's key stands twice");
        }
        if any_twice(&witnesses, |a, b| a.name == b.name) {
            return refuse("a name stands twice");
        }
        let names = witnesses.iter().map(|witness| &witness.name);
        let urls = logs
            .iter()
            .map(|log| &log.url)
            .chain(witnesses.iter().map(|witness| &witness.url));
        let one_item =
            |item: &String| !item.is_empty() && !item.contains(|c: char| c <= ' ' || c == '\u{7f}');
        if !names.clone().chain(urls.flatten()).all(one_item) {
            return refuse("a name or URL that is empty or has spaces");
        }
        if names.clone().any(|name| name == "none" || name == text::GROUP) {
            return refuse("a name with a meaning of its own");
        }
        if quorum > witnesses.len() || quorum * 2 <= witnesses.len() {
            return refuse("the quorum is not a majority of the witnesses");
        }
        Ok(Self {
            logs,
            witnesses,
            quorum,
        })
    }

    /// The logs.
    #[must_use]
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// The witnesses.
    #[must_use]
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// How many witnesses must have cosigned.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.quorum
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

        // 2. The cosignatures, the newest first.
        let mut cosigners = Vec::new();
        for witness in &self.witnesses {
            if let Some(time) = witness.key.cosigned(checkpoint)? {
                cosigners.push((witness.name.clone(), time));
            }
        }
        cosigners.sort_by_key(|(_, time)| core::cmp::Reverse(*time));

        // 3. The quorum.
        if cosigners.len() < self.quorum {
            return Err(Error::QuorumMissing {
                cosigned: cosigners.len(),
                quorum: self.quorum,
            });
        }

        // 4. The freshness. Of the n − q + 1 newest times at least one is not a lie, since at most n − q witnesses are
        //    faulty; the quorum being a majority, there are that many.
        let (_, freshness) = cosigners[self.witnesses.len() - self.quorum];
        Ok(Cosigned {
            checkpoint: verified,
            freshness,
            cosigners,
        })
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
            let Some(Witness { key, .. }) = self.witnesses.iter().find(by) else {
                continue;
            };
            let time = key.verify(checkpoint, line)?;
            if Some(time) > key.cosigned(&adopted)? {
                adopted.replace(line.clone())?;
            }
        }
        let changed = adopted != *checkpoint;
        *checkpoint = adopted;
        Ok(changed)
    }
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
///     Cosigned { checkpoint, freshness: schemas::UnixTime(0), cosigners: vec![] }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Cosigned {
    checkpoint: VerifiedCheckpoint,
    freshness: UnixTime,
    cosigners: Vec<(String, UnixTime)>,
}

impl Cosigned {
    /// The checkpoint.
    pub fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }

    /// A time at or after which the log had this checkpoint, as long as no more witnesses lie than the quorum bears: the
    /// (n − q + 1)-th newest of the cosignatures' times. It is later than now where clocks are wrong.
    #[must_use]
    pub fn freshness(&self) -> UnixTime {
        self.freshness
    }

    /// Who cosigned, by the policy's names, and when, the newest first.
    #[must_use]
    pub fn cosigners(&self) -> &[(String, UnixTime)] {
        &self.cosigners
    }
}

#[cfg(test)]
mod tests;
