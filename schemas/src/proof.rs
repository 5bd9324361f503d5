//! The 8 sibling hashes that lead from a commitment to its batch's root (`schemas/spec/place-and-proof.md`).
//!
//! These are only the bytes; the root is computed in `ledger::batch`.

use crate::{Error, Hash};
use coset::{Header, Label, cbor::Value};

/// The label of the proof in the unprotected header of a COSE_Sign1 (RFC 9052 section 3.1: integers below -65536
/// are for private use).
pub const PROOF_HEADER: i64 = -65_537;

/// Siblings on the way up a batch tree: a batch has 2⁸ leaves.
pub const PROOF_HASHES: usize = 8;

/// The length of a proof in bytes.
pub const PROOF_BYTES: usize = PROOF_HASHES * 32;

/// The sibling hashes from the leaf's own level (first) up to the root's children (last). Nothing is proven until the
/// root that they lead to is found on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchProof(pub [Hash; PROOF_HASHES]);

impl BatchProof {
    /// The hashes, one after the other.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; PROOF_BYTES] {
        let mut bytes = [0; PROOF_BYTES];
        for (chunk, hash) in bytes.chunks_exact_mut(32).zip(&self.0) {
            chunk.copy_from_slice(hash.as_bytes());
        }
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// [`Error::ProofMalformed`] unless there are exactly 256 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let bytes: &[u8; PROOF_BYTES] = bytes.try_into().map_err(|_| Error::ProofMalformed)?;
        let mut hashes = [Hash([0; 32]); PROOF_HASHES];
        for (hash, chunk) in hashes.iter_mut().zip(bytes.chunks_exact(32)) {
            hash.0.copy_from_slice(chunk);
        }
        Ok(Self(hashes))
    }

    /// Puts the proof into an unprotected header, in place of any that is there.
    pub fn insert_into(&self, unprotected: &mut Header) {
        remove_from(unprotected);
        let value = Value::Bytes(self.to_bytes().to_vec());
        unprotected.rest.push((Label::Int(PROOF_HEADER), value));
    }

    /// The proof in an unprotected header, if there is one.
    ///
    /// # Errors
    /// [`Error::ProofMalformed`] when the header is there and is not a byte string of 256 bytes.
    pub fn find_in(unprotected: &Header) -> Result<Option<Self>, Error> {
        let found = unprotected
            .rest
            .iter()
            .find(|(label, _)| *label == Label::Int(PROOF_HEADER));
        let Some((_, value)) = found else { return Ok(None) };
        let bytes = value.as_bytes().ok_or(Error::ProofMalformed)?;
        Self::from_bytes(bytes).map(Some)
    }
}

/// Takes any proof out of an unprotected header, as for a verifier that does not bear unknown labels.
pub fn remove_from(unprotected: &mut Header) {
    unprotected
        .rest
        .retain(|(label, _)| *label != Label::Int(PROOF_HEADER));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_what_it_writes(bytes in prop::collection::vec(any::<u8>(), PROOF_BYTES)) {
            let proof = BatchProof::from_bytes(&bytes).unwrap();
            prop_assert_eq!(&proof.to_bytes()[..], &bytes[..]);
            let mut header = Header::default();
            proof.insert_into(&mut header);
            proof.insert_into(&mut header);
            prop_assert_eq!(header.rest.len(), 1);
            prop_assert_eq!(BatchProof::find_in(&header), Ok(Some(proof)));
            remove_from(&mut header);
            prop_assert_eq!(BatchProof::find_in(&header), Ok(None));
        }

        #[test]
        fn only_its_length_is_read(bytes: Vec<u8>) {
            prop_assert_eq!(BatchProof::from_bytes(&bytes).is_ok(), bytes.len() == PROOF_BYTES);
        }
    }

    #[test]
    fn another_type_is_refused() {
        let mut header = Header::default();
        header.rest.push((Label::Int(PROOF_HEADER), Value::Null));
        assert_eq!(BatchProof::find_in(&header), Err(Error::ProofMalformed));
    }
}
