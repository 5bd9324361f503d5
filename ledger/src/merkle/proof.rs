//! Inclusion and consistency proofs of whole trees (RFC 9162 sections 2.1.3 and 2.1.4).

use super::{Consistent, HashSource, Included, LeafIndex, Subtree, TreeHead, TreeSize};
use crate::Error;
use schemas::Hash;

/// Most hashes of one proof (tlog-witness, add-checkpoint; no tree that anybody can count needs more).
pub const MAX_PROOF_HASHES: usize = 63;

/// The hashes from a leaf's sibling up to the root's child.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InclusionProof(pub Vec<Hash>);

/// The hashes that lead from an old root to the root of a tree that begins with the old one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsistencyProof(pub Vec<Hash>);

impl InclusionProof {
    /// Proves that a leaf is in the first `size` leaves of a source (RFC 9162 section 2.1.3.1, PATH).
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless `index < size`, and whatever the source says when it lacks a hash.
    pub fn generate(
        source: &(impl HashSource + ?Sized),
        index: LeafIndex,
        size: TreeSize,
    ) -> Result<Self, Error> {
        Subtree::whole(size).inclusion_proof(source, index)
    }

    /// The root that this proof leads to from a leaf, for roots that are known only by a signature over them.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::InclusionInvalid`] when there are too few or too many hashes.
    pub fn root(&self, leaf: &Hash, index: LeafIndex, size: TreeSize) -> Result<Hash, Error> {
        Subtree::whole(size).root_from(self, leaf, index)
    }

    /// Checks that a leaf is in a tree (RFC 9162 section 2.1.3.2).
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::InclusionInvalid`].
    pub fn verify(&self, leaf: &Hash, index: LeafIndex, head: &TreeHead) -> Result<Included, Error> {
        Subtree::whole(head.size).verify_inclusion(self, leaf, index, &head.root)
    }
}

impl ConsistencyProof {
    /// Proves that the first `old` leaves of a source are the beginning of the first `new` (RFC 9162 section 2.1.4.1,
    /// PROOF).
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless `old ≤ new`, and whatever the source says when it lacks a hash.
    pub fn generate(
        source: &(impl HashSource + ?Sized),
        old: TreeSize,
        new: TreeSize,
    ) -> Result<Self, Error> {
        Subtree::whole(old).consistency_proof(source, new)
    }

    /// The root of the first `new` entries that this proof leads to from an old tree, for roots that are known only by a
    /// signature over them.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::ConsistencyInvalid`].
    pub fn new_root(&self, old: &TreeHead, new: TreeSize) -> Result<Hash, Error> {
        // Every tree begins with the empty one, so such a proof shows nothing; it must not pass for evidence.
        if old.size.0 == 0 {
            return Err(Error::ConsistencyInvalid { old: 0, new: new.0 });
        }
        Subtree::whole(old.size).root_beside(self, &old.root, new)
    }

    /// Checks that one tree is the beginning of another (RFC 9162 section 2.1.4.2).
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::ConsistencyInvalid`], also when the old tree is empty.
    pub fn verify(&self, old: &TreeHead, new: &TreeHead) -> Result<Consistent, Error> {
        if self.new_root(old, new.size)? != new.root {
            return Err(Error::ConsistencyInvalid {
                old: old.size.0,
                new: new.size.0,
            });
        }
        Ok(Consistent::new(*old, *new))
    }
}
