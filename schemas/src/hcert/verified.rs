//! A certificate whose signature held.

use super::{
    Certificate, Claims, Decoded, EntryKind,
    claims::{self, Payload},
};
use crate::{BatchProof, Commitment, Error, crypto::VerifyingKey};
use serde_json::Value;

/// Claims that the holder of a key signed. Only [`Decoded::verify`] makes one. Whether that key is trusted, and whether
/// the claims are accepted, is not said here.
pub struct Verified {
    decoded: Decoded,
    payload: Payload,
}

impl Decoded {
    /// Checks the signature with each candidate until one holds, and says which. Key identifiers have 8 bytes, so all
    /// keys that share one are candidates (HCERT specification 1.0.1, "Key Identifier").
    ///
    /// # Errors
    /// Without a candidate [`Error::KeyUnknown`], else the last candidate's [`Error::AlgorithmUnsupported`] or
    /// [`Error::SignatureInvalid`]; [`Error::CoseMalformed`] for a critical header; for claims that cannot be read the `Cbor…` variants, [`Error::HcertMalformed`] and
    /// [`Error::PlaceMalformed`].
    pub fn verify<'k>(
        self,
        candidates: impl IntoIterator<Item = &'k dyn VerifyingKey>,
    ) -> Result<(Verified, usize), Error> {
        let (signed, index) = self.verify_signature(candidates)?;
        Ok((signed.read()?, index))
    }

    /// The same, and what was signed is not read yet.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), but for those of claims.
    pub fn verify_signature<'k>(
        self,
        candidates: impl IntoIterator<Item = &'k dyn VerifyingKey>,
    ) -> Result<(Signed, usize), Error> {
        let mut refusal = Error::KeyUnknown;
        for (index, key) in candidates.into_iter().enumerate() {
            match self
                .sign1
                .verify_bytes(&self.signed_bytes, Some(self.algorithm()), key)
            {
                Ok(()) => return Ok((Signed(self), index)),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }
}

/// A certificate whose signature held, and of which nothing was read. The signature comes first: nothing that was not
/// signed is parsed (HCERT specification 1.0.1, "Input Data Validation"). Only [`Decoded::verify_signature`] makes one.
pub struct Signed(Decoded);

impl Signed {
    /// Reads what was signed.
    ///
    /// # Errors
    /// The `Cbor…` variants, [`Error::HcertMalformed`] and [`Error::PlaceMalformed`].
    pub fn read(self) -> Result<Verified, Error> {
        let decoded = self.0;
        let payload = decoded.unverified_payload()?;
        Ok(Verified { decoded, payload })
    }

    /// Reads what was signed, and the certificate as JSON too, with every field that the issuer wrote, for rules to look
    /// at; [`Error::JsonMalformed`] in its place for what JSON cannot hold.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_for_rules(self) -> Result<(Verified, Result<Value, Error>), Error> {
        let decoded = self.0;
        let (payload, json) = claims::read_with_json(decoded.sign1().unverified_payload()?, decoded.reading)?;
        Ok((Verified { decoded, payload }, json))
    }
}

impl Verified {
    /// The claims around the certificate.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.payload.claims
    }

    /// Which kind of entry the certificate has, known even when the entry is not as the mode demands.
    ///
    /// # Errors
    /// [`Error::HcertMalformed`] when it has none, or entries of several kinds.
    pub fn kind(&self) -> Result<EntryKind, Error> {
        self.payload.kind.clone()
    }

    /// The certificate.
    ///
    /// # Errors
    /// [`Error::HcertMalformed`]: signed, but not as the mode demands.
    pub fn certificate(&self) -> Result<&Certificate, Error> {
        self.payload.certificate.as_ref().map_err(Clone::clone)
    }

    /// The leaf of the ledger that this certificate is, if it is anchored.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        self.decoded.commitment()
    }

    /// The proof that stands beside the signature; not signed.
    ///
    /// # Errors
    /// [`Error::ProofMalformed`].
    pub fn proof(&self) -> Result<Option<BatchProof>, Error> {
        self.decoded.proof()
    }

    /// The structure as received.
    #[must_use]
    pub fn decoded(&self) -> &Decoded {
        &self.decoded
    }
}
