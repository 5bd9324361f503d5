//! Keys of a role: Ed25519 of today, and ML-DSA-44 beside it under the same name. What their signatures are over is said by the
//! role: [`WitnessKey`](crate::cosignature::WitnessKey), [`SignatoryKey`](crate::signatory::SignatoryKey).

use super::{KeyId, KeyName, NoteSignature, Vkey};
use crate::{Error, ed25519};
use core::{fmt, marker::PhantomData, str::FromStr};
use schemas::crypto::ml_dsa;

/// What keys are for, told by the signature types of their vkeys.
pub trait Role: Clone + Eq {
    /// The signature type of Ed25519 keys.
    const ED25519: u8;
    /// The signature type of ML-DSA-44 keys, and what stands before the key.
    const ML_DSA_44: (u8, &'static [u8]);
    /// What is said of a vkey of another type.
    const OTHERWISE: &'static str;
}

/// A public key of a role.
#[derive(Clone, PartialEq, Eq)]
pub struct RoleKey<R> {
    name: KeyName,
    id: KeyId,
    scheme: Scheme,
    role: PhantomData<R>,
}

#[derive(Clone, PartialEq, Eq)]
enum Scheme {
    Ed25519(ed25519::PublicKey),
    MlDsa44(ml_dsa::PublicKey),
}

impl Scheme {
    fn vkey<R: Role>(&self, name: &KeyName) -> Vkey {
        match self {
            Self::Ed25519(key) => Vkey::new(name, R::ED25519, key.as_bytes()),
            Self::MlDsa44(key) => {
                let (kind, before) = R::ML_DSA_44;
                Vkey::new(name, kind, &[before, key.as_bytes()].concat())
            }
        }
    }
}

impl<R: Role> RoleKey<R> {
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
        Self {
            id: scheme.vkey::<R>(&name).id,
            name,
            scheme,
            role: PhantomData,
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

    /// Whether its signatures hold against a quantum computer.
    #[must_use]
    pub fn is_post_quantum(&self) -> bool {
        matches!(self.scheme, Scheme::MlDsa44(_))
    }

    /// Whether both stand for the same key, under whatever name (tlog-policy, "Public key representation").
    pub(crate) fn is_same_key(&self, other: &Self) -> bool {
        self.scheme == other.scheme
    }

    /// Checks the signature of a message.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let verified = match &self.scheme {
            Scheme::Ed25519(key) => key.verify(message, signature),
            Scheme::MlDsa44(key) => key.verify(message, signature),
        };
        verified.map_err(|_| Error::NoteSignatureInvalid(self.name.clone()))
    }

    /// A signature line by this key.
    pub(crate) fn line(&self, bytes: Vec<u8>) -> NoteSignature {
        NoteSignature::new(self.name.clone(), self.id, bytes)
    }
}

impl<R: Role> FromStr for RoleKey<R> {
    type Err = Error;

    /// Reads a vkey of one of the role's two types.
    fn from_str(text: &str) -> Result<Self, Error> {
        let vkey = Vkey::parse(text)?;
        if vkey.kind == R::ED25519 {
            return Ok(Self::ed25519(vkey.name.clone(), vkey.ed25519()?));
        }
        let (kind, before) = R::ML_DSA_44;
        match vkey.key.strip_prefix(before) {
            Some(key) if vkey.kind == kind => {
                let key = ml_dsa::PublicKey::from_bytes(key);
                let key = key.map_err(|_| Error::VkeyMalformed("an ML-DSA-44 key has 1312 bytes"))?;
                Ok(Self::ml_dsa_44(vkey.name, key))
            }
            _ => Err(Error::VkeyMalformed(R::OTHERWISE)),
        }
    }
}

impl<R: Role> fmt::Display for RoleKey<R> {
    /// The vkey.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scheme.vkey::<R>(&self.name).fmt(f)
    }
}

impl<R> fmt::Debug for RoleKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoleKey({})", self.name)
    }
}

/// A private key of a role.
#[derive(Clone, Debug)]
pub struct RoleSecret<R> {
    key: RoleKey<R>,
    secret: Secret,
}

#[derive(Clone, Debug)]
enum Secret {
    Ed25519(Box<ed25519::SecretKey>),
    MlDsa44(ml_dsa::SecretKey),
}

impl<R: Role> RoleSecret<R> {
    /// The Ed25519 key of a name from a 32-byte seed, which no other key may have: few messages name who signs.
    #[must_use]
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        let secret = ed25519::SecretKey::from_seed(seed);
        Self {
            key: RoleKey::ed25519(name, secret.public()),
            secret: Secret::Ed25519(Box::new(secret)),
        }
    }

    /// The ML-DSA-44 key of a name from a 32-byte seed.
    #[must_use]
    pub fn ml_dsa_44_from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        let secret = ml_dsa::SecretKey::from_seed(seed);
        Self {
            key: RoleKey::ml_dsa_44(name, secret.public()),
            secret: Secret::MlDsa44(secret),
        }
    }

    /// Its public key.
    #[must_use]
    pub fn key(&self) -> &RoleKey<R> {
        &self.key
    }

    /// Signs a message.
    pub(crate) fn signature(&self, message: &[u8]) -> Vec<u8> {
        match &self.secret {
            Secret::Ed25519(secret) => secret.sign(message).to_vec(),
            Secret::MlDsa44(secret) => secret.sign(message),
        }
    }
}
