//! A certificate whose signature was not checked.

use super::{
    Certificate, Claims, Reading,
    claims::{self, Payload},
};
use crate::{
    BatchProof, Commitment, Error, Shape,
    cbor::Lengths,
    cose::{Sign1, algorithm_of},
    key_id::KeyId,
};
use coset::iana::Algorithm;

/// A COSE_Sign1 of which the header can be read, to find the key. Its claims cannot:
///
/// ```compile_fail
/// fn read(decoded: schemas::hcert::Decoded) {
///     decoded.claims();
/// }
/// ```
#[derive(Clone)]
pub struct Decoded {
    pub(super) sign1: Sign1,
    pub(super) reading: Reading,
    pub(super) signed_bytes: Vec<u8>,
    algorithm: Algorithm,
}

impl Decoded {
    /// Reads a COSE_Sign1 that came by another way than a QR code.
    ///
    /// # Errors
    /// The `Cbor…` variants, [`Error::TooLong`], [`Error::CoseMalformed`] and [`Error::AlgorithmUnsupported`].
    pub fn from_cose(bytes: &[u8], reading: Reading) -> Result<Self, Error> {
        let sign1 = Sign1::decode(bytes, Lengths::Any)?;
        let algorithm = match reading {
            Reading::Strict => sign1.algorithm(),
            Reading::Lenient => sign1.algorithm().or(algorithm_of(sign1.unprotected())),
        };
        let accepted = |algorithm: &Algorithm| matches!(algorithm, Algorithm::ES256 | Algorithm::PS256);
        Ok(Self {
            algorithm: algorithm.filter(accepted).ok_or(Error::AlgorithmUnsupported)?,
            signed_bytes: sign1.signed_bytes()?,
            sign1,
            reading,
        })
    }

    /// The identifier of the key to look for; the protected one wins. `None` also when it is not one that a certificate
    /// can have.
    #[must_use]
    pub fn key_id(&self) -> Option<KeyId> {
        KeyId::try_from(self.sign1.key_id()?).ok()
    }

    /// The algorithm that the key must be for.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The leaf of the ledger that this certificate would be.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        Commitment::to(Shape::Hcert, &self.signed_bytes)
    }

    /// The proof that stands beside the signature, if there is one; it is not signed, and proves itself or nothing.
    ///
    /// # Errors
    /// [`Error::ProofMalformed`].
    pub fn proof(&self) -> Result<Option<BatchProof>, Error> {
        BatchProof::find_in(self.sign1.unprotected())
    }

    /// The structure as received, with the proof.
    #[must_use]
    pub fn sign1(&self) -> &Sign1 {
        &self.sign1
    }

    /// The claims around the certificate. Nobody vouches for them.
    ///
    /// # Errors
    /// The `Cbor…` variants, [`Error::HcertMalformed`] and [`Error::PlaceMalformed`].
    pub fn unverified_claims(&self) -> Result<Claims, Error> {
        Ok(self.unverified_payload()?.claims)
    }

    /// The certificate, for a wallet that shows its holder what it was given. Nobody vouches for it.
    ///
    /// # Errors
    /// As [`unverified_claims`](Self::unverified_claims).
    pub fn unverified_certificate(&self) -> Result<Certificate, Error> {
        self.unverified_payload()?.certificate
    }

    pub(super) fn unverified_payload(&self) -> Result<Payload, Error> {
        claims::read(self.sign1.unverified_payload()?, self.reading)
    }

    /// The certificate as JSON, with every field that was written. Nobody vouches for it.
    ///
    /// # Errors
    /// As [`unverified_claims`](Self::unverified_claims), and [`Error::JsonMalformed`] for what JSON cannot hold.
    pub fn unverified_json(&self) -> Result<serde_json::Value, Error> {
        claims::json(self.sign1.unverified_payload()?)
    }
}
