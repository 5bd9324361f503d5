//! A group of witnesses, of which a quorum must have cosigned.

use super::{MAX_MEMBERS, Witness, any_twice, is_one_item, refused, text};
use crate::{Error, checkpoint::SignedCheckpoint};
use core::cmp::Reverse;
use schemas::UnixTime;

/// Witnesses, and how many of them must have cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    witnesses: Vec<Witness>,
    quorum: usize,
}

impl Group {
    pub(super) fn new(witnesses: Vec<Witness>, quorum: usize) -> Result<Self, Error> {
        if witnesses.len() > MAX_MEMBERS {
            return Err(refused("too many logs or witnesses"));
        }
        if any_twice(&witnesses, |a, b| a.key.is_same_key(&b.key)) {
            return Err(refused("a witness's key stands twice"));
        }
        if any_twice(&witnesses, |a, b| a.name == b.name) {
            return Err(refused("a name stands twice"));
        }
        let is_line =
            |witness: &Witness| is_one_item(&witness.name) && witness.url.as_deref().is_none_or(is_one_item);
        if !witnesses.iter().all(is_line) {
            return Err(refused("a name or URL that is empty or has spaces"));
        }
        if witnesses.iter().any(|witness| text::is_taken(&witness.name)) {
            return Err(refused("a name with a meaning of its own"));
        }
        if quorum > witnesses.len() || quorum * 2 <= witnesses.len() {
            return Err(refused("the quorum is not a majority of the witnesses"));
        }
        Ok(Self { witnesses, quorum })
    }

    /// The witnesses.
    #[must_use]
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// How many of them must have cosigned.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.quorum
    }

    /// Looks for a quorum among the cosignatures of a checkpoint. Each witness counts once, by its latest cosignature.
    ///
    /// # Errors
    /// [`Error::NoteSignatureInvalid`] for a cosignature by one of them that does not verify, [`Error::QuorumMissing`].
    pub(super) fn verify(&self, checkpoint: &SignedCheckpoint) -> Result<Quorum, Error> {
        // 1. The cosignatures, the newest first.
        let mut cosigners = Vec::new();
        for witness in &self.witnesses {
            if let Some(time) = witness.key.cosigned(checkpoint)? {
                cosigners.push((witness.name.clone(), time));
            }
        }
        cosigners.sort_by_key(|(_, time)| Reverse(*time));

        // 2. The quorum.
        if cosigners.len() < self.quorum {
            return Err(Error::QuorumMissing {
                cosigned: cosigners.len(),
                quorum: self.quorum,
            });
        }

        // 3. The freshness. Of the n − q + 1 newest times at least one is not a lie, since at most n − q witnesses are
        //    faulty; the quorum being a majority, there are that many.
        let (_, freshness) = cosigners[self.witnesses.len() - self.quorum];
        Ok(Quorum { freshness, cosigners })
    }
}

/// Who of a group cosigned a checkpoint: enough of them. Only [`Policy::verify`](super::Policy::verify) makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    freshness: UnixTime,
    cosigners: Vec<(String, UnixTime)>,
}

impl Quorum {
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
