//! Proofs as COSE receipts (RFC 9942) over the tree RFC9162_SHA256: one of a credential in its batch, signed by the issuer,
//! and one of an entry in a log, signed by the log.
//!
//! A receipt is what others' tools read. It says less than a ledger view: no quorum stands behind its root.

use crate::{
    Error,
    batch::{BATCH_SLOTS, BatchTree},
    checkpoint::VerifiedCheckpoint,
    merkle::{
        ConsistencyProof, Consistent, Included, InclusionProof, LeafIndex, MAX_PROOF_HASHES, TreeHead,
        TreeSize,
    },
    note::SignerKey,
};
use coset::{Header, HeaderBuilder, Label, cbor::Value, iana::Algorithm};
use schemas::{
    Commitment, Hash, KeyId, Slot,
    cbor::{self, Item, Lengths},
    cose::{Sign1, ToBeSigned},
    crypto::VerifyingKey,
};

/// The head of CBOR tag 18, COSE_Sign1.
const TAG_18: u8 = 0xd2;
/// Header parameter `vds`, the kind of verifiable data structure (RFC 9942 section 2).
const VDS: i64 = 395;
/// Header parameter `vdp`, its proofs by their type (RFC 9942 section 2).
const VDP: i64 = 396;
/// RFC9162_SHA256 (RFC 9942 section 4.1).
const RFC9162_SHA256: i64 = 1;
/// The type of inclusion proofs in `vdp` (RFC 9942 section 4.2).
const INCLUSION: i64 = -1;
/// The type of consistency proofs in `vdp` (RFC 9942 section 4.2).
const CONSISTENCY: i64 = -2;
/// Header parameter for CWT claims (RFC 9597 section 2) and its claim `iss` (RFC 8392 section 4).
const CWT_CLAIMS: i64 = 15;
const ISSUER: i64 = 1;

/// A request to sign the receipt of what stands in a slot of a batch, with the issuer's ES256 key. The answer goes to
/// [`ToBeSigned::signed_detached`].
#[must_use]
pub fn for_slot(tree: &BatchTree, slot: Slot, issuer: &str, key_id: KeyId) -> ToBeSigned {
    let proof = InclusionProof(tree.proof(slot).0.to_vec());
    let head = TreeHead {
        size: TreeSize(BATCH_SLOTS as u64),
        root: tree.root(),
    };
    let protected = protected(Algorithm::ES256, issuer, &key_id.0);
    to_be_signed(protected, &proof, LeafIndex(slot.0.into()), &head)
}

/// The receipt of an entry in a log, signed with the log's Ed25519 key over the root of a checkpoint that the log signed.
#[must_use]
pub fn for_entry(
    log: &SignerKey,
    checkpoint: &VerifiedCheckpoint,
    index: LeafIndex,
    proof: &InclusionProof,
) -> Sign1 {
    let verifier = log.verifier();
    let protected = protected(Algorithm::Ed25519, checkpoint.origin(), &verifier.id().0);
    let request = to_be_signed(protected, proof, index, &checkpoint.head());
    let signature = log.secret().sign(&request.bytes());
    request.signed_detached(&signature)
}

fn protected(algorithm: Algorithm, issuer: &str, key_id: &[u8]) -> Header {
    let claims = Value::Map(vec![(Value::from(ISSUER), Value::from(issuer))]);
    HeaderBuilder::new()
        .algorithm(algorithm)
        .key_id(key_id.to_vec())
        .value(VDS, Value::from(RFC9162_SHA256))
        .value(CWT_CLAIMS, claims)
        .build()
}

fn to_be_signed(protected: Header, proof: &InclusionProof, index: LeafIndex, head: &TreeHead) -> ToBeSigned {
    let path = proof.0.iter().map(|hash| Item::bytes(hash.as_bytes())).collect();
    let encoded = Item::Array(vec![
        Item::Int(head.size.0.into()),
        Item::Int(index.0.into()),
        Item::Array(path),
    ]);
    let proofs = Value::Array(vec![Value::Bytes(encoded.encode())]);
    let unprotected = HeaderBuilder::new()
        .value(VDP, Value::Map(vec![(Value::from(INCLUSION), proofs)]))
        .build();
    ToBeSigned::new(protected, unprotected, head.root.as_bytes().to_vec())
}

/// A receipt of inclusion that was not checked.
#[derive(Clone)]
pub struct InclusionReceipt {
    envelope: Sign1,
    size: TreeSize,
    index: LeafIndex,
    proof: InclusionProof,
}

impl InclusionReceipt {
    /// Reads a receipt with exactly one inclusion proof and a detached payload.
    ///
    /// # Errors
    /// [`Error::ReceiptMalformed`], and those of [`Sign1::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (envelope, numbers, path) = decode(bytes, INCLUSION)?;
        Ok(Self {
            envelope,
            size: TreeSize(numbers[0]),
            index: LeafIndex(numbers[1]),
            proof: InclusionProof(path),
        })
    }

    /// The COSE structure, to select a key by its header.
    #[must_use]
    pub fn envelope(&self) -> &Sign1 {
        &self.envelope
    }

    /// The way from the leaf to the root.
    #[must_use]
    pub fn unverified_proof(&self) -> &InclusionProof {
        &self.proof
    }

    /// The root that the receipt leads to from a leaf; nobody's until [`verify`](Self::verify).
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::InclusionInvalid`].
    pub fn unverified_root(&self, leaf: &Hash) -> Result<Hash, Error> {
        self.proof.root(leaf, self.index, self.size)
    }

    /// Checks that a leaf is in the tree whose root this key signed (RFC 9942 section 4.3).
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::InclusionInvalid`], and those of [`Sign1::verify_detached`]: a receipt of another
    /// leaf has a signature that does not verify, as the root is not in the receipt.
    pub fn verify(&self, leaf: &Hash, key: &dyn VerifyingKey) -> Result<Included, Error> {
        let root = self.unverified_root(leaf)?;
        self.envelope.verify_detached(root.as_bytes(), key)?;
        let head = TreeHead {
            size: self.size,
            root,
        };
        self.proof.verify(leaf, self.index, &head)
    }

    /// Checks that a credential is in a slot of the batch whose root this key signed.
    ///
    /// # Errors
    /// [`Error::ReceiptMalformed`] for another slot or a tree that is no batch, and those of [`verify`](Self::verify).
    pub fn verify_slot(
        &self,
        commitment: Commitment,
        slot: Slot,
        key: &dyn VerifyingKey,
    ) -> Result<Included, Error> {
        if self.size.0 != BATCH_SLOTS as u64 || self.index.0 != u64::from(slot.0) {
            return Err(Error::ReceiptMalformed("of another place"));
        }
        self.verify(&commitment.0, key)
    }
}

/// A receipt of consistency that was not checked. This project writes none; logs of others do.
#[derive(Clone)]
pub struct ConsistencyReceipt {
    envelope: Sign1,
    old: TreeSize,
    new: TreeSize,
    proof: ConsistencyProof,
}

impl ConsistencyReceipt {
    /// Reads a receipt with exactly one consistency proof and a detached payload.
    ///
    /// # Errors
    /// [`Error::ReceiptMalformed`], and those of [`Sign1::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (envelope, numbers, path) = decode(bytes, CONSISTENCY)?;
        Ok(Self {
            envelope,
            old: TreeSize(numbers[0]),
            new: TreeSize(numbers[1]),
            proof: ConsistencyProof(path),
        })
    }

    /// The way from the old root to the new one.
    #[must_use]
    pub fn unverified_proof(&self) -> &ConsistencyProof {
        &self.proof
    }

    /// The root that the receipt leads to from an old one; nobody's until [`verify`](Self::verify).
    ///
    /// # Errors
    /// [`Error::ConsistencyInvalid`], [`Error::OutOfRange`].
    pub fn unverified_root(&self, old: &Hash) -> Result<Hash, Error> {
        self.proof.new_root(&self.old_head(old), self.new)
    }

    /// Checks that a tree is the beginning of the one whose root this key signed (RFC 9942 section 4.4).
    ///
    /// # Errors
    /// [`Error::ConsistencyInvalid`], [`Error::OutOfRange`], and those of [`Sign1::verify_detached`].
    pub fn verify(&self, old: &Hash, key: &dyn VerifyingKey) -> Result<Consistent, Error> {
        let root = self.unverified_root(old)?;
        self.envelope.verify_detached(root.as_bytes(), key)?;
        let new = TreeHead { size: self.new, root };
        self.proof.verify(&self.old_head(old), &new)
    }

    fn old_head(&self, root: &Hash) -> TreeHead {
        TreeHead {
            size: self.old,
            root: *root,
        }
    }
}

/// Reads the envelope, the two numbers and the path of the one proof of a type.
fn decode(bytes: &[u8], kind: i64) -> Result<(Sign1, [u64; 2], Vec<Hash>), Error> {
    let malformed = Error::ReceiptMalformed;
    // Receipts must be tagged (RFC 9942 section 4).
    if bytes.first() != Some(&TAG_18) {
        return Err(malformed("not tagged as COSE_Sign1"));
    }
    let envelope = Sign1::decode(bytes, Lengths::Any)?;
    let vds = parameter(envelope.protected(), VDS).and_then(Value::as_integer);
    if vds != Some(RFC9162_SHA256.into()) {
        return Err(malformed("not of an RFC 9162 tree"));
    }
    let proofs = parameter(envelope.unprotected(), VDP).and_then(Value::as_map);
    let proofs = proofs.ok_or(malformed("no proofs"))?;
    let of_kind = proofs.iter().find(|(key, _)| *key == Value::from(kind));
    let proofs = of_kind.and_then(|(_, proofs)| proofs.as_array());
    let Some([Value::Bytes(proof)]) = proofs.map(Vec::as_slice) else {
        return Err(malformed("not one proof of the type"));
    };
    let proof = cbor::read(proof, Lengths::Any)?;
    let Some([Item::Int(first), Item::Int(second), Item::Array(path)]) = proof.as_array() else {
        return Err(malformed("not a proof"));
    };
    if path.len() > MAX_PROOF_HASHES {
        return Err(malformed("the path is too long"));
    }
    let number = |value: &i128| u64::try_from(*value).map_err(|_| malformed("a negative size or index"));
    let hash = |item: &Item<'_>| item.as_bytes().and_then(|bytes| bytes.try_into().ok()).map(Hash);
    let path: Option<Vec<Hash>> = path.iter().map(hash).collect();
    let path = path.ok_or(malformed("not a path of hashes"))?;
    let numbers = [number(first)?, number(second)?];
    Ok((envelope, numbers, path))
}

fn parameter(header: &Header, label: i64) -> Option<&Value> {
    let found = header.rest.iter().find(|(at, _)| *at == Label::Int(label));
    found.map(|(_, value)| value)
}

#[cfg(test)]
mod tests;
