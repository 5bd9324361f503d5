//! Keys and signatures as phones' key stores have them.

use crate::{WalletError, closed};
use p256::ecdsa::Signature;
use schemas::{
    Error,
    crypto::{Es256Signature, P256Point},
};
use wallet_core::{KeyHandle, OrderedKey};

/// A key that the app has made in the phone's key store, on P-256, for this one copy.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct MadeKey {
    /// What the key store calls it, 1 to 64 bytes. It should tell nothing: 16 random bytes do.
    pub handle: Vec<u8>,
    /// Its public point, in 33 or 65 bytes (SEC 1, also called X9.63).
    pub public: Vec<u8>,
}

/// Bytes to sign with a key: ES256, which hashes them with SHA-256 itself.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct SigningRequest {
    /// The key's handle.
    pub key: Vec<u8>,
    /// The bytes.
    pub bytes: Vec<u8>,
}

closed!(MadeKey, SigningRequest);

/// The 64 bytes of a signature that a key store gave in DER, as Android's and Apple's Security framework do.
///
/// # Errors
/// [`WalletError`] with `signing-failed` when it is no such signature.
#[uniffi::export]
pub fn raw_signature(der: Vec<u8>) -> Result<Vec<u8>, WalletError> {
    let signature = Signature::from_der(&der).map_err(|_| Error::SigningFailed)?;
    Ok(signature.to_bytes().to_vec())
}

impl MadeKey {
    pub(crate) fn read(&self) -> Result<OrderedKey, WalletError> {
        Ok(OrderedKey {
            handle: KeyHandle::new(&self.handle)?,
            public: P256Point::from_sec1(&self.public)?,
        })
    }
}

/// r and s, 32 bytes each.
pub(crate) fn signature(bytes: &[u8]) -> Result<Es256Signature, WalletError> {
    let bytes = bytes.try_into().map_err(|_| Error::SigningFailed)?;
    Ok(Es256Signature(bytes))
}

pub(crate) fn handles<'a>(handles: impl IntoIterator<Item = &'a KeyHandle>) -> Vec<Vec<u8>> {
    let bytes = handles.into_iter().map(|handle| handle.as_bytes().to_vec());
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::crypto::{Crypto, SigningKey as _, aws_lc::AwsLc, p256::SigningKey};

    #[test]
    fn a_signature_in_der_is_the_same_signature() {
        let key = SigningKey::from_scalar(&[9; 32]).unwrap();
        let public = AwsLc.es256(&key.public()).unwrap();
        for message in [&b"a"[..], b"b", b"c"] {
            let raw = key.sign(message).unwrap();
            let der = Signature::from_slice(&raw.0).unwrap().to_der();
            let again = raw_signature(der.as_bytes().to_vec()).unwrap();
            assert_eq!(again, raw.0);
            assert_eq!(public.verify(message, &again), Ok(()));
        }
        for other in [vec![0x30; 64], Vec::new()] {
            let WalletError::Refused { code, .. } = raw_signature(other).unwrap_err();
            assert_eq!(code, "signing-failed");
        }
        assert!(signature(&[0; 63]).is_err());
    }
}
