//! Following a log by its static files: what to fetch next, and what may be believed of it.
//!
//! A verifier, a monitor and a mirror follow alike. They read every entry, so that the tree's root, computed from the
//! entries, is the proof of inclusion and of consistency in one. The files are the same for everyone and come from the
//! log, a mirror or a USB stick: nothing here depends on where.

use crate::{
    Error,
    checkpoint::SignedCheckpoint,
    merkle::{Frontier, LeafIndex, TreeHead, TreeSize, leaf_hash},
    policy::{Cosigned, Policy, Quorum},
    tile::{Level, TILE_WIDTH, Tile},
};
use schemas::UnixTime;

/// How far a log was followed. Remembers one hash for each level of the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Follower {
    frontier: Frontier,
    freshness: Option<UnixTime>,
    post_quantum: Option<Quorum>,
}

impl Follower {
    /// A follower that goes on where an earlier one stopped: `frontier` is of the entries that it read, from wherever they
    /// were kept since.
    #[must_use]
    pub fn resume(frontier: Frontier, freshness: UnixTime) -> Self {
        Self {
            frontier,
            freshness: Some(freshness),
            post_quantum: None,
        }
    }

    /// The tree up to which every entry was read.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.frontier.head()
    }

    /// When the log is known to have had this tree ([`Cosigned::freshness`]); `None` before the first checkpoint.
    #[must_use]
    pub fn freshness(&self) -> Option<UnixTime> {
        self.freshness
    }

    /// The latest quorum of ML-DSA-44 cosignatures among the checkpoints that were reached. What was read since only continues
    /// that tree.
    #[must_use]
    pub fn post_quantum(&self) -> Option<&Quorum> {
        self.post_quantum.as_ref()
    }

    /// Reads a log's checkpoint and says which entry bundles lead to it.
    ///
    /// # Errors
    /// What [`SignedCheckpoint::parse`] and [`Policy::verify`] refuse; [`Error::ConsistencyInvalid`] for a tree of the
    /// same size with another root; [`Error::WentBack`] for a smaller tree: a mirror is late, or somebody plays an old
    /// history.
    pub fn advance(&self, policy: &Policy, checkpoint: &[u8]) -> Result<Advance, Error> {
        // 1. The checkpoint is its log's and a quorum has seen it.
        let cosigned = policy.verify(&SignedCheckpoint::parse(checkpoint)?)?;
        let (old, new) = (self.head(), cosigned.checkpoint().head());

        // 2. It does not lead back.
        if new.size < old.size {
            return Err(Error::WentBack {
                known: old.size.0,
                offered: new.size.0,
            });
        }
        if new.size == old.size && new.root != old.root {
            return Err(Error::ConsistencyInvalid {
                old: old.size.0,
                new: new.size.0,
            });
        }

        // 3. The bundles that hold what is new.
        let first = old.size.0 / TILE_WIDTH;
        let bundles = (first..new.size.0.div_ceil(TILE_WIDTH))
            .filter(|_| new.size > old.size)
            .filter_map(|index| Tile::in_tree(Level::Entries, index, new.size));
        Ok(Advance {
            follower: self.clone(),
            bundles: bundles.collect(),
            cosigned,
        })
    }
}

/// A checkpoint to be reached by reading [`bundles`](Self::bundles).
#[derive(Debug)]
#[must_use]
pub struct Advance {
    follower: Follower,
    cosigned: Cosigned,
    bundles: Vec<Tile>,
}

impl Advance {
    /// The entry bundles to fetch, in order. Where a partial one is gone, [`Tile::full`] stands in its place.
    #[must_use]
    pub fn bundles(&self) -> &[Tile] {
        &self.bundles
    }

    /// The checkpoint to be reached.
    pub fn cosigned(&self) -> &Cosigned {
        &self.cosigned
    }

    /// Takes the bundles' bytes, in order, and checks that they lead to the checkpoint's root.
    ///
    /// # Errors
    /// [`Error::TileMalformed`] for a bundle of the wrong width, or too few or too many of them;
    /// [`Error::ConsistencyInvalid`] when the entries lead to another root: they are not the log's, or not the
    /// continuation of what was read before.
    pub fn read(self, bundles: &[impl AsRef<[u8]>]) -> Result<Advanced, Error> {
        if bundles.len() != self.bundles.len() {
            return Err(Error::TileMalformed);
        }
        let (old, new) = (self.follower.head(), self.cosigned.checkpoint().head());
        let mut frontier = self.follower.frontier;
        let mut entries = Vec::new();
        for (tile, bytes) in self.bundles.iter().zip(bundles) {
            for (at, entry) in read_bundle(*tile, bytes.as_ref())?.into_iter().enumerate() {
                let index = tile.index() * TILE_WIDTH + at as u64;
                if index >= old.size.0 && index < new.size.0 {
                    frontier.append(leaf_hash(entry));
                    entries.push((LeafIndex(index), entry.to_vec()));
                }
            }
        }
        if frontier.head() != new {
            return Err(Error::ConsistencyInvalid {
                old: old.size.0,
                new: new.size.0,
            });
        }
        // A mirror may hand out an older cosignature of the same tree.
        let freshness = Some(self.cosigned.freshness()).max(self.follower.freshness);
        let quorums = [self.cosigned.post_quantum().cloned(), self.follower.post_quantum];
        let post_quantum = quorums.into_iter().flatten().max_by_key(Quorum::freshness);
        Ok(Advanced {
            follower: Follower {
                frontier,
                freshness,
                post_quantum,
            },
            entries,
        })
    }
}

/// The entries of a partial bundle, or of the full one in its place.
fn read_bundle(tile: Tile, bytes: &[u8]) -> Result<Vec<&[u8]>, Error> {
    tile.entries(bytes)
        .or_else(|refusal| tile.full().entries(bytes).map_err(|_| refusal))
}

/// Entries that were read from a cosigned tree, and the follower that has read them.
#[derive(Clone, Debug)]
#[must_use]
pub struct Advanced {
    follower: Follower,
    entries: Vec<(LeafIndex, Vec<u8>)>,
}

impl Advanced {
    /// The new entries, in the log's order.
    #[must_use]
    pub fn entries(&self) -> &[(LeafIndex, Vec<u8>)] {
        &self.entries
    }

    /// The follower to go on with, once the entries were taken in.
    pub fn into_follower(self) -> Follower {
        self.follower
    }

    /// How many entries the log has.
    #[must_use]
    pub fn size(&self) -> TreeSize {
        self.follower.head().size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checkpoint::Checkpoint,
        cosignature::CosignerKey,
        note::SignerKey,
        policy::{Log, Witness},
        tile::{Edge, TileFile},
    };
    use std::collections::BTreeMap;

    /// A log with one witness, as static files.
    struct Files {
        key: SignerKey,
        witness: CosignerKey,
        edge: Edge,
        bundles: BTreeMap<Tile, Vec<u8>>,
    }

    impl Files {
        fn new() -> Self {
            Self {
                key: SignerKey::from_seed("example.com/log".parse().unwrap(), &[1; 32]),
                witness: CosignerKey::from_seed("example.com/witness".parse().unwrap(), &[2; 32]),
                edge: Edge::default(),
                bundles: BTreeMap::new(),
            }
        }

        fn policy(&self) -> Policy {
            let log = Log {
                key: self.key.verifier(),
                url: None,
            };
            let witness = Witness {
                name: "w".into(),
                key: self.witness.key().clone(),
                url: None,
            };
            Policy::new(vec![log], vec![witness], 1).unwrap()
        }

        fn grow(&mut self, count: u64) {
            let size = self.edge.head().size.0;
            let entries: Vec<_> = (size..size + count).map(u64::to_be_bytes).collect();
            for TileFile { tile, bytes } in self.edge.grow(&entries).unwrap() {
                self.bundles.insert(tile, bytes);
            }
        }

        fn checkpoint(&self, time: i64) -> Vec<u8> {
            let mut signed = Checkpoint::new(self.key.verifier().name(), self.edge.head()).sign(&self.key);
            let verified = signed.verify(&[self.key.verifier()]).unwrap();
            signed
                .add(self.witness.cosign(&verified, UnixTime(time)))
                .unwrap();
            signed.to_string().into_bytes()
        }

        fn read(&self, advance: &Advance) -> Vec<Vec<u8>> {
            let stored = |tile: &Tile| self.bundles.get(tile).or_else(|| self.bundles.get(&tile.full()));
            advance
                .bundles()
                .iter()
                .map(|tile| stored(tile).unwrap().clone())
                .collect()
        }
    }

    #[test]
    fn reads_each_entry_once_and_reaches_every_checkpoint() {
        let mut log = Files::new();
        let mut follower = Follower::default();
        let mut read = 0u64;
        for (time, count) in [(1, 1), (2, 0), (3, 254), (4, 1), (5, 300), (6, 1000)] {
            log.grow(count);
            let policy = log.policy();
            let checkpoint = log.checkpoint(time);
            let advance = follower.advance(&policy, &checkpoint).unwrap();
            let bundles = log.read(&advance);
            let advanced = advance.read(&bundles).unwrap();
            for (index, entry) in advanced.entries() {
                assert_eq!((index.0, &**entry), (read, &read.to_be_bytes()[..]));
                read += 1;
            }
            follower = advanced.into_follower();
            assert_eq!(follower.head(), log.edge.head());
            assert_eq!(follower.freshness(), Some(UnixTime(time)));
        }
    }

    #[test]
    fn a_full_bundle_stands_in_for_a_partial_one() {
        let mut log = Files::new();
        log.grow(100);
        let (policy, early) = (log.policy(), log.checkpoint(1));
        log.bundles.clear();
        log.grow(200);
        let start = Follower::default();
        let advance = start.advance(&policy, &early).unwrap();
        let bundles = log.read(&advance);
        assert_eq!(advance.read(&bundles).unwrap().entries().len(), 100);
    }

    #[test]
    fn goes_on_where_another_stopped() {
        let mut log = Files::new();
        log.grow(300);
        let (policy, early) = (log.policy(), log.checkpoint(1));
        let advance = Follower::default().advance(&policy, &early).unwrap();
        let bundles = log.read(&advance);
        let advanced = advance.read(&bundles).unwrap();
        let leaves = advanced.entries().iter().map(|(_, entry)| leaf_hash(entry));
        let resumed = Follower::resume(leaves.collect(), UnixTime(1));
        assert_eq!(resumed, advanced.clone().into_follower());
        log.grow(10);
        let advance = resumed.advance(&policy, &log.checkpoint(2)).unwrap();
        let bundles = log.read(&advance);
        assert_eq!(advance.read(&bundles).unwrap().entries().len(), 10);
    }

    #[test]
    fn refuses_another_history() {
        let mut log = Files::new();
        log.grow(10);
        let (policy, early) = (log.policy(), log.checkpoint(1));
        log.grow(10);
        let late = log.checkpoint(2);
        let follower = {
            let start = Follower::default();
            let advance = start.advance(&policy, &late).unwrap();
            let bundles = log.read(&advance);
            advance.read(&bundles).unwrap().into_follower()
        };
        assert_eq!(
            follower.advance(&policy, &early).unwrap_err().code(),
            "checkpoint-went-back"
        );

        let mut other = Files::new();
        other.edge.grow(&[b"another first entry"]).unwrap();
        other.grow(19);
        let same_size = follower.advance(&policy, &other.checkpoint(3)).unwrap_err();
        assert_eq!(same_size.code(), "consistency-invalid");
        other.grow(5);
        let checkpoint = other.checkpoint(4);
        let advance = follower.advance(&policy, &checkpoint).unwrap();
        let bundles = other.read(&advance);
        assert_eq!(advance.read(&bundles).unwrap_err().code(), "consistency-invalid");
    }

    #[test]
    fn refuses_bundles_that_are_not_the_log_s() {
        let mut log = Files::new();
        log.grow(10);
        let (policy, checkpoint) = (log.policy(), log.checkpoint(1));
        let start = Follower::default();
        let refusal = |bundles: &[Vec<u8>]| {
            start
                .advance(&policy, &checkpoint)
                .unwrap()
                .read(bundles)
                .unwrap_err()
        };
        let good = log.read(&start.advance(&policy, &checkpoint).unwrap());
        let mut flipped = good.clone();
        flipped[0][5] ^= 1;
        assert_eq!(refusal(&flipped).code(), "consistency-invalid");
        assert_eq!(refusal(&[]).code(), "tile-malformed");
        assert_eq!(refusal(&[good[0][..20].to_vec()]).code(), "tile-malformed");
    }
}
