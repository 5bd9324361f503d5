//! What a verified proof shows. Only verification makes these.

use super::{LeafIndex, TreeHead};
use schemas::Hash;

/// A leaf is at an index of a tree.
///
/// Nobody can say so without a proof:
///
/// ```compile_fail,E0451
/// use ledger::merkle::{Included, LeafIndex, TreeHead, leaf_hash};
///
/// let believed = Included { leaf: leaf_hash(b"entry"), index: LeafIndex(0), head: TreeHead::empty() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Included {
    leaf: Hash,
    index: LeafIndex,
    head: TreeHead,
}

impl Included {
    pub(super) fn new(leaf: Hash, index: LeafIndex, head: TreeHead) -> Self {
        Self { leaf, index, head }
    }

    /// The leaf's hash.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        self.leaf
    }

    /// Where it stands.
    #[must_use]
    pub fn index(&self) -> LeafIndex {
        self.index
    }

    /// The tree it is in.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.head
    }
}

/// One tree is the beginning of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Consistent {
    old: TreeHead,
    new: TreeHead,
}

impl Consistent {
    pub(super) fn new(old: TreeHead, new: TreeHead) -> Self {
        Self { old, new }
    }

    /// The earlier tree.
    #[must_use]
    pub fn earlier(&self) -> TreeHead {
        self.old
    }

    /// The later tree.
    #[must_use]
    pub fn later(&self) -> TreeHead {
        self.new
    }
}
