//! Subtrees and their proofs (draft-ietf-plants-merkle-tree-certs section 4). Whole trees are the subtrees from 0, so
//! the algorithms of RFC 9162 stand here once.

use super::{
    ConsistencyProof, HashSource, Included, InclusionProof, LeafIndex, TreeHead, TreeSize, empty_root,
    node_hash, range_root, split,
};
use crate::Error;
use schemas::Hash;

/// The tree over the entries `start` to `end`, exclusive, where `start` is a multiple of the power of two at or above
/// their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtree {
    start: u64,
    end: u64,
}

impl Subtree {
    /// The subtree over an interval.
    ///
    /// # Errors
    /// [`Error::NotASubtree`] when no subtree covers the interval exactly.
    pub fn new(start: u64, end: u64) -> Result<Self, Error> {
        let valid = start == 0
            || end
                .checked_sub(start)
                .and_then(u64::checked_next_power_of_two)
                .is_some_and(|width| start.is_multiple_of(width));
        if valid {
            Ok(Self { start, end })
        } else {
            Err(Error::NotASubtree { start, end })
        }
    }

    /// The whole tree.
    pub(super) fn whole(size: TreeSize) -> Self {
        Self {
            start: 0,
            end: size.0,
        }
    }

    /// Proves that a leaf is in this subtree.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], and whatever the source says when it lacks a hash.
    pub fn inclusion_proof(
        &self,
        source: &(impl HashSource + ?Sized),
        index: LeafIndex,
    ) -> Result<InclusionProof, Error> {
        self.offset(index)?;
        let mut path = Vec::new();
        let (mut start, mut end) = (self.start, self.end);
        while end - start > 1 {
            let middle = start + split(end - start);
            if index.0 < middle {
                path.push(range_root(source, middle, end)?);
                end = middle;
            } else {
                path.push(range_root(source, start, middle)?);
                start = middle;
            }
        }
        path.reverse();
        Ok(InclusionProof(path))
    }

    /// Checks that a leaf is in this subtree; the evidence counts the index from the subtree's start.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::InclusionInvalid`].
    pub fn verify_inclusion(
        &self,
        proof: &InclusionProof,
        leaf: &Hash,
        index: LeafIndex,
        root: &Hash,
    ) -> Result<Included, Error> {
        if self.root_from(proof, leaf, index)? != *root {
            return Err(self.inclusion_invalid(index));
        }
        let head = TreeHead {
            size: TreeSize(self.end - self.start),
            root: *root,
        };
        Ok(Included::new(*leaf, LeafIndex(self.offset(index)?), head))
    }

    /// Proves that this subtree is consistent with the tree of `size` entries (SUBTREE_PROOF).
    ///
    /// # Errors
    /// [`Error::OutOfRange`] when the subtree ends after the tree, and whatever the source says when it lacks a hash.
    pub fn consistency_proof(
        &self,
        source: &(impl HashSource + ?Sized),
        size: TreeSize,
    ) -> Result<ConsistencyProof, Error> {
        self.within(size)?;
        let mut path = Vec::new();
        if self.start == self.end {
            return Ok(ConsistencyProof(path));
        }
        let (mut low, mut high) = (0, size.0);
        // The verifier knows the subtree's root; it needs the hash below it only once the subtree was split.
        let mut known = true;
        while (self.start.max(low), self.end) != (low, high) {
            let middle = low + split(high - low);
            if self.end <= middle {
                path.push(range_root(source, middle, high)?);
                high = middle;
            } else {
                path.push(range_root(source, low, middle)?);
                known &= middle <= self.start;
                low = middle;
            }
        }
        if !known {
            path.push(range_root(source, low, high)?);
        }
        path.reverse();
        Ok(ConsistencyProof(path))
    }

    /// Checks that this subtree with this root is part of a tree. The empty subtree has the root of nothing and is part of
    /// every tree.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::ConsistencyInvalid`].
    pub fn verify_consistency(
        &self,
        proof: &ConsistencyProof,
        root: &Hash,
        head: &TreeHead,
    ) -> Result<(), Error> {
        if self.start == self.end {
            self.within(head.size)?;
            let shown = proof.0.is_empty() && *root == empty_root();
            return if shown {
                Ok(())
            } else {
                Err(self.inconsistent(head.size))
            };
        }
        if self.root_beside(proof, root, head.size)? != head.root {
            return Err(self.inconsistent(head.size));
        }
        Ok(())
    }

    /// The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2, the draft's section 4.3.2).
    pub(super) fn root_from(
        &self,
        proof: &InclusionProof,
        leaf: &Hash,
        index: LeafIndex,
    ) -> Result<Hash, Error> {
        let mut fn_ = self.offset(index)?;
        let mut sn = self.end - self.start - 1;
        let mut r = *leaf;
        for p in &proof.0 {
            if sn == 0 {
                return Err(self.inclusion_invalid(index));
            }
            if fn_ & 1 == 1 || fn_ == sn {
                r = node_hash(p, &r);
                let shift = fn_.trailing_zeros();
                fn_ >>= shift;
                sn >>= shift;
            } else {
                r = node_hash(&r, p);
            }
            fn_ >>= 1;
            sn >>= 1;
        }
        if sn != 0 {
            return Err(self.inclusion_invalid(index));
        }
        Ok(r)
    }

    /// The root of the tree of `size` entries that a consistency proof leads to from this subtree, which is not empty (RFC
    /// 9162 section 2.1.4.2, the draft's section 4.4.3).
    pub(super) fn root_beside(
        &self,
        proof: &ConsistencyProof,
        root: &Hash,
        size: TreeSize,
    ) -> Result<Hash, Error> {
        self.within(size)?;
        let (mut fn_, mut sn, mut tn) = (self.start, self.end - 1, size.0 - 1);
        let until_equal = 64 - (fn_ ^ sn).leading_zeros();
        let shift = if sn == tn {
            until_equal
        } else {
            until_equal.min(sn.trailing_ones())
        };
        let shr = |value: u64, by: u32| value.checked_shr(by).unwrap_or(0);
        (fn_, sn, tn) = (shr(fn_, shift), shr(sn, shift), shr(tn, shift));

        let mut hashes = proof.0.iter();
        let first = if fn_ == sn {
            *root
        } else {
            *hashes.next().ok_or(self.inconsistent(size))?
        };
        let (mut fr, mut sr) = (first, first);
        for c in hashes {
            if tn == 0 {
                return Err(self.inconsistent(size));
            }
            if sn & 1 == 1 || sn == tn {
                if fn_ < sn {
                    fr = node_hash(c, &fr);
                }
                sr = node_hash(c, &sr);
                let shift = sn.trailing_zeros();
                (fn_, sn, tn) = (shr(fn_, shift), shr(sn, shift), shr(tn, shift));
            } else {
                sr = node_hash(&sr, c);
            }
            (fn_, sn, tn) = (fn_ >> 1, sn >> 1, tn >> 1);
        }
        if tn != 0 || fr != *root {
            return Err(self.inconsistent(size));
        }
        Ok(sr)
    }

    /// The index counted from the subtree's start.
    fn offset(&self, index: LeafIndex) -> Result<u64, Error> {
        if index.0 < self.start || index.0 >= self.end {
            return Err(Error::OutOfRange {
                index: index.0,
                size: self.end,
            });
        }
        Ok(index.0 - self.start)
    }

    fn within(&self, size: TreeSize) -> Result<(), Error> {
        if self.end > size.0 {
            return Err(Error::OutOfRange {
                index: self.end,
                size: size.0,
            });
        }
        Ok(())
    }

    fn inclusion_invalid(&self, index: LeafIndex) -> Error {
        Error::InclusionInvalid {
            index: index.0,
            size: self.end,
        }
    }

    fn inconsistent(&self, size: TreeSize) -> Error {
        Error::ConsistencyInvalid {
            old: self.end,
            new: size.0,
        }
    }
}
