//! All hashes of a log's tree, so that any checkpoint of it can be held against it, also after the log has taken its
//! files away.

use ledger::{
    Error,
    merkle::{Frontier, HashSource, TreeHead, TreeSize, node_hash},
};
use schemas::Hash;

/// The complete subtrees of a tree. Each entry takes 64 bytes of memory, of which 32 are the leaf's own.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    /// By height: leaf hashes, then what each two of them hash to, and so on.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    pub(super) fn append(&mut self, leaf: Hash) {
        let mut node = leaf;
        for height in 0.. {
            if self.levels.len() == height {
                self.levels.push(Vec::new());
            }
            let level = &mut self.levels[height];
            level.push(node);
            // Every second node completes the one above it.
            let [.., left, right] = level[..] else { return };
            if level.len() % 2 == 1 {
                return;
            }
            node = node_hash(&left, &right);
        }
    }

    pub(super) fn size(&self) -> TreeSize {
        TreeSize(self.leaves().len() as u64)
    }

    pub(super) fn leaves(&self) -> &[Hash] {
        self.levels.first().map_or(&[], Vec::as_slice)
    }

    /// What the first `size` entries hash to; `None` beyond the end.
    pub(super) fn head_at(&self, size: TreeSize) -> Option<TreeHead> {
        Frontier::load(self, size).ok().map(|frontier| frontier.head())
    }
}

impl HashSource for Tree {
    fn node(&self, level: u8, index: u64) -> Result<Hash, Error> {
        let at = usize::try_from(index).ok();
        let node = at.and_then(|at| self.levels.get(usize::from(level))?.get(at));
        node.copied().ok_or(Error::OutOfRange {
            index: index.checked_shl(level.into()).unwrap_or(u64::MAX),
            size: self.size().0,
        })
    }
}

impl FromIterator<Hash> for Tree {
    fn from_iter<T: IntoIterator<Item = Hash>>(leaves: T) -> Self {
        let mut tree = Self::default();
        leaves.into_iter().for_each(|leaf| tree.append(leaf));
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::merkle::{ConsistencyProof, leaf_hash, root_of};

    #[test]
    fn has_the_root_and_the_proofs_of_every_size() {
        let leaves: Vec<Hash> = (0..70u64).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let tree: Tree = leaves.iter().copied().collect();
        for size in 0..=leaves.len() {
            let head = tree.head_at(TreeSize(size as u64)).unwrap();
            assert_eq!(head.root, root_of(&leaves[..size]));
            for old in 1..size {
                let old = tree.head_at(TreeSize(old as u64)).unwrap();
                let proof = ConsistencyProof::generate(&tree, old.size, head.size).unwrap();
                assert!(proof.verify(&old, &head).is_ok());
            }
        }
        assert_eq!(tree.head_at(TreeSize(71)), None);
    }
}
