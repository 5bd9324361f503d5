//! Cosignatures (C2SP tlog-cosignature): a witness's statement that, at a time, a checkpoint was the largest it had seen of a
//! log and was consistent with all before.

use crate::{
    Error,
    checkpoint::{SignedCheckpoint, VerifiedCheckpoint},
    ed25519,
    note::{KeyId, KeyName, NoteSignature, Vkey},
};
use core::{fmt, str::FromStr};
use schemas::{UnixTime, crypto::ml_dsa};

/// The signature type of timestamped Ed25519 cosignatures.
const COSIGNATURE_V1: u8 = 0x04;
/// The signature type of timestamped ML-DSA-44 cosignatures.
const SUBTREE_V1: u8 = 0x06;

/// A witness's public key.
#[derive(Clone, PartialEq, Eq)]
pub struct WitnessKey {
    name: KeyName,
    id: KeyId,
    scheme: Scheme,
}

/// By what a witness signs.
#[derive(Clone, PartialEq, Eq)]
enum Scheme {
    /// `cosignature/v1`.
    Ed25519(ed25519::PublicKey),
    /// `subtree/v1`, of a whole tree.
    MlDsa44(ml_dsa::PublicKey),
}

impl Scheme {
    /// The signature type and the encoded key.
    fn vkey(&self) -> (u8, &[u8]) {
        match self {
            Self::Ed25519(key) => (COSIGNATURE_V1, key.as_bytes()),
            Self::MlDsa44(key) => (SUBTREE_V1, key.as_bytes()),
        }
    }
}

impl WitnessKey {
    /// The key of a witness that signs `cosignature/v1`.
    #[must_use]
    pub fn ed25519(name: KeyName, key: ed25519::PublicKey) -> Self {
        Self::new(name, Scheme::Ed25519(key))
    }

    /// The key of a witness that signs `subtree/v1` with ML-DSA-44.
    #[must_use]
    pub fn ml_dsa_44(name: KeyName, key: ml_dsa::PublicKey) -> Self {
        Self::new(name, Scheme::MlDsa44(key))
    }

    fn new(name: KeyName, scheme: Scheme) -> Self {
        let (kind, key) = scheme.vkey();
        Self {
            id: Vkey::new(&name, kind, key).id,
            name,
            scheme,
        }
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The ID of the key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whether its cosignatures hold against a quantum computer.
    #[must_use]
    pub fn is_post_quantum(&self) -> bool {
        matches!(self.scheme, Scheme::MlDsa44(_))
    }

    /// Whether both stand for the same key, under whatever name (tlog-policy, "Public key representation").
    pub(crate) fn is_same_key(&self, other: &Self) -> bool {
        self.scheme == other.scheme
    }

    /// When this witness last cosigned a checkpoint; none if it did not.
    ///
    /// # Errors
    /// [`Error::NoteSignatureInvalid`] when a line by this key does not verify.
    pub fn cosigned(&self, checkpoint: &SignedCheckpoint) -> Result<Option<UnixTime>, Error> {
        let lines = checkpoint.note().signatures_by(&self.name, self.id);
        let mut times = lines.map(|line| self.verify(checkpoint, line));
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
        let signature = sign(&cosignature_v1(checkpoint, time))?;
        let line = self.line(time, &signature);
        self.verify(checkpoint, &line)?;
        Ok(line)
    }

    fn line(&self, time: i64, signature: &[u8]) -> NoteSignature {
        let bytes = [&time.to_be_bytes()[..], signature].concat();
        NoteSignature::new(self.name.clone(), self.id, bytes)
    }

    /// Checks one line and returns its time.
    pub(crate) fn verify(
        &self,
        checkpoint: &SignedCheckpoint,
        line: &NoteSignature,
    ) -> Result<UnixTime, Error> {
        let verified = || {
            let (timestamp, signature) = line.bytes().split_first_chunk()?;
            // The specification keeps times below 2⁶³, as does UnixTime.
            let time = i64::try_from(u64::from_be_bytes(*timestamp)).ok()?;
            match &self.scheme {
                Scheme::Ed25519(key) => key.verify(&cosignature_v1(checkpoint, time), signature).ok()?,
                Scheme::MlDsa44(key) => {
                    let message = subtree_v1(&self.name, checkpoint, time)?;
                    key.verify(&message, signature).ok()?;
                }
            }
            Some(UnixTime(time))
        };
        verified().ok_or_else(|| Error::NoteSignatureInvalid(self.name.clone()))
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

impl FromStr for WitnessKey {
    type Err = Error;

    /// Reads a vkey of signature type 0x04 or 0x06.
    fn from_str(text: &str) -> Result<Self, Error> {
        let vkey = Vkey::parse(text)?;
        match vkey.kind {
            COSIGNATURE_V1 => Ok(Self::ed25519(vkey.name.clone(), vkey.ed25519()?)),
            SUBTREE_V1 => Ok(Self::ml_dsa_44(vkey.name.clone(), vkey.ml_dsa_44()?)),
            _ => Err(Error::VkeyMalformed("not a key of a witness")),
        }
    }
}

impl fmt::Display for WitnessKey {
    /// The vkey.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, key) = self.scheme.vkey();
        Vkey::new(&self.name, kind, key).fmt(f)
    }
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WitnessKey({})", self.name)
    }
}

/// A witness's private key.
#[derive(Clone, Debug)]
pub struct CosignerKey {
    witness: WitnessKey,
    secret: Secret,
}

#[derive(Clone, Debug)]
enum Secret {
    Ed25519(Box<ed25519::SecretKey>),
    MlDsa44(ml_dsa::SecretKey),
}

impl CosignerKey {
    /// The Ed25519 key of a name from a 32-byte seed, which no other key may have: the message does not name the witness.
    #[must_use]
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        let secret = ed25519::SecretKey::from_seed(seed);
        Self {
            witness: WitnessKey::ed25519(name, secret.public()),
            secret: Secret::Ed25519(Box::new(secret)),
        }
    }

    /// The ML-DSA-44 key of a name from a 32-byte seed.
    #[must_use]
    pub fn ml_dsa_44_from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        let secret = ml_dsa::SecretKey::from_seed(seed);
        Self {
            witness: WitnessKey::ml_dsa_44(name, secret.public()),
            secret: Secret::MlDsa44(secret),
        }
    }

    /// Its public key.
    #[must_use]
    pub fn witness(&self) -> WitnessKey {
        self.witness.clone()
    }

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
        let (key, checkpoint, time) = (&self.witness, checkpoint.signed(), now.0.max(0));
        let signature = match &self.secret {
            Secret::Ed25519(secret) => secret.sign(&cosignature_v1(checkpoint, time)).to_vec(),
            Secret::MlDsa44(secret) => {
                let message = subtree_v1(&key.name, checkpoint, time);
                secret.sign(&message.expect("the names of keys, as the origin of a verified checkpoint, fit"))
            }
        };
        key.line(time, &signature)
    }
}

#[cfg(test)]
mod tests;
