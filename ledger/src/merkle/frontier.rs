//! A tree that remembers only what it needs to grow.

use super::{HashSource, TreeHead, TreeSize, empty_root, node_hash};
use crate::Error;
use schemas::Hash;

/// The roots of a tree's largest complete subtrees, from left to right: one for each one bit of the size. Appending
/// costs one hash on average and one per level at worst.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the first `size` leaves of a source.
    ///
    /// # Errors
    /// Whatever the source says when it lacks a hash.
    pub fn load(source: &(impl HashSource + ?Sized), size: TreeSize) -> Result<Self, Error> {
        let one_bits = (0..64u8).rev().filter(|level| size.0 >> level & 1 == 1);
        let peaks = one_bits.map(|level| source.node(level, (size.0 >> level) - 1));
        Ok(Self {
            size: size.0,
            peaks: peaks.collect::<Result<_, _>>()?,
        })
    }

    /// Appends a leaf by its hash.
    pub fn append(&mut self, leaf: Hash) {
        let mut node = leaf;
        // Each trailing one bit of the size is a complete subtree that now finds its sibling.
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("one peak for each one bit");
            node = node_hash(&left, &node);
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> TreeSize {
        TreeSize(self.size)
    }

    /// The roots of the largest complete subtrees, from left to right.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        let mut from_right = self.peaks.iter().rev();
        let root = match from_right.next() {
            None => empty_root(),
            Some(last) => from_right.fold(*last, |right, left| node_hash(left, &right)),
        };
        TreeHead {
            size: self.size(),
            root,
        }
    }
}

impl Extend<Hash> for Frontier {
    fn extend<T: IntoIterator<Item = Hash>>(&mut self, leaves: T) {
        leaves.into_iter().for_each(|leaf| self.append(leaf));
    }
}

impl FromIterator<Hash> for Frontier {
    fn from_iter<T: IntoIterator<Item = Hash>>(leaves: T) -> Self {
        let mut frontier = Self::default();
        frontier.extend(leaves);
        frontier
    }
}
