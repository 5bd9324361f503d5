//! `p256`: what the browser verifies with, and the deterministic signatures (RFC 6979) of test vectors.

use super::{Crypto, Es256Signature, P256Point, VerifyingKey};
use crate::Error;
use coset::iana::Algorithm;
use p256::ecdsa::{
    Signature,
    signature::{Signer, Verifier},
};

/// Signature verification by `p256`. Has no RSA.
#[derive(Clone, Copy, Debug)]
pub struct P256;

impl Crypto for P256 {
    fn es256(&self, point: &P256Point) -> Result<Box<dyn VerifyingKey>, Error> {
        let key =
            p256::ecdsa::VerifyingKey::from_sec1_bytes(point.as_bytes()).map_err(|_| Error::KeyMalformed)?;
        Ok(Box::new(Key(key)))
    }

    fn ps256(&self, _modulus: &[u8], _exponent: &[u8]) -> Result<Box<dyn VerifyingKey>, Error> {
        Err(Error::AlgorithmUnsupported)
    }
}

struct Key(p256::ecdsa::VerifyingKey);

impl VerifyingKey for Key {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let signature = Signature::from_slice(signature).map_err(|_| Error::SignatureInvalid)?;
        self.0
            .verify(message, &signature)
            .map_err(|_| Error::SignatureInvalid)
    }
}

/// An ES256 private key in memory that signs deterministically.
pub struct SigningKey(p256::ecdsa::SigningKey);

impl SigningKey {
    /// A key from its 32-byte scalar, big-endian.
    ///
    /// # Errors
    /// [`Error::KeyMalformed`] when the scalar is zero or not below the group order.
    pub fn from_scalar(scalar: &[u8; 32]) -> Result<Self, Error> {
        p256::ecdsa::SigningKey::from_slice(scalar)
            .map(Self)
            .map_err(|_| Error::KeyMalformed)
    }
}

impl super::SigningKey for SigningKey {
    fn public(&self) -> P256Point {
        let point = self.0.verifying_key().to_sec1_point(true);
        P256Point::from_sec1(point.as_bytes()).expect("a compressed point has 33 bytes")
    }

    fn sign(&self, message: &[u8]) -> Result<Es256Signature, Error> {
        let signature: Signature = self.0.try_sign(message).map_err(|_| Error::SigningFailed)?;
        Ok(Es256Signature(signature.to_bytes().into()))
    }
}
