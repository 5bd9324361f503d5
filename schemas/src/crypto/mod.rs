//! Signatures behind small traits, so that native code uses `aws-lc-rs`, the browser `p256`, and an HSM whatever it has.

#[cfg(not(target_family = "wasm"))]
pub mod aws_lc;
pub mod ml_dsa;
#[cfg(any(feature = "p256", target_family = "wasm"))]
pub mod p256;

use crate::Error;
use core::fmt;
use coset::iana::Algorithm;

/// An ES256 signature: r and s, 32 bytes each, big-endian (RFC 9053 section 2.1).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Es256Signature(pub [u8; 64]);

/// A P-256 public key as 33 bytes, compressed (SEC 1 section 2.3.3). Not yet known to lie on the curve.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct P256Point([u8; 33]);

impl P256Point {
    /// Reads a compressed (33 bytes) or uncompressed (65 bytes) point.
    ///
    /// # Errors
    /// [`Error::KeyMalformed`] for any other form.
    pub fn from_sec1(bytes: &[u8]) -> Result<Self, Error> {
        match bytes {
            [2 | 3, ..] => bytes.try_into().map(Self).map_err(|_| Error::KeyMalformed),
            [4, coordinates @ ..] if coordinates.len() == 64 => {
                let mut compressed = [0; 33];
                compressed[0] = 2 | (coordinates[63] & 1);
                compressed[1..].copy_from_slice(&coordinates[..32]);
                Ok(Self(compressed))
            }
            _ => Err(Error::KeyMalformed),
        }
    }

    /// The compressed form.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 33] {
        &self.0
    }
}

impl fmt::Debug for P256Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P256Point(…)")
    }
}

impl fmt::Debug for Es256Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Es256Signature(…)")
    }
}

/// A public key that was parsed once and verifies many times.
pub trait VerifyingKey: Send + Sync {
    /// The one algorithm this key is for.
    fn algorithm(&self) -> Algorithm;

    /// Checks `signature` over `message`.
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`], also for a signature of the wrong length.
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error>;
}

/// An implementation of signature verification.
pub trait Crypto: Send + Sync {
    /// An ES256 key.
    ///
    /// # Errors
    /// [`Error::KeyMalformed`] when the point does not lie on the curve.
    fn es256(&self, point: &P256Point) -> Result<Box<dyn VerifyingKey>, Error>;

    /// A PS256 key (RFC 8230 section 2) from an RSA modulus and exponent, big-endian.
    ///
    /// # Errors
    /// [`Error::KeyMalformed`], or [`Error::AlgorithmUnsupported`] where the implementation has no RSA.
    fn ps256(&self, modulus: &[u8], exponent: &[u8]) -> Result<Box<dyn VerifyingKey>, Error>;
}

/// An ES256 private key, wherever it lives.
pub trait SigningKey: Send + Sync {
    /// The public key.
    fn public(&self) -> P256Point;

    /// Signs `message`.
    ///
    /// # Errors
    /// [`Error::SigningFailed`] when the key store does not answer.
    fn sign(&self, message: &[u8]) -> Result<Es256Signature, Error>;
}

#[cfg(all(test, feature = "p256"))]
mod tests {
    use super::{aws_lc::AwsLc, p256::P256, *};

    #[test]
    fn both_implementations_agree() {
        let ours = p256::SigningKey::from_scalar(&[9; 32]).unwrap();
        let theirs = aws_lc::SigningKey::generate().unwrap();
        let keys: [&dyn SigningKey; 2] = [&ours, &theirs];
        for key in keys {
            let signature = key.sign(b"message").unwrap();
            for crypto in [&AwsLc as &dyn Crypto, &P256] {
                let public = crypto.es256(&key.public()).unwrap();
                assert_eq!(public.verify(b"message", &signature.0), Ok(()));
                assert_eq!(
                    public.verify(b"massage", &signature.0),
                    Err(Error::SignatureInvalid)
                );
                assert_eq!(
                    public.verify(b"message", &signature.0[..63]),
                    Err(Error::SignatureInvalid)
                );
                assert_eq!(public.verify(b"message", &[0; 64]), Err(Error::SignatureInvalid));
            }
        }
    }

    #[test]
    fn both_refuse_what_is_not_on_the_curve() {
        // x = 0 has no square root; x = 5 has one.
        for (x, expected) in [(1u8, false), (5, true)] {
            let mut bytes = [0; 33];
            bytes[0] = 2;
            bytes[32] = x;
            let point = P256Point::from_sec1(&bytes).unwrap();
            assert_eq!(P256.es256(&point).is_ok(), AwsLc.es256(&point).is_ok());
            assert_eq!(P256.es256(&point).is_ok(), expected, "x = {x}");
        }
        assert_eq!(
            P256Point::from_sec1(&[2; 32]).unwrap_err().code(),
            "key-malformed"
        );
        assert_eq!(
            P256Point::from_sec1(&[0; 33]).unwrap_err().code(),
            "key-malformed"
        );
    }
}
