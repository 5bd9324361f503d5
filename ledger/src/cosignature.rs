//! Cosignatures (C2SP tlog-cosignature): a witness's statement that, at a time, a checkpoint was the largest it had seen of a
//! log and was consistent with all before.

use crate::{
    Error,
    checkpoint::{SignedCheckpoint, VerifiedCheckpoint},
    note::{KeyName, NoteSignature, Role, RoleKey, RoleSecret},
};
use schemas::UnixTime;

/// Cosigning checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cosigning {}

impl Role for Cosigning {
    /// `cosignature/v1`.
    const ED25519: u8 = 0x04;
    /// `subtree/v1`, of a whole tree.
    const ML_DSA_44: (u8, &'static [u8]) = (0x06, &[]);
    const OTHERWISE: &'static str = "not a key of a witness";
}

/// A witness's public key.
pub type WitnessKey = RoleKey<Cosigning>;

/// A witness's private key.
pub type CosignerKey = RoleSecret<Cosigning>;

impl WitnessKey {
    /// When this witness last cosigned a checkpoint; none if it did not.
    ///
    /// # Errors
    /// [`Error::NoteSignatureInvalid`] when a line by this key does not verify.
    pub fn cosigned(&self, checkpoint: &SignedCheckpoint) -> Result<Option<UnixTime>, Error> {
        let lines = checkpoint.note().signatures_by(self.name(), self.id());
        let mut times = lines.map(|line| self.cosigned_at(checkpoint, line));
        times.try_fold(None, |latest, time| Ok(latest.max(Some(time?))))
    }

    /// Cosigns with the Ed25519 key of this witness, which is elsewhere and may fail. Whose word it is that the checkpoint may
    /// be cosigned is said at [`CosignerKey::cosign`].
    ///
    /// # Errors
    /// What the key answers; [`Error::NoteSignatureInvalid`] when that is no signature by it.
    pub fn cosign_with<E: From<Error>>(
        &self,
        checkpoint: &VerifiedCheckpoint,
        now: UnixTime,
        sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>,
    ) -> Result<NoteSignature, E> {
        let (checkpoint, time) = (checkpoint.signed(), now.0.max(0));
        let line = self.timed(time, &sign(&cosignature_v1(checkpoint, time))?);
        self.cosigned_at(checkpoint, &line)?;
        Ok(line)
    }

    fn timed(&self, time: i64, signature: &[u8]) -> NoteSignature {
        self.line([&time.to_be_bytes()[..], signature].concat())
    }

    /// What it signs; none for a name or origin above 255 bytes.
    fn message(&self, checkpoint: &SignedCheckpoint, time: i64) -> Option<Vec<u8>> {
        if self.is_post_quantum() {
            subtree_v1(self.name(), checkpoint, time)
        } else {
            Some(cosignature_v1(checkpoint, time))
        }
    }

    /// Checks one line and returns its time.
    pub(crate) fn cosigned_at(
        &self,
        checkpoint: &SignedCheckpoint,
        line: &NoteSignature,
    ) -> Result<UnixTime, Error> {
        let parts = || {
            let (timestamp, signature) = line.bytes().split_first_chunk()?;
            // The specification keeps times below 2⁶³, as does UnixTime.
            let time = i64::try_from(u64::from_be_bytes(*timestamp)).ok()?;
            Some((time, self.message(checkpoint, time)?, signature))
        };
        let (time, message, signature) =
            parts().ok_or_else(|| Error::NoteSignatureInvalid(self.name().clone()))?;
        self.verify(&message, signature)?;
        Ok(UnixTime(time))
    }
}

/// What a `cosignature/v1` is over (tlog-cosignature, "Ed25519 signed message").
fn cosignature_v1(checkpoint: &SignedCheckpoint, time: i64) -> Vec<u8> {
    let text = checkpoint.note().unverified_text();
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}

/// What a `subtree/v1` is over for the tree of a checkpoint (tlog-cosignature, "ML-DSA-44 signed message"), which has no
/// extension lines. None for a name or origin above 255 bytes.
fn subtree_v1(cosigner: &KeyName, checkpoint: &SignedCheckpoint, time: i64) -> Option<Vec<u8>> {
    let (cosigner, checkpoint) = (cosigner.as_str(), checkpoint.unverified());
    let head = checkpoint.head();
    let mut message = b"subtree/v1\n\0".to_vec();
    message.push(u8::try_from(cosigner.len()).ok()?);
    message.extend(cosigner.as_bytes());
    message.extend(time.to_be_bytes());
    message.push(u8::try_from(checkpoint.origin().len()).ok()?);
    message.extend(checkpoint.origin().as_bytes());
    message.extend(0u64.to_be_bytes());
    message.extend(head.size.0.to_be_bytes());
    message.extend(head.root.as_bytes());
    Some(message)
}

impl CosignerKey {
    /// Cosigns. That the checkpoint is consistent with all before and is on record is the caller's word
    /// ([`Accepted::recorded`](crate::witness::Accepted::recorded)). A time before 1970 is written as 1970.
    ///
    /// What no log signed cannot be cosigned:
    ///
    /// ```compile_fail,E0308
    /// use ledger::{checkpoint::SignedCheckpoint, cosignature::CosignerKey};
    ///
    /// fn cosign(key: &CosignerKey, checkpoint: &SignedCheckpoint) {
    ///     let _ = key.cosign(checkpoint, schemas::UnixTime(0));
    /// }
    /// ```
    #[must_use]
    pub fn cosign(&self, checkpoint: &VerifiedCheckpoint, now: UnixTime) -> NoteSignature {
        let (key, checkpoint, time) = (self.key(), checkpoint.signed(), now.0.max(0));
        let message = key.message(checkpoint, time);
        let message = message.expect("the names of keys, as the origin of a verified checkpoint, fit");
        key.timed(time, &self.signature(&message))
    }
}

#[cfg(test)]
mod tests;
