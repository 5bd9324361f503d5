//! Trees whose tiles proofs are built from.

use crate::world::write;
use ledger::{
    Error,
    merkle::{LeafIndex, leaf_hash, node_hash},
    tile::{Edge, Level, Tile},
};
use schemas::Hash;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The tiles of a tree.
pub trait Tiles {
    /// Reads one.
    fn read(&self, tile: Tile) -> Result<Vec<Hash>, Error>;

    /// The leaf hash of an entry.
    fn leaf(&self, index: LeafIndex) -> Hash;
}

/// Levels of hashes in the highest tile of any tree.
const LEVELS: usize = 64;

/// A tree of any size whose entries are all the same, so that its tiles can be made when they are asked for: all complete
/// subtrees of one height have one hash.
pub struct Uniform([Hash; LEVELS]);

impl Uniform {
    /// The hashes by height.
    pub fn new() -> Self {
        let mut node = leaf_hash(b"entry");
        Self([(); LEVELS].map(|()| {
            let above = node_hash(&node, &node);
            std::mem::replace(&mut node, above)
        }))
    }
}

impl Tiles for Uniform {
    /// Makes the tile's bytes and reads them.
    fn read(&self, tile: Tile) -> Result<Vec<Hash>, Error> {
        let Level::Hashes(level) = tile.level() else {
            return Err(Error::TileMissing(tile));
        };
        let hash = self
            .0
            .get(8 * usize::from(level))
            .ok_or(Error::TileMissing(tile))?;
        tile.hashes(&hash.as_bytes().repeat(tile.width().into()))
    }

    fn leaf(&self, _: LeafIndex) -> Hash {
        self.0[0]
    }
}

/// A tree whose tiles are files, as a log writes them.
pub struct Stored {
    folder: PathBuf,
    size: u64,
}

impl Stored {
    /// Writes the tiles of so many different entries.
    pub fn write(folder: &Path, size: u64) -> Self {
        let entries: Vec<[u8; 8]> = (0..size).map(u64::to_be_bytes).collect();
        let files = Edge::default().grow(&entries).expect("entries are short");
        for file in files.iter().filter(|file| file.tile.level() != Level::Entries) {
            write(&folder.join(file.tile.to_string()), &file.bytes);
        }
        Self {
            folder: folder.to_owned(),
            size,
        }
    }

    /// How many entries it has.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Tiles for Stored {
    fn read(&self, tile: Tile) -> Result<Vec<Hash>, Error> {
        let bytes = fs::read(self.folder.join(tile.to_string())).map_err(|_| Error::TileMissing(tile))?;
        tile.hashes(&bytes)
    }

    fn leaf(&self, index: LeafIndex) -> Hash {
        leaf_hash(&index.0.to_be_bytes())
    }
}
