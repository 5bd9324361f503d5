//! The right edge of a log: what it must remember to grow.

use super::{Level, TILE_HEIGHT, TILE_WIDTH, Tile, bundle};
use crate::{
    Error,
    merkle::{Frontier, TreeHead, TreeSize, empty_root, leaf_hash, node_hash, root_of},
};
use core::mem;
use schemas::Hash;

/// A tile or bundle with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileFile {
    /// Where it belongs.
    pub tile: Tile,
    /// What stands in it.
    pub bytes: Vec<u8>,
}

/// The incomplete tiles of every level and the incomplete entry bundle: at most 256 hashes for each level.
#[derive(Clone, Debug, Default)]
pub struct Edge {
    size: u64,
    /// The hashes of the incomplete tile of each level, fewer than 256.
    levels: Vec<Vec<Hash>>,
    bundle: Vec<u8>,
}

impl Edge {
    /// Reads the edge of a stored log, and checks it against the checkpoint that the log last signed: the tiles at the edge
    /// must hash to its root, and the last entries to their tile.
    ///
    /// # Errors
    /// Whatever `read` returns; [`Error::TileMalformed`]; [`Error::TreeMismatch`] when the stored tree is not the signed
    /// one, in which case the log must not run.
    pub fn load<E: From<Error>>(
        head: &TreeHead,
        mut read: impl FnMut(Tile) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let mismatch = || Error::TreeMismatch { size: head.size.0 };
        let Some(last) = head.size.0.checked_sub(1) else {
            return if *head == TreeHead::empty() {
                Ok(Self::default())
            } else {
                Err(mismatch().into())
            };
        };

        let mut edge = Self {
            size: head.size.0,
            ..Self::default()
        };
        for level in (0..TILE_HEIGHT).map(Level::Hashes) {
            let elements = level.elements(head.size);
            let tile = Tile::in_tree(level, elements / TILE_WIDTH, head.size);
            edge.levels.push(match tile {
                Some(tile) => tile.hashes(&read(tile)?)?,
                None => Vec::new(),
            });
            if elements < TILE_WIDTH {
                break;
            }
        }
        if edge.head() != *head {
            return Err(mismatch().into());
        }

        // The tile with the last entry is checked also when it is full, where the root depends on it only by the tile above.
        let at_end =
            |level| Tile::in_tree(level, last / TILE_WIDTH, head.size).expect("it holds the last entry");
        let leaves = at_end(Level::Hashes(0));
        let leaves = leaves.hashes(&read(leaves)?)?;
        let entries = at_end(Level::Entries);
        let bundle = read(entries)?;
        let hashed: Vec<Hash> = entries.entries(&bundle)?.into_iter().map(leaf_hash).collect();
        let above = edge.levels.get(1).and_then(|hashes| hashes.last());
        if hashed != leaves || (entries.is_full() && above != Some(&root_of(&leaves))) {
            return Err(mismatch().into());
        }
        if !entries.is_full() {
            edge.bundle = bundle;
        }
        Ok(edge)
    }

    /// Appends entries. Returns the files that the larger tree has and the smaller had not, in the order in which they are
    /// best written: entries before their hashes, lower levels before higher ones.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`] for an entry above [`MAX_ENTRY_BYTES`](super::MAX_ENTRY_BYTES); nothing is appended then.
    pub fn grow(&mut self, entries: &[impl AsRef<[u8]>]) -> Result<Vec<TileFile>, Error> {
        let old = TreeSize(self.size);
        let mut grown = self.clone();
        let mut files = Vec::new();
        for entry in entries {
            grown.append(entry.as_ref(), &mut files)?;
        }
        *self = grown;
        let partial = Tile::grown(old, TreeSize(self.size)).filter(|tile| !tile.is_full());
        files.extend(partial.map(|tile| TileFile {
            tile,
            bytes: match tile.level() {
                Level::Entries => self.bundle.clone(),
                Level::Hashes(level) => concatenated(&self.levels[usize::from(level)]),
            },
        }));
        files.sort_by_key(|file| (file.tile.level() != Level::Entries, file.tile));
        Ok(files)
    }

    /// Size and root of the tree.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        let from_right = self.levels.iter().flat_map(|hashes| {
            let frontier: Frontier = hashes.iter().copied().collect();
            frontier.peaks().iter().rev().copied().collect::<Vec<_>>()
        });
        let root = from_right.reduce(|right, left| node_hash(&left, &right));
        TreeHead {
            size: TreeSize(self.size),
            root: root.unwrap_or_else(empty_root),
        }
    }

    fn append(&mut self, entry: &[u8], files: &mut Vec<TileFile>) -> Result<(), Error> {
        bundle::push(&mut self.bundle, entry)?;
        self.size += 1;
        if self.size.is_multiple_of(TILE_WIDTH) {
            files.push(self.finished(Level::Entries, |edge| mem::take(&mut edge.bundle)));
        }
        let mut node = leaf_hash(entry);
        for level in 0..TILE_HEIGHT {
            let at = usize::from(level);
            if self.levels.len() == at {
                self.levels.push(Vec::new());
            }
            self.levels[at].push(node);
            if (self.levels[at].len() as u64) < TILE_WIDTH {
                break;
            }
            node = root_of(&self.levels[at]);
            files.push(self.finished(Level::Hashes(level), |edge| {
                concatenated(&mem::take(&mut edge.levels[at]))
            }));
        }
        Ok(())
    }

    /// The tile of a level that the last entry completed.
    fn finished(&mut self, level: Level, take: impl FnOnce(&mut Self) -> Vec<u8>) -> TileFile {
        let size = TreeSize(self.size);
        let index = level.elements(size) / TILE_WIDTH - 1;
        TileFile {
            tile: Tile::in_tree(level, index, size).expect("the tree reaches what it completed"),
            bytes: take(self),
        }
    }
}

fn concatenated(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}
