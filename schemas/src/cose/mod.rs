//! COSE_Sign1 (RFC 9052 section 4.2): signed bytes are kept as received, and signing is a request and an answer.

mod header;

use crate::{
    Error,
    cbor::{self, Item, Lengths},
    crypto::{Es256Signature, VerifyingKey},
};
use coset::{
    CborSerializable, CoseSign1, Header, ProtectedHeader, RegisteredLabelWithPrivate, TaggedCborSerializable,
    iana::Algorithm,
};

/// CBOR tag of a COSE_Sign1.
const COSE_SIGN1_TAG: u64 = CoseSign1::TAG;
/// CBOR tag of a CWT (RFC 8392 section 6).
const CWT_TAG: u64 = 61;

/// A COSE_Sign1 whose signature was not checked.
#[derive(Clone)]
pub struct Sign1 {
    /// The protected header keeps its bytes as received.
    inner: CoseSign1,
}

impl Sign1 {
    /// Reads a COSE_Sign1 with tag 18, without a tag, or as a CWT with tags 61 and 18.
    ///
    /// # Errors
    /// The `Cbor…` variants, [`Error::TooLong`] and [`Error::CoseMalformed`].
    pub fn decode(bytes: &[u8], lengths: Lengths) -> Result<Self, Error> {
        Self::decode_within(bytes, lengths, cbor::MAX_BYTES)
    }

    /// Reads a COSE_Sign1 of at most `limit` bytes, for formats that are longer than most.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_within(bytes: &[u8], lengths: Lengths, limit: usize) -> Result<Self, Error> {
        let untagged = match cbor::read_within(bytes, lengths, limit)? {
            Item::Tag(CWT_TAG, inner) => match *inner {
                Item::Tag(COSE_SIGN1_TAG, inner) => *inner,
                _ => return Err(Error::CoseMalformed("tag 61 without tag 18")),
            },
            Item::Tag(COSE_SIGN1_TAG, inner) => *inner,
            untagged => untagged,
        };
        let elements = match untagged {
            Item::Array(elements) => <[Item<'_>; 4]>::try_from(elements).ok(),
            _ => None,
        };
        let Some(
            [
                Item::Bytes(protected),
                unprotected,
                payload,
                Item::Bytes(signature),
            ],
        ) = elements
        else {
            return Err(Error::CoseMalformed("not an array of four"));
        };
        let payload = match payload {
            Item::Bytes(payload) => Some(payload.into_owned()),
            cbor::NULL => None,
            _ => return Err(Error::CoseMalformed("the payload is neither bytes nor null")),
        };
        let header = match protected.is_empty() {
            true => Header::default(),
            false => header::from_item(cbor::read(&protected, lengths)?)?,
        };
        Ok(Self {
            inner: CoseSign1 {
                protected: ProtectedHeader {
                    original_data: Some(protected.to_vec()),
                    header,
                },
                unprotected: header::from_item(unprotected)?,
                payload,
                signature: signature.into_owned(),
            },
        })
    }

    /// The protected header.
    #[must_use]
    pub fn protected(&self) -> &Header {
        &self.inner.protected.header
    }

    /// The unprotected header: anybody could have changed it.
    #[must_use]
    pub fn unprotected(&self) -> &Header {
        &self.inner.unprotected
    }

    /// The unprotected header, to add or take out what is not signed.
    pub fn unprotected_mut(&mut self) -> &mut Header {
        &mut self.inner.unprotected
    }

    /// The payload, unless it is detached.
    ///
    /// # Errors
    /// [`Error::CoseMalformed`] when there is none.
    pub fn unverified_payload(&self) -> Result<&[u8], Error> {
        self.inner
            .payload
            .as_deref()
            .ok_or(Error::CoseMalformed("no payload"))
    }

    /// The signature's bytes.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.inner.signature
    }

    /// The algorithm that the protected header names. The unprotected header has no say, since anybody could set it.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        algorithm_of(self.protected())
    }

    /// The key identifier; the protected one wins.
    #[must_use]
    pub fn key_id(&self) -> Option<&[u8]> {
        let of = |header: &'_ Header| !header.key_id.is_empty();
        [self.protected(), self.unprotected()]
            .into_iter()
            .find(|h| of(h))
            .map(|h| &*h.key_id)
    }

    /// The Sig_structure over the protected bytes as received, with `payload` (RFC 9052 section 4.4).
    #[must_use]
    pub fn signed_bytes_over(&self, payload: &[u8]) -> Vec<u8> {
        sig_structure(self.protected_bytes(), payload)
    }

    /// The Sig_structure over the protected bytes and the payload as received (RFC 9052 section 4.4).
    ///
    /// # Errors
    /// [`Error::CoseMalformed`] when the payload is detached.
    pub fn signed_bytes(&self) -> Result<Vec<u8>, Error> {
        Ok(self.signed_bytes_over(self.unverified_payload()?))
    }

    fn protected_bytes(&self) -> &[u8] {
        self.inner.protected.original_data.as_deref().unwrap_or_default()
    }

    /// Checks the signature over the attached payload.
    ///
    /// # Errors
    /// [`Error::AlgorithmUnsupported`] when the protected algorithm is not the key's, [`Error::SignatureInvalid`], and
    /// [`Error::CoseMalformed`] when the issuer says that a header must be understood: none beyond the usual is known
    /// here (RFC 9052 section 3.1, `crit`).
    pub fn verify(&self, key: &dyn VerifyingKey) -> Result<(), Error> {
        self.verify_bytes(&self.signed_bytes()?, self.algorithm(), key)
    }

    /// Checks the signature over a payload that is detached, and that the verifier has from elsewhere.
    ///
    /// # Errors
    /// As [`verify`](Self::verify); [`Error::CoseMalformed`] when there is a payload, which could be another one.
    pub fn verify_detached(&self, payload: &[u8], key: &dyn VerifyingKey) -> Result<(), Error> {
        if self.inner.payload.is_some() {
            return Err(Error::CoseMalformed("the payload is not detached"));
        }
        self.verify_bytes(&self.signed_bytes_over(payload), self.algorithm(), key)
    }

    /// [`verify`](Self::verify) for a caller who has the signed bytes and settled the algorithm.
    pub(crate) fn verify_bytes(
        &self,
        signed_bytes: &[u8],
        algorithm: Option<Algorithm>,
        key: &dyn VerifyingKey,
    ) -> Result<(), Error> {
        if !self.protected().crit.is_empty() {
            return Err(Error::CoseMalformed("a critical header that is not known here"));
        }
        if algorithm != Some(key.algorithm()) {
            return Err(Error::AlgorithmUnsupported);
        }
        key.verify(signed_bytes, self.signature())
    }

    /// The encoding with tag 18.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.inner
            .clone()
            .to_tagged_vec()
            .expect("headers that were read or built can be written")
    }

    /// The encoding without a tag.
    #[must_use]
    pub fn encode_untagged(&self) -> Vec<u8> {
        self.inner
            .clone()
            .to_vec()
            .expect("headers that were read or built can be written")
    }
}

/// The registered algorithm that a header names.
#[must_use]
pub fn algorithm_of(header: &Header) -> Option<Algorithm> {
    match header.alg {
        Some(RegisteredLabelWithPrivate::Assigned(algorithm)) => Some(algorithm),
        _ => None,
    }
}

/// A request to sign: the holder of the key signs [`bytes`](Self::bytes) and answers to [`signed`](Self::signed).
#[derive(Clone)]
pub struct ToBeSigned {
    unsigned: Sign1,
}

impl ToBeSigned {
    /// A COSE_Sign1 that lacks its signature.
    #[must_use]
    pub fn new(protected: Header, unprotected: Header, payload: Vec<u8>) -> Self {
        let bytes = match protected.is_empty() {
            true => Vec::new(),
            false => protected
                .clone()
                .to_vec()
                .expect("headers that were built can be written"),
        };
        Self {
            unsigned: Sign1 {
                inner: CoseSign1 {
                    protected: ProtectedHeader {
                        original_data: Some(bytes),
                        header: protected,
                    },
                    unprotected,
                    payload: Some(payload),
                    signature: Vec::new(),
                },
            },
        }
    }

    /// The bytes to sign.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let payload = self.unsigned.inner.payload.as_deref();
        self.unsigned.signed_bytes_over(payload.unwrap_or_default())
    }

    /// The signed structure.
    #[must_use]
    pub fn signed(self, signature: Es256Signature) -> Sign1 {
        self.signed_with(&signature.0)
    }

    /// The signed structure, by a signature of any algorithm.
    #[must_use]
    pub fn signed_with(mut self, signature: &[u8]) -> Sign1 {
        self.unsigned.inner.signature = signature.to_vec();
        self.unsigned
    }

    /// The signed structure with its payload detached, by a signature of any algorithm.
    #[must_use]
    pub fn signed_detached(mut self, signature: &[u8]) -> Sign1 {
        self.unsigned.inner.signature = signature.to_vec();
        self.unsigned.inner.payload = None;
        self.unsigned
    }
}

/// `["Signature1", protected, external_aad = h'', payload]`
pub(crate) fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let elements = [
        Item::text("Signature1"),
        Item::bytes(protected),
        Item::bytes(&[]),
        Item::bytes(payload),
    ];
    Item::Array(elements.into()).encode()
}

#[cfg(test)]
mod tests {
    use super::*;
    use coset::HeaderBuilder;

    fn example() -> Sign1 {
        let protected = HeaderBuilder::new()
            .algorithm(Algorithm::ES256)
            .key_id(vec![1; 8])
            .build();
        ToBeSigned::new(protected, Header::default(), b"payload".to_vec()).signed(Es256Signature([7; 64]))
    }

    #[test]
    fn reads_every_tagging() {
        let untagged = example().encode_untagged();
        let tagged = example().encode();
        let cwt = [&[0xd8, 61][..], &tagged].concat();
        for bytes in [&untagged, &tagged, &cwt] {
            let read = Sign1::decode(bytes, Lengths::DefiniteOnly).unwrap();
            assert_eq!(read.encode(), tagged);
            assert_eq!(read.signed_bytes(), example().signed_bytes());
        }
        let only_cwt = [&[0xd8, 61][..], &untagged].concat();
        assert_eq!(
            Sign1::decode(&only_cwt, Lengths::Any).err().map(|e| e.code()),
            Some("cose-malformed")
        );
    }

    #[test]
    fn signs_the_protected_bytes_as_received() {
        // The header map {1: -7} in a longer encoding than the shortest.
        let bytes = hex::decode("8445a11801380640a04100").unwrap();
        assert!(Sign1::decode(&bytes, Lengths::Any).is_err());
        let bytes = hex::decode("8445a118013806a0410040").unwrap();
        let sign1 = Sign1::decode(&bytes, Lengths::Any).unwrap();
        assert_eq!(
            hex::encode(sign1.signed_bytes().unwrap()),
            "846a5369676e61747572653145a118013806404100"
        );
        assert_eq!(sign1.algorithm(), Some(Algorithm::ES256));
    }

    #[test]
    fn an_unprotected_algorithm_has_no_say() {
        let mut sign1 =
            ToBeSigned::new(Header::default(), Header::default(), vec![]).signed(Es256Signature([0; 64]));
        sign1.unprotected_mut().alg = Some(RegisteredLabelWithPrivate::Assigned(Algorithm::ES256));
        assert_eq!(sign1.algorithm(), None);
    }
}
