//! A stored tree, found to be whole.

use super::{See, damaged};
use crate::{
    Error,
    log::files::{self, beginning, read_tile},
    storage::Storage,
};
use ledger::{
    merkle::TreeSize,
    tile::{Edge, Level, TILE_WIDTH, Tile, TileFile},
};
use std::collections::BTreeMap;

/// A tree rebuilt from stored entries.
#[derive(Default)]
pub(super) struct Rebuilt {
    edge: Edge,
    /// The last file of each level.
    last: BTreeMap<Level, TileFile>,
}

impl Rebuilt {
    /// What the tree needs to grow.
    pub(super) fn edge(&self) -> &Edge {
        &self.edge
    }

    /// Appends entries; returns the files of the larger tree.
    pub(super) fn grow(&mut self, entries: &[impl AsRef<[u8]>]) -> Result<Vec<TileFile>, Error> {
        let files = self.edge.grow(entries)?;
        let by_level = files.iter().map(|file| (file.tile.level(), file.clone()));
        self.last.extend(by_level);
        Ok(files)
    }

    /// Rebuilds the tree of `size` entries, and compares every full tile and bundle with what it must be.
    pub(super) fn from_bundles(storage: &dyn Storage, size: TreeSize, see: See<'_>) -> Result<Self, Error> {
        let mut rebuilt = Self::default();
        for index in 0..size.0.div_ceil(TILE_WIDTH) {
            let bundle = Tile::in_tree(Level::Entries, index, size).expect("it starts in the tree");
            let name = || files::tile(bundle);
            let bytes = read_tile(storage, bundle)?.ok_or_else(|| damaged(name(), "it is missing"))?;
            let entries = bundle.entries(&bytes);
            let entries = entries.map_err(|_| damaged(name(), "it is cut off or changed"))?;
            see(index * TILE_WIDTH, &entries)?;
            // A partial tile inside the tree may be there or not, depending on the sizes that were signed.
            for file in rebuilt.grow(&entries)? {
                let stored = storage.read(&files::tile(file.tile))?;
                if stored.as_ref() != Some(&file.bytes) && (file.tile.is_full() || stored.is_some()) {
                    return Err(damaged(files::tile(file.tile), disagrees(file.tile)));
                }
            }
        }
        Ok(rebuilt)
    }

    /// Compares the stored tiles at the right edge with what they must be: partial ones with the beginnings of the
    /// widest, and nothing beyond.
    pub(super) fn compare_edge(&self, storage: &dyn Storage) -> Result<(), Error> {
        let newer = "it belongs to a larger tree than the file `head`, which must be an older copy";
        for file in self.last.values() {
            let last = file.tile;
            let edge = match last.is_full() {
                false => last.full(),
                true => Tile::in_tree(last.level(), last.index() + 1, TreeSize(u64::MAX))
                    .expect("a tree may go on"),
            };
            if storage.read(&files::tile(last))?.is_none() {
                return Err(damaged(files::tile(last), "it is missing"));
            }
            if storage.read(&files::tile(edge))?.is_some() {
                return Err(damaged(files::tile(edge), newer));
            }
            for name in storage.list(&files::partials(edge))? {
                let tile: Tile = match name.as_str().parse() {
                    Ok(tile) => tile,
                    Err(_) => return Err(damaged(name, "a log has no such file")),
                };
                if last.is_full() || tile.width() > last.width() {
                    return Err(damaged(name, newer));
                }
                if storage.read(&name)? != beginning(tile, file) {
                    return Err(damaged(name, disagrees(tile)));
                }
            }
        }
        Ok(())
    }
}

fn disagrees(tile: Tile) -> &'static str {
    match tile.level() {
        Level::Hashes(0) => "it is missing, or it and the entry bundle with the same number do not agree",
        _ => "it is missing, or it is not what the stored entries make it",
    }
}
