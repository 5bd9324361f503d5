//! Proofs from tiles.

use super::{Level, TILE_HEIGHT, TILE_WIDTH, Tile};
use crate::{
    Error,
    merkle::{HashSource, TreeSize, root_of},
};
use core::cell::RefCell;
use schemas::Hash;
use std::collections::BTreeSet;

/// The hashes of a tree of one size, from wherever its tiles are read.
///
/// Nothing here is believed because a tile says so: proofs from tiles are checked against a checkpoint like any others.
#[derive(Clone, Debug)]
pub struct TileSource<F> {
    size: TreeSize,
    read: F,
    /// The tile that was read last: a proof wants up to eight hashes of each, one after the other.
    last: RefCell<Option<(Tile, Vec<Hash>)>>,
}

impl<F: Fn(Tile) -> Result<Vec<Hash>, Error>> TileSource<F> {
    /// The hashes of the tree of `size` entries. `read` answers with a tile's hashes ([`Tile::hashes`]), or
    /// [`Error::TileMissing`].
    pub fn new(size: TreeSize, read: F) -> Self {
        let last = RefCell::default();
        Self { size, read, last }
    }
}

impl<F: Fn(Tile) -> Result<Vec<Hash>, Error>> HashSource for TileSource<F> {
    fn node(&self, level: u8, index: u64) -> Result<Hash, Error> {
        // A tile of level L holds the nodes of level 8 L; those up to 7 levels above are computed from it.
        let (tile_level, above) = (level / TILE_HEIGHT, level % TILE_HEIGHT);
        let located = || {
            let first = index.checked_mul(1 << above)?;
            let tile = Tile::in_tree(Level::Hashes(tile_level), first / TILE_WIDTH, self.size)?;
            let start = usize::try_from(first % TILE_WIDTH).ok()?;
            let end = start + (1 << above);
            (end <= tile.width().into()).then_some((tile, start..end))
        };
        let (tile, range) = located().ok_or(Error::OutOfRange {
            index: index.checked_shl(level.into()).unwrap_or(u64::MAX),
            size: self.size.0,
        })?;
        let mut last = self.last.borrow_mut();
        let hashes = match &mut *last {
            Some((known, hashes)) if *known == tile => hashes,
            last => &mut last.insert((tile, (self.read)(tile)?)).1,
        };
        Ok(root_of(hashes.get(range).ok_or(Error::TileMalformed)?))
    }
}

/// The tiles that a proof reads, so that a client can fetch them all at once. `prove` is run once on hashes without
/// meaning.
///
/// # Errors
/// Whatever `prove` returns.
pub fn needed<T>(
    size: TreeSize,
    prove: impl FnOnce(&dyn HashSource) -> Result<T, Error>,
) -> Result<BTreeSet<Tile>, Error> {
    let asked = RefCell::new(BTreeSet::new());
    prove(&TileSource::new(size, |tile: Tile| {
        asked.borrow_mut().insert(tile);
        Ok(vec![Hash([0; 32]); tile.width().into()])
    }))?;
    Ok(asked.into_inner())
}
