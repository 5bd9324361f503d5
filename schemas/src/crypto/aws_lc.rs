//! `aws-lc-rs`: what native code signs and verifies with.

use super::{Crypto, Es256Signature, P256Point, VerifyingKey};
use crate::Error;
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
        RSA_PSS_2048_8192_SHA256,
    },
};
use coset::iana::Algorithm;
use zeroize::Zeroizing;

/// Signature verification by `aws-lc-rs`.
#[derive(Clone, Copy, Debug)]
pub struct AwsLc;

impl Crypto for AwsLc {
    fn es256(&self, point: &P256Point) -> Result<Box<dyn VerifyingKey>, Error> {
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.as_bytes())
            .map_err(|_| Error::KeyMalformed)?;
        Ok(Box::new(Es256Key(key)))
    }

    fn ps256(&self, modulus: &[u8], exponent: &[u8]) -> Result<Box<dyn VerifyingKey>, Error> {
        if modulus.is_empty() || exponent.is_empty() {
            return Err(Error::KeyMalformed);
        }
        Ok(Box::new(Ps256Key(PublicKeyComponents {
            n: modulus.to_vec(),
            e: exponent.to_vec(),
        })))
    }
}

struct Es256Key(ParsedPublicKey);

impl VerifyingKey for Es256Key {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.0
            .verify_sig(message, signature)
            .map_err(|_| Error::SignatureInvalid)
    }
}

struct Ps256Key(PublicKeyComponents<Vec<u8>>);

impl VerifyingKey for Ps256Key {
    fn algorithm(&self) -> Algorithm {
        Algorithm::PS256
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.0
            .verify(&RSA_PSS_2048_8192_SHA256, message, signature)
            .map_err(|_| Error::SignatureInvalid)
    }
}

/// An ES256 private key in memory. Draws its nonces from the operating system.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    public: P256Point,
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    /// [`Error::SigningFailed`] when the operating system gives no randomness.
    pub fn generate() -> Result<Self, Error> {
        let pair =
            EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| Error::SigningFailed)?;
        Self::from_pair(pair)
    }

    /// Reads what [`to_pkcs8`](Self::to_pkcs8) wrote.
    ///
    /// # Errors
    /// [`Error::KeyMalformed`].
    pub fn from_pkcs8(document: &[u8]) -> Result<Self, Error> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document);
        Self::from_pair(pair.map_err(|_| Error::KeyMalformed)?)
    }

    /// The key in PKCS #8 (RFC 5958), for the key store alone.
    ///
    /// # Errors
    /// [`Error::SigningFailed`] when the key cannot be written.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let document = self.pair.to_pkcs8v1().map_err(|_| Error::SigningFailed)?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    fn from_pair(pair: EcdsaKeyPair) -> Result<Self, Error> {
        let public = P256Point::from_sec1(pair.public_key().as_ref())?;
        Ok(Self {
            pair,
            random: SystemRandom::new(),
            public,
        })
    }
}

impl super::SigningKey for SigningKey {
    fn public(&self) -> P256Point {
        self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Es256Signature, Error> {
        let signature = self
            .pair
            .sign(&self.random, message)
            .map_err(|_| Error::SigningFailed)?;
        signature
            .as_ref()
            .try_into()
            .map(Es256Signature)
            .map_err(|_| Error::SigningFailed)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::SigningKey as _, *};

    #[test]
    fn a_key_survives_its_store() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(key.public(), again.public());
        assert_eq!(
            SigningKey::from_pkcs8(b"not a key").err(),
            Some(Error::KeyMalformed)
        );
    }
}
