//! Cosignatures (C2SP tlog-cosignature): a witness's statement that, at a time, a checkpoint was the largest it had seen of a
//! log and was consistent with all before.

use crate::{
    Error,
    checkpoint::{SignedCheckpoint, VerifiedCheckpoint},
    ed25519::{PublicKey, SecretKey},
    note::{KeyId, KeyName, NoteSignature, Vkey},
};
use core::{fmt, str::FromStr};
use schemas::UnixTime;

/// The signature type of timestamped Ed25519 cosignatures. ML-DSA-44, 0x06, signs another message with another key and will
/// be a second [`Scheme`].
const COSIGNATURE_V1: u8 = 0x04;

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
    Ed25519(PublicKey),
}

impl Scheme {
    /// The signature type and the encoded key.
    fn vkey(&self) -> (u8, &[u8]) {
        match self {
            Self::Ed25519(key) => (COSIGNATURE_V1, key.as_bytes()),
        }
    }
}

impl WitnessKey {
    /// The key of a witness that signs `cosignature/v1`.
    #[must_use]
    pub fn ed25519(name: KeyName, key: PublicKey) -> Self {
        Self::new(name, Scheme::Ed25519(key))
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
                Scheme::Ed25519(key) => key.verify(message(checkpoint, time).as_bytes(), signature).ok()?,
            }
            Some(UnixTime(time))
        };
        verified().ok_or_else(|| Error::NoteSignatureInvalid(self.name.clone()))
    }
}

/// What a `cosignature/v1` is over (tlog-cosignature, "Ed25519 signed message").
fn message(checkpoint: &SignedCheckpoint, time: i64) -> String {
    format!(
        "cosignature/v1\ntime {time}\n{}",
        checkpoint.note().unverified_text()
    )
}

impl FromStr for WitnessKey {
    type Err = Error;

    /// Reads a vkey of signature type 0x04.
    fn from_str(text: &str) -> Result<Self, Error> {
        let vkey = Vkey::parse(text)?;
        match vkey.kind {
            COSIGNATURE_V1 => Ok(Self::ed25519(vkey.name.clone(), vkey.ed25519()?)),
            _ => Err(Error::VkeyMalformed("not an Ed25519 key of a witness")),
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
    name: KeyName,
    secret: SecretKey,
}

impl CosignerKey {
    /// The key of a name from a 32-byte seed, which no other key may have: the message does not name the witness.
    #[must_use]
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        Self {
            name,
            secret: SecretKey::from_seed(seed),
        }
    }

    /// Its public key.
    #[must_use]
    pub fn witness(&self) -> WitnessKey {
        WitnessKey::ed25519(self.name.clone(), self.secret.public())
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
        let time = now.0.max(0);
        let signature = self.secret.sign(message(checkpoint.signed(), time).as_bytes());
        let key = self.witness();
        NoteSignature::new(key.name, key.id, [&time.to_be_bytes()[..], &signature].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checkpoint::Checkpoint,
        merkle::TreeHead,
        note::{SignerKey, VerifierKey},
    };

    fn checkpoint() -> VerifiedCheckpoint {
        let log = SignerKey::from_seed("log".parse().unwrap(), &[1; 32]);
        let signed = Checkpoint::new(log.verifier().name(), TreeHead::empty()).sign(&log);
        signed.verify(&[log.verifier()]).unwrap()
    }

    fn cosigner() -> CosignerKey {
        CosignerKey::from_seed("witness".parse().unwrap(), &[2; 32])
    }

    #[test]
    fn the_last_of_several_times_counts() {
        let (checkpoint, cosigner) = (checkpoint(), cosigner());
        let mut signed = checkpoint.signed().clone();
        assert_eq!(cosigner.witness().cosigned(&signed), Ok(None));
        for time in [1_700_000_060, 1_700_000_120, 1_700_000_000] {
            signed.add(cosigner.cosign(&checkpoint, UnixTime(time))).unwrap();
        }
        assert_eq!(
            cosigner.witness().cosigned(&signed),
            Ok(Some(UnixTime(1_700_000_120)))
        );
        let other = CosignerKey::from_seed("witness".parse().unwrap(), &[3; 32]).witness();
        assert_eq!(other.cosigned(&signed), Ok(None));
    }

    #[test]
    fn another_time_or_length_is_forged() {
        let (checkpoint, cosigner) = (checkpoint(), cosigner());
        let genuine = cosigner.cosign(&checkpoint, UnixTime(1_700_000_000));
        let blob = genuine.bytes().to_vec();
        let mut later = blob.clone();
        later[7] += 1;
        let mut beyond = blob.clone();
        beyond[0] = 0x80;
        for forged in [
            later,
            beyond,
            blob[..71].to_vec(),
            [&blob[..], &[0]].concat(),
            blob[..7].to_vec(),
        ] {
            let mut signed = checkpoint.signed().clone();
            signed
                .add(NoteSignature::new(genuine.name().clone(), genuine.id(), forged))
                .unwrap();
            let refused = cosigner.witness().cosigned(&signed).unwrap_err();
            assert_eq!(refused.code(), "note-signature-invalid");
        }
    }

    #[test]
    fn a_log_s_key_is_not_a_witness_s() {
        let witness = cosigner().witness();
        assert_eq!(witness.to_string().parse(), Ok(witness.clone()));
        assert!(witness.to_string().parse::<VerifierKey>().is_err());
        let log = SignerKey::from_seed("log".parse().unwrap(), &[1; 32]).verifier();
        assert_eq!(
            log.to_string().parse::<WitnessKey>().unwrap_err().code(),
            "vkey-malformed"
        );
    }
}
