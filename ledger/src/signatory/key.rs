//! The keys of signatories, in the text form of signed notes.

use crate::{
    Error, ed25519,
    note::{KeyId, KeyName, Note, NoteSignature, Vkey},
};
use core::{fmt, str::FromStr};
use schemas::crypto::ml_dsa;

/// Ed25519 over the text of a note (signed-note, "Signature types").
const ED25519: u8 = 0x01;
/// A type that signed-note has no byte for, told by the identifier after it.
const OTHER: u8 = 0xff;
/// The identifier of ML-DSA-44 (FIPS 204, empty context) over this identifier, a newline and the text of a note.
const ML_DSA_44: &[u8] = b"attest/note/ml-dsa-44/v1";

/// A public key that signs for a member's office.
#[derive(Clone, PartialEq, Eq)]
pub struct SignatoryKey {
    name: KeyName,
    id: KeyId,
    scheme: Scheme,
}

#[derive(Clone, PartialEq, Eq)]
enum Scheme {
    Ed25519(ed25519::PublicKey),
    MlDsa44(ml_dsa::PublicKey),
}

impl SignatoryKey {
    /// The Ed25519 key of a name.
    #[must_use]
    pub fn ed25519(name: KeyName, key: ed25519::PublicKey) -> Self {
        Self::new(name, Scheme::Ed25519(key))
    }

    /// The ML-DSA-44 key of a name.
    #[must_use]
    pub fn ml_dsa_44(name: KeyName, key: ml_dsa::PublicKey) -> Self {
        Self::new(name, Scheme::MlDsa44(key))
    }

    fn new(name: KeyName, scheme: Scheme) -> Self {
        let id = scheme.vkey(&name).id;
        Self { name, id, scheme }
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

    /// Whether its signatures hold against a quantum computer.
    #[must_use]
    pub fn is_post_quantum(&self) -> bool {
        matches!(self.scheme, Scheme::MlDsa44(_))
    }

    /// Whether both stand for the same key, under whatever name.
    pub(super) fn is_same_key(&self, other: &Self) -> bool {
        self.scheme == other.scheme
    }

    /// Whether it signed the note.
    ///
    /// # Errors
    /// [`Error::NoteSignatureInvalid`] when a line by this key does not verify.
    pub fn signed(&self, note: &Note) -> Result<bool, Error> {
        let mut lines = note.signatures_by(&self.name, self.id);
        lines.try_fold(false, |_, line| {
            let text = note.unverified_text();
            let verified = match &self.scheme {
                Scheme::Ed25519(key) => key.verify(text.as_bytes(), line.bytes()),
                Scheme::MlDsa44(key) => key.verify(&ml_dsa_message(text), line.bytes()),
            };
            verified.map_err(|_| Error::NoteSignatureInvalid(self.name.clone()))?;
            Ok(true)
        })
    }
}

impl Scheme {
    fn vkey(&self, name: &KeyName) -> Vkey {
        match self {
            Self::Ed25519(key) => Vkey::new(name, ED25519, key.as_bytes()),
            Self::MlDsa44(key) => Vkey::new(name, OTHER, &[ML_DSA_44, key.as_bytes()].concat()),
        }
    }
}

fn ml_dsa_message(text: &str) -> Vec<u8> {
    [ML_DSA_44, b"\n", text.as_bytes()].concat()
}

impl FromStr for SignatoryKey {
    type Err = Error;

    /// Reads a vkey of signature type 0x01, or of type 0xff with the identifier of ML-DSA-44.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut vkey = Vkey::parse(text)?;
        match vkey.kind {
            ED25519 => Ok(Self::ed25519(vkey.name.clone(), vkey.ed25519()?)),
            OTHER if vkey.key.starts_with(ML_DSA_44) => {
                vkey.key.drain(..ML_DSA_44.len());
                Ok(Self::ml_dsa_44(vkey.name.clone(), vkey.ml_dsa_44()?))
            }
            _ => Err(Error::VkeyMalformed("not a key of a signatory")),
        }
    }
}

impl fmt::Display for SignatoryKey {
    /// The vkey.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scheme.vkey(&self.name).fmt(f)
    }
}

impl fmt::Debug for SignatoryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignatoryKey({})", self.name)
    }
}

/// A private key that signs for a member's office.
#[derive(Clone, Debug)]
pub struct Signatory {
    key: SignatoryKey,
    secret: Secret,
}

#[derive(Clone, Debug)]
enum Secret {
    Ed25519(Box<ed25519::SecretKey>),
    MlDsa44(ml_dsa::SecretKey),
}

impl Signatory {
    /// The Ed25519 key of a name from a 32-byte seed.
    #[must_use]
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        let secret = ed25519::SecretKey::from_seed(seed);
        Self {
            key: SignatoryKey::ed25519(name, secret.public()),
            secret: Secret::Ed25519(Box::new(secret)),
        }
    }

    /// The ML-DSA-44 key of a name from a 32-byte seed.
    #[must_use]
    pub fn ml_dsa_44_from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        let secret = ml_dsa::SecretKey::from_seed(seed);
        Self {
            key: SignatoryKey::ml_dsa_44(name, secret.public()),
            secret: Secret::MlDsa44(secret),
        }
    }

    /// Its public key.
    #[must_use]
    pub fn key(&self) -> &SignatoryKey {
        &self.key
    }

    /// Signs the text of a note, whatever it says: look at it before.
    #[must_use]
    pub fn sign(&self, note: &Note) -> NoteSignature {
        let text = note.unverified_text();
        let bytes = match &self.secret {
            Secret::Ed25519(secret) => secret.sign(text.as_bytes()).to_vec(),
            Secret::MlDsa44(secret) => secret.sign(&ml_dsa_message(text)),
        };
        NoteSignature::new(self.key.name.clone(), self.key.id, bytes)
    }
}
