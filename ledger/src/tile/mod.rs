//! A tree as static files (C2SP tlog-tiles): rows of 256 hashes, and bundles of 256 entries.

mod bundle;
mod edge;
mod path;
mod source;

pub use bundle::MAX_ENTRY_BYTES;
pub use edge::{Edge, TileFile};
pub use source::{TileSource, needed};

use crate::{Error, merkle::TreeSize};
use schemas::Hash;

/// Most hashes of a tile and entries of a bundle (tlog-tiles, "Merkle Tree").
pub const TILE_WIDTH: u64 = 256;
/// A tile spans this many levels of the tree: 2⁸ = 256.
const TILE_HEIGHT: u8 = 8;
/// The highest level that a path may name (tlog-tiles, "Merkle Tree").
const MAX_LEVEL: u8 = 63;

/// What a tile is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Hashes of subtrees of 256^level leaves: level 0 holds leaf hashes.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

impl Level {
    /// How many full elements this level has in a tree.
    fn elements(self, size: TreeSize) -> u64 {
        match self {
            Self::Entries => size.0,
            Self::Hashes(level) => size
                .0
                .checked_shr(u32::from(level) * u32::from(TILE_HEIGHT))
                .unwrap_or(0),
        }
    }
}

/// The coordinates of a tile or entry bundle. A full one is 256 wide, a partial one belongs to one size of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    level: Level,
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile at a level and index in a tree of this size, as wide as it is there; none if the tree does not reach it.
    #[must_use]
    pub fn in_tree(level: Level, index: u64, size: TreeSize) -> Option<Self> {
        let start = index.checked_mul(TILE_WIDTH)?;
        let width = level.elements(size).checked_sub(start)?.min(TILE_WIDTH);
        (width > 0).then_some(Self {
            level,
            index,
            width: u16::try_from(width).expect("at most 256"),
        })
    }

    /// The tiles and bundles that a tree of `new` entries has and one of `old` had not, level by level and from left to
    /// right: what a log writes when it grows, and what a mirror fetches.
    pub fn grown(old: TreeSize, new: TreeSize) -> impl Iterator<Item = Self> {
        let levels = (0..TILE_HEIGHT).map(Level::Hashes).chain([Level::Entries]);
        levels
            .filter(move |level| level.elements(new) > level.elements(old))
            .flat_map(move |level| {
                let first = level.elements(old) / TILE_WIDTH;
                let last = (level.elements(new) - 1) / TILE_WIDTH;
                (first..=last).filter_map(move |index| Self::in_tree(level, index, new))
            })
    }

    /// What it is made of.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Its index within the level.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes or entries it has, 1 to 256.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Whether it is complete, so that it never changes.
    #[must_use]
    pub fn is_full(&self) -> bool {
        u64::from(self.width) == TILE_WIDTH
    }

    /// The full tile at the same place, which a log may serve in place of a partial one that it deleted.
    #[must_use]
    pub fn full(self) -> Self {
        Self {
            width: u16::try_from(TILE_WIDTH).expect("256"),
            ..self
        }
    }

    /// Reads the hashes of this tile; not yet known to belong to any tree.
    ///
    /// # Errors
    /// [`Error::TileMalformed`] unless there are as many as the tile is wide.
    pub fn hashes(&self, bytes: &[u8]) -> Result<Vec<Hash>, Error> {
        let (chunks, rest) = bytes.as_chunks::<32>();
        if self.level == Level::Entries || chunks.len() != usize::from(self.width) || !rest.is_empty() {
            return Err(Error::TileMalformed);
        }
        Ok(chunks.iter().map(|chunk| Hash(*chunk)).collect())
    }

    /// Reads the entries of this bundle; not yet known to belong to any tree.
    ///
    /// # Errors
    /// [`Error::TileMalformed`] unless there are as many as the bundle is wide and nothing else.
    pub fn entries<'a>(&self, bytes: &'a [u8]) -> Result<Vec<&'a [u8]>, Error> {
        if self.level != Level::Entries {
            return Err(Error::TileMalformed);
        }
        bundle::read(bytes, self.width.into())
    }
}

#[cfg(test)]
mod tests;
