//! One log: what was read of it, and what others were shown of it.

use super::{
    conflict::{Shown, UncheckedConflict},
    tree::Tree,
};
use ledger::{
    Error,
    checkpoint::SignedCheckpoint,
    follow::{Advance, Advanced, Follower},
    merkle::{ConsistencyProof, Frontier, HashSource, TreeHead, TreeSize, leaf_hash},
    note::VerifierKey,
    policy::Policy,
    tile::{Tile, TileSource, needed},
};
use schemas::{Hash, UnixTime};
use std::collections::{BTreeMap, BTreeSet};

/// Checkpoints that wait until the log was read that far. A log that signs more that nobody can follow is alarming anyway.
const MAX_PENDING: usize = 32;

/// A log that is followed.
pub(super) struct Followed {
    pub(super) key: VerifierKey,
    follower: Follower,
    tree: Tree,
    /// The checkpoint that was followed last; its tree is `tree`.
    checkpoint: Option<SignedCheckpoint>,
    pub(super) pending: Vec<Pending>,
    /// Why what it serves is refused, and since when.
    pub(super) refused: Option<(String, UnixTime)>,
    /// Trees that contradict this one and of which there is evidence.
    pub(super) refuted: BTreeSet<(u64, Hash)>,
}

/// A checkpoint of entries that were not read yet.
pub(super) struct Pending {
    pub(super) checkpoint: SignedCheckpoint,
    /// Who showed it.
    pub(super) from: String,
    pub(super) since: UnixTime,
}

/// What a checkpoint is to those that are known.
pub(super) enum Judgement {
    /// It is of the tree that is followed.
    Consistent,
    /// It is of more entries than were read.
    Later,
    /// It is of another history.
    Conflict(Box<UncheckedConflict>),
}

impl Followed {
    pub(super) fn new(key: VerifierKey) -> Self {
        Self {
            key,
            follower: Follower::default(),
            tree: Tree::default(),
            checkpoint: None,
            pending: Vec::new(),
            refused: None,
            refuted: BTreeSet::new(),
        }
    }

    /// Goes on from what was kept: the leaf hashes must lead to the kept checkpoint.
    pub(super) fn restore(
        &mut self,
        leaves: Vec<Hash>,
        checkpoint: SignedCheckpoint,
        freshness: UnixTime,
    ) -> Result<(), Error> {
        let tree: Tree = leaves.into_iter().collect();
        let frontier = Frontier::load(&tree, tree.size())?;
        if frontier.head() != checkpoint.unverified().head() {
            return Err(Error::TreeMismatch {
                size: checkpoint.unverified().head().size.0,
            });
        }
        self.follower = Follower::resume(frontier, freshness);
        self.tree = tree;
        self.checkpoint = Some(checkpoint);
        Ok(())
    }

    pub(super) fn origin(&self) -> &str {
        self.key.name().as_str()
    }

    pub(super) fn head(&self) -> TreeHead {
        self.follower.head()
    }

    pub(super) fn freshness(&self) -> Option<UnixTime> {
        self.follower.freshness()
    }

    pub(super) fn checkpoint(&self) -> Option<&SignedCheckpoint> {
        self.checkpoint.as_ref()
    }

    /// The tree of the first `size` entries, unless fewer were read.
    pub(super) fn head_at(&self, size: TreeSize) -> Option<TreeHead> {
        self.tree.head_at(size)
    }

    pub(super) fn leaves(&self) -> &[Hash] {
        self.tree.leaves()
    }

    pub(super) fn advance(&self, policy: &Policy, checkpoint: &[u8]) -> Result<Advance, Error> {
        self.follower.advance(policy, checkpoint)
    }

    /// Takes what was read up to `checkpoint`, and says what the pending ones up to there turned out to be.
    pub(super) fn take(
        &mut self,
        advanced: Advanced,
        checkpoint: SignedCheckpoint,
    ) -> Vec<UncheckedConflict> {
        for (_, entry) in advanced.entries() {
            self.tree.append(leaf_hash(entry));
        }
        self.follower = advanced.into_follower();
        self.checkpoint = Some(checkpoint);
        let mut conflicts = Vec::new();
        for pending in std::mem::take(&mut self.pending) {
            match self.judge(&pending.checkpoint) {
                Judgement::Consistent => {}
                Judgement::Later => self.pending.push(pending),
                Judgement::Conflict(conflict) => conflicts.push(*conflict),
            }
        }
        conflicts
    }

    /// Holds a checkpoint, which the log has signed, against what is known.
    pub(super) fn judge(&self, checkpoint: &SignedCheckpoint) -> Judgement {
        let head = checkpoint.unverified().head();
        let conflict = |other: &SignedCheckpoint, shown| {
            let conflict = UncheckedConflict::new(checkpoint.clone(), other.clone(), shown);
            Judgement::Conflict(Box::new(conflict))
        };
        match (self.tree.head_at(head.size), &self.checkpoint) {
            _ if head.size.0 == 0 => Judgement::Consistent,
            (Some(own), _) if own == head => Judgement::Consistent,
            (Some(_), Some(ours)) if head.size == self.tree.size() => conflict(ours, None),
            (Some(own), Some(ours)) => {
                let proof = ConsistencyProof::generate(&self.tree, head.size, self.tree.size());
                let proof = proof.expect("the tree has all of its hashes");
                let root = own.root;
                conflict(ours, Some(Shown { root, proof }))
            }
            _ => {
                let known = self.pending.iter().map(|pending| &pending.checkpoint);
                let mut of_size = known.filter(|known| known.unverified().head().size == head.size);
                match of_size.find(|known| known.unverified().head() != head) {
                    Some(other) => conflict(other, None),
                    None => Judgement::Later,
                }
            }
        }
    }

    /// Remembers a checkpoint until the log was read that far; one that waits already gets further cosignatures.
    pub(super) fn wait_for(
        &mut self,
        policy: &Policy,
        checkpoint: SignedCheckpoint,
        from: &str,
        now: UnixTime,
    ) {
        let same = |pending: &&mut Pending| pending.checkpoint.unverified() == checkpoint.unverified();
        if let Some(known) = self.pending.iter_mut().find(same) {
            // A line that does not verify is left out with the rest of its copy.
            let _ = policy.adopt(&mut known.checkpoint, checkpoint.note().signatures());
        } else if self.pending.len() < MAX_PENDING {
            let (from, since) = (from.to_owned(), now);
            self.pending.push(Pending {
                checkpoint,
                from,
                since,
            });
        }
    }

    /// The tiles of a larger tree that show whether it begins with the one that was read.
    pub(super) fn tiles_for(&self, size: TreeSize) -> BTreeSet<Tile> {
        needed(size, |source| self.beginning(source, size)).unwrap_or_default()
    }

    /// Judges a checkpoint of more entries than were read by those tiles; they prove themselves, or say nothing.
    pub(super) fn judge_by_tiles(
        &self,
        checkpoint: &SignedCheckpoint,
        tiles: &BTreeMap<Tile, Vec<Hash>>,
    ) -> Judgement {
        let new = checkpoint.unverified().head();
        let source = TileSource::new(new.size, |tile| {
            tiles.get(&tile).cloned().ok_or(Error::TileMissing(tile))
        });
        let Ok((beginning, proof)) = self.beginning(&source, new.size) else {
            return Judgement::Later;
        };
        match (&self.checkpoint, proof.verify(&beginning, &new)) {
            (Some(_), Ok(_)) if beginning == self.head() => Judgement::Consistent,
            (Some(ours), Ok(_)) => {
                let root = beginning.root;
                let shown = Some(Shown { root, proof });
                let conflict = UncheckedConflict::new(ours.clone(), checkpoint.clone(), shown);
                Judgement::Conflict(Box::new(conflict))
            }
            _ => Judgement::Later,
        }
    }

    fn beginning(
        &self,
        source: &dyn HashSource,
        size: TreeSize,
    ) -> Result<(TreeHead, ConsistencyProof), Error> {
        let old = self.tree.size();
        let proof = ConsistencyProof::generate(source, old, size)?;
        Ok((Frontier::load(source, old)?.head(), proof))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::testing::World;
    use ledger::tile::Edge;

    /// A log that was read up to `size` entries of its history `one`.
    fn read(world: &World, size: u64) -> Followed {
        let mut followed = Followed::new(world.log.verifier());
        let tree = world.tree("one", size);
        let checkpoint = world.checkpoint(&tree.head_at(TreeSize(size)).unwrap(), 1, 0..3);
        followed
            .restore(tree.leaves().to_vec(), checkpoint, UnixTime(1))
            .unwrap();
        followed
    }

    fn checkpoint(world: &World, history: &str, size: u64) -> SignedCheckpoint {
        let head = world.tree(history, size).head_at(TreeSize(size)).unwrap();
        world.checkpoint(&head, 2, 0..1)
    }

    fn is_evidence(world: &World, judgement: Judgement) -> bool {
        match judgement {
            Judgement::Conflict(conflict) => conflict.verify(&world.policy).is_ok(),
            _ => false,
        }
    }

    #[test]
    fn every_checkpoint_up_to_the_last_is_judged_at_once() {
        let world = World::new();
        let followed = read(&world, 20);
        for size in 0..=20 {
            assert!(matches!(
                followed.judge(&checkpoint(&world, "one", size)),
                Judgement::Consistent
            ));
            let other = followed.judge(&checkpoint(&world, "other", size));
            assert_eq!(is_evidence(&world, other), size > 5, "{size}");
        }
    }

    #[test]
    fn a_later_one_waits_and_is_judged_when_the_log_gets_there() {
        let world = World::new();
        let mut followed = read(&world, 7);
        let (good, bad) = (checkpoint(&world, "one", 9), checkpoint(&world, "other", 10));
        for later in [&good, &bad, &good] {
            assert!(matches!(followed.judge(later), Judgement::Later));
            followed.wait_for(&world.policy, later.clone(), "w0", UnixTime(3));
        }
        assert_eq!(followed.pending.len(), 2);
        // Two that wait can contradict one another.
        let third = followed.judge(&checkpoint(&world, "one", 10));
        assert!(is_evidence(&world, third));

        let mut edge = Edge::default();
        let entries: Vec<_> = (0..12).map(|n| World::entry("one", n)).collect();
        let files = edge.grow(&entries).unwrap();
        let signed = world.checkpoint(&edge.head(), 5, 0..3);
        let advance = followed
            .advance(&world.policy, signed.to_string().as_bytes())
            .unwrap();
        let bundle = |tile: &Tile| {
            files
                .iter()
                .find(|file| file.tile == *tile)
                .unwrap()
                .bytes
                .clone()
        };
        let bundles: Vec<_> = advance.bundles().iter().map(bundle).collect();
        let conflicts = followed.take(advance.read(&bundles).unwrap(), signed);
        assert_eq!((conflicts.len(), followed.pending.len()), (1, 0));
        assert_eq!(followed.head().size.0, 12);
        for conflict in conflicts {
            assert!(conflict.verify(&world.policy).is_ok());
        }
    }

    #[test]
    fn a_log_that_goes_on_with_another_history_is_caught_by_its_own_tiles() {
        let world = World::new();
        for (before, after) in [(7, 300), (256, 600), (300, 301)] {
            let followed = read(&world, before);
            for (history, is_other) in [("one", false), ("other", true)] {
                let mut edge = Edge::default();
                let entries: Vec<_> = (0..after).map(|n| World::entry(history, n)).collect();
                let files = edge.grow(&entries).unwrap();
                let hashes = |tile: Tile| {
                    let file = files.iter().find(|file| file.tile == tile);
                    (tile, tile.hashes(&file.unwrap().bytes).unwrap())
                };
                let mut tiles: BTreeMap<_, _> = followed
                    .tiles_for(TreeSize(after))
                    .into_iter()
                    .map(hashes)
                    .collect();
                let later = checkpoint(&world, history, after);
                let judgement = followed.judge_by_tiles(&later, &tiles);
                assert_eq!(matches!(judgement, Judgement::Consistent), !is_other);
                assert_eq!(is_evidence(&world, judgement), is_other);
                // Tiles that are missing or wrong show nothing.
                if let Some(hashes) = tiles.values_mut().next() {
                    hashes[0].0[0] ^= 1;
                }
                assert!(matches!(
                    followed.judge_by_tiles(&later, &tiles),
                    Judgement::Later
                ));
                assert!(matches!(
                    followed.judge_by_tiles(&later, &BTreeMap::new()),
                    Judgement::Later
                ));
            }
        }
    }
}
