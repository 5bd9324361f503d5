//! The issuer's signature as a request and an answer (section "SD-CWT Issuance").

use super::{Redacted, SD_CWT_TYPES, SHA_256, SdCwt, envelope, header, times::Times};
use crate::{Error, cbor::Item};
use coset::iana::{Algorithm, EnumI64};

/// An SD-CWT that lacks its signature: the holder of the issuer's key signs [`bytes`](Self::bytes) and answers to
/// [`signed`](Self::signed).
#[derive(Clone)]
pub struct ToBeIssued {
    protected_bytes: Vec<u8>,
    payload_bytes: Vec<u8>,
    redacted: Redacted,
}

impl ToBeIssued {
    /// A token with the protected header `{alg, kid, typ, sd_alg}`.
    ///
    /// # Errors
    /// [`Error::SdCwtTimesContradict`], [`Error::SdCwtMalformed`] when a time is not a number.
    pub fn new(redacted: Redacted, algorithm: Algorithm, key_id: &[u8]) -> Result<Self, Error> {
        Times::read(&redacted.claims, Error::SdCwtMalformed)?.check_issuers()?;
        let int = |label: i64, value: i64| (Item::Int(label.into()), Item::Int(value.into()));
        let protected = Item::Map(vec![
            int(header::ALGORITHM, algorithm.to_i64()),
            (Item::Int(header::KEY_ID.into()), Item::bytes(key_id)),
            int(header::TYPE, SD_CWT_TYPES.0),
            int(header::SD_ALGORITHM, SHA_256),
        ]);
        Ok(Self {
            protected_bytes: protected.encode(),
            payload_bytes: redacted.claims.encode(),
            redacted,
        })
    }

    /// The bytes to sign.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        envelope::signed_bytes(&self.protected_bytes, &self.payload_bytes)
    }

    /// The token with all its disclosures. `signature` is in the form of the algorithm (RFC 9053 section 2).
    ///
    /// # Errors
    /// As [`SdCwt::decode`]: the token is read as any other would be.
    pub fn signed(self, signature: &[u8]) -> Result<SdCwt, Error> {
        let listed: Vec<_> = self
            .redacted
            .disclosures
            .iter()
            .map(|d| Item::bytes(d.bytes()))
            .collect();
        let entry = (Item::Int(header::SD_CLAIMS.into()), Item::Array(listed));
        let unprotected = if self.redacted.disclosures.is_empty() {
            vec![]
        } else {
            vec![entry]
        };
        SdCwt::open(envelope::seal(
            &self.protected_bytes,
            Item::Map(unprotected),
            &self.payload_bytes,
            signature,
        ))
    }
}
