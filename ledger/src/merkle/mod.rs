//! The Merkle tree of RFC 9162 section 2.1 (the same as RFC 6962's) over SHA-256.

mod evidence;
mod frontier;
mod proof;
mod subtree;

pub use evidence::{Consistent, Included};
pub use frontier::Frontier;
pub use proof::{ConsistencyProof, InclusionProof, MAX_PROOF_HASHES};
pub use subtree::Subtree;

use crate::Error;
use schemas::Hash;

/// How many entries a tree has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeSize(pub u64);

/// An entry's index in its tree, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafIndex(pub u64);

/// Size and root of a tree: what a checkpoint says about its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// The number of entries.
    pub size: TreeSize,
    /// The Merkle Tree Hash of the entries.
    pub root: Hash,
}

impl TreeHead {
    /// The tree without entries, whose root is the hash of nothing (RFC 9162 section 2.1.1).
    #[must_use]
    pub fn empty() -> Self {
        Self {
            size: TreeSize(0),
            root: empty_root(),
        }
    }
}

/// The root of no entries: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// The hash of an entry as a leaf: `SHA-256(0x00 ‖ entry)`.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash::of(&[&[0x00], entry])
}

/// The hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0x01; 65];
    bytes[1..33].copy_from_slice(left.as_bytes());
    bytes[33..].copy_from_slice(right.as_bytes());
    Hash::of(&[&bytes])
}

/// The root over leaf hashes.
#[must_use]
pub fn root_of(leaves: &[Hash]) -> Hash {
    leaves.iter().copied().collect::<Frontier>().head().root
}

/// Where the hashes of complete subtrees come from: tiles, or leaf hashes in memory.
pub trait HashSource {
    /// The root of the complete subtree over the leaves `index · 2^level` to `(index + 1) · 2^level`, exclusive.
    ///
    /// # Errors
    /// Whatever the source says when it lacks the hash.
    fn node(&self, level: u8, index: u64) -> Result<Hash, Error>;
}

impl HashSource for [Hash] {
    fn node(&self, level: u8, index: u64) -> Result<Hash, Error> {
        let range = || {
            let width = 1usize.checked_shl(level.into())?;
            let start = usize::try_from(index).ok()?.checked_mul(width)?;
            self.get(start..start.checked_add(width)?)
        };
        let leaves = range().ok_or(Error::OutOfRange {
            index: index.checked_shl(level.into()).unwrap_or(u64::MAX),
            size: self.len() as u64,
        })?;
        Ok(root_of(leaves))
    }
}

/// The root over the leaves `start` to `end`, exclusive; `start` is a multiple of the power of two at or above the
/// number of leaves, and there is at least one.
fn range_root(source: &(impl HashSource + ?Sized), start: u64, end: u64) -> Result<Hash, Error> {
    let size = end - start;
    if size.is_power_of_two() {
        let level = size.trailing_zeros();
        return source.node(u8::try_from(level).expect("below 64"), start >> level);
    }
    let middle = start + split(size);
    Ok(node_hash(
        &range_root(source, start, middle)?,
        &range_root(source, middle, end)?,
    ))
}

/// The largest power of two below `size`, which is at least 2 (RFC 9162 section 2.1.1, k).
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

#[cfg(test)]
mod tests;
