//! Ed25519 (RFC 8032), verified so that all parties agree on every signature.
//!
//! RFC 8032 leaves open how to treat points of small order and whether to multiply by the cofactor, and libraries differ.
//! Members that disagree about one signature would see two ledgers, and a key of small order signs nearly every message.
//! So keys must be canonical and not of small order, and signatures verify by the strictest common rule: no small
//! order in R, `[S]B = R + [k]A` without the cofactor, S below the group order. What honest signers make always passes.

use core::fmt;
use coset::iana::Algorithm;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use schemas::Error;

/// A public key that is canonical and not of small order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads a key.
    ///
    /// # Errors
    /// [`Error::KeyMalformed`] for what is not a point, not its canonical encoding, or a point of small order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Error> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| Error::KeyMalformed)?;
        if key.is_weak() || key.to_edwards().compress().as_bytes() != bytes {
            return Err(Error::KeyMalformed);
        }
        Ok(Self(key))
    }

    /// The 32 bytes of RFC 8032 section 5.1.2.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Checks a signature of 64 bytes.
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`], also for another length.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let signature = Signature::from_slice(signature).map_err(|_| Error::SignatureInvalid)?;
        self.0
            .verify_strict(message, &signature)
            .map_err(|_| Error::SignatureInvalid)
    }
}

impl schemas::crypto::VerifyingKey for PublicKey {
    /// The fully-specified Ed25519 (RFC 9864 section 2.2), which replaces EdDSA.
    fn algorithm(&self) -> Algorithm {
        Algorithm::Ed25519
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.verify(message, signature)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(…)")
    }
}

/// A private key in memory, erased when dropped.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key of a 32-byte seed (RFC 8032 section 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs; the same message has the same signature.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}
