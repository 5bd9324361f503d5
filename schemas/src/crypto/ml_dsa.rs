//! ML-DSA-44 (FIPS 204) with the empty context: signatures that a quantum computer does not forge.
//!
//! One implementation everywhere, the browser included (8 kB of its module): nothing here is on the path of a scan. Tests
//! hold it against aws-lc-rs.

use crate::Error;
use core::fmt;
use coset::iana::Algorithm;
use ml_dsa::{
    EncodedVerifyingKey, MlDsa44, Signature,
    signature::{Keypair as _, SignatureEncoding as _, Signer as _, Verifier as _},
};

/// Bytes of a public key (FIPS 204 table 2).
pub const PUBLIC_KEY_BYTES: usize = 1_312;
/// Bytes of a signature (FIPS 204 table 2).
pub const SIGNATURE_BYTES: usize = 2_420;

/// A public key. Any bytes of the right length are one (FIPS 204 algorithm 23).
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(Box<EncodedVerifyingKey<MlDsa44>>);

impl PublicKey {
    /// Reads a key.
    ///
    /// # Errors
    /// [`Error::KeyMalformed`] for another length than [`PUBLIC_KEY_BYTES`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let key = bytes.try_into().map_err(|_| Error::KeyMalformed)?;
        Ok(Self(Box::new(key)))
    }

    /// The [`PUBLIC_KEY_BYTES`] bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Checks a signature.
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`], also for another length than [`SIGNATURE_BYTES`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let signature = Signature::<MlDsa44>::try_from(signature).map_err(|_| Error::SignatureInvalid)?;
        // The matrix behind a key takes 16 kB, and keys are used once a minute: it is not kept.
        let key = ml_dsa::VerifyingKey::<MlDsa44>::decode(&self.0);
        let verified = key.verify(message, &signature);
        verified.map_err(|_| Error::SignatureInvalid)
    }
}

impl super::VerifyingKey for PublicKey {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ML_DSA_44
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
pub struct SecretKey(Box<ml_dsa::SigningKey<MlDsa44>>);

impl SecretKey {
    /// The key of a 32-byte seed (FIPS 204 algorithm 6).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Box::new(ml_dsa::SigningKey::from_seed(seed.into())))
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(Box::new(self.0.verifying_key().encode()))
    }

    /// Signs; the same message has the same signature (the deterministic variant of FIPS 204 section 3.4).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).to_vec()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{KeyPair as _, ML_DSA_44, ML_DSA_44_SIGNING, PqdsaKeyPair, UnparsedPublicKey};

    #[test]
    fn a_second_implementation_agrees() {
        let ours = SecretKey::from_seed(&[4; 32]);
        let theirs = PqdsaKeyPair::from_seed(&ML_DSA_44_SIGNING, &[4; 32]).unwrap();
        assert_eq!(ours.public().as_bytes(), theirs.public_key().as_ref());

        let signature = ours.sign(b"message");
        assert_eq!(signature.len(), SIGNATURE_BYTES);
        let public = UnparsedPublicKey::new(&ML_DSA_44, ours.public().as_bytes().to_vec());
        assert!(public.verify(b"message", &signature).is_ok());
        assert!(public.verify(b"massage", &signature).is_err());

        let mut signature = vec![0; SIGNATURE_BYTES];
        theirs.sign(b"message", &mut signature).unwrap();
        assert_eq!(ours.public().verify(b"message", &signature), Ok(()));
        let refused = Err(Error::SignatureInvalid);
        assert_eq!(ours.public().verify(b"massage", &signature), refused);
        assert_eq!(ours.public().verify(b"message", &signature[1..]), refused);
        for at in [0, 40, 2_300, SIGNATURE_BYTES - 1] {
            signature[at] ^= 1;
            assert_eq!(ours.public().verify(b"message", &signature), refused, "byte {at}");
            signature[at] ^= 1;
        }
    }

    #[test]
    fn a_key_has_one_length() {
        let key = SecretKey::from_seed(&[4; 32]).public();
        assert_eq!(PublicKey::from_bytes(key.as_bytes()), Ok(key.clone()));
        assert_eq!(
            PublicKey::from_bytes(&key.as_bytes()[1..]),
            Err(Error::KeyMalformed)
        );
    }
}
