//! A key under a name: what it signs can be checked by others, and is checked here before anybody sees it.

use super::{Key, TokenError};
use crate::Error;
use ledger::{
    checkpoint::VerifiedCheckpoint,
    cosignature::{CosignerKey, WitnessKey},
    note::{KeyName, Note, NoteSignature, VerifierKey},
};
use schemas::UnixTime;

/// Signs the text of notes: a log, or a member.
#[derive(Clone, Debug)]
pub struct NoteSigner {
    verifier: VerifierKey,
    key: Key,
}

impl Key {
    /// The key under a name, as one of notes.
    #[must_use]
    pub fn note_signer(self, name: KeyName) -> NoteSigner {
        NoteSigner {
            verifier: VerifierKey::new(name, self.public()),
            key: self,
        }
    }

    /// The key under a name, as one of a witness.
    #[must_use]
    pub fn cosigner(self, name: KeyName) -> Cosigner {
        Cosigner::Ed25519(WitnessKey::ed25519(name, self.public()), self)
    }
}

impl NoteSigner {
    /// The public key.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs the text of a note.
    ///
    /// # Errors
    /// [`Error::Token`]; [`ledger::Error::NoteSignatureInvalid`] when a token signed with another key.
    pub fn sign(&self, note: &Note) -> Result<NoteSignature, Error> {
        let signature = self.key.sign(note.unverified_text().as_bytes())?;
        Ok(self.verifier.signed(note, &signature)?)
    }

    /// Whether it could sign now.
    pub(crate) fn ready(&self) -> Result<(), TokenError> {
        self.key.ready()
    }
}

/// Cosigns checkpoints as a witness.
#[derive(Clone, Debug)]
pub enum Cosigner {
    /// With a key of Ed25519.
    Ed25519(WitnessKey, Key),
    /// With a key of ML-DSA-44.
    PostQuantum(CosignerKey),
}

impl Cosigner {
    /// The public key.
    #[must_use]
    pub fn witness(&self) -> WitnessKey {
        match self {
            Self::Ed25519(witness, _) => witness.clone(),
            Self::PostQuantum(key) => key.key().clone(),
        }
    }

    /// Cosigns what is on record.
    pub(crate) fn cosign(
        &self,
        checkpoint: &VerifiedCheckpoint,
        now: UnixTime,
    ) -> Result<NoteSignature, Error> {
        match self {
            Self::Ed25519(witness, key) => witness.cosign_with(checkpoint, now, |message| key.sign(message)),
            Self::PostQuantum(key) => Ok(key.cosign(checkpoint, now)),
        }
    }

    /// Whether it could sign now.
    pub(crate) fn ready(&self) -> Result<(), TokenError> {
        match self {
            Self::Ed25519(_, key) => key.ready(),
            Self::PostQuantum(_) => Ok(()),
        }
    }
}
