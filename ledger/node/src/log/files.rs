//! The files of a log, by name.
//!
//! `checkpoint`, `checkpoint-post-quantum`, `heads`, `tile/…`, `object/…` and `delta/…` are what readers see, at the paths of tlog-tiles below the log's prefix; any
//! static server can serve them. `head` is the log's own.

use crate::storage::{Name, Storage, StorageError};
use ledger::{
    merkle::TreeSize,
    tile::{Level, Tile, TileFile},
};
use schemas::{Hash, status::Delta};

/// The last signed checkpoint and the entries that it added.
pub(crate) fn head() -> Name {
    Name::new("head")
}

/// The last published checkpoint, with its cosignatures.
pub(crate) fn checkpoint() -> Name {
    Name::new("checkpoint")
}

/// The last one with a quorum of ML-DSA-44 cosignatures, with all of its cosignatures.
pub(crate) fn checkpoint_post_quantum() -> Name {
    Name::new("checkpoint-post-quantum")
}

/// The latest signed head of each chain.
pub(crate) fn heads() -> Name {
    Name::new("heads")
}

/// A tile or entry bundle.
pub(crate) fn tile(tile: Tile) -> Name {
    Name::new(tile.to_string())
}

/// The folder of the partial versions of a full tile.
pub(crate) fn partials(full: Tile) -> Name {
    debug_assert!(full.is_full(), "a partial tile has no partial versions");
    Name::new(format!("{full}.p"))
}

/// The object that an entry's root is the hash of.
pub(crate) fn object(hash: &Hash) -> Name {
    Name::new(format!("object/{hash}"))
}

/// The folder of the status deltas.
pub(crate) fn deltas() -> Name {
    Name::new("delta")
}

/// What leads from the status snapshot of one root to that of another.
pub(crate) fn delta(earlier: &Hash, later: &Hash) -> Name {
    Name::new(Delta::path(*earlier, *later))
}

/// Reads a tile or bundle, a partial one also from the beginning of a wider one that took its place.
pub(crate) fn read_tile(storage: &dyn Storage, wanted: Tile) -> Result<Option<Vec<u8>>, StorageError> {
    if let Some(bytes) = storage.read(&tile(wanted))? {
        return Ok(Some(bytes));
    }
    if wanted.is_full() {
        return Ok(None);
    }
    let tile = wanted.full();
    let full = storage.read(&self::tile(tile))?;
    Ok(full.and_then(|bytes| beginning(wanted, &TileFile { tile, bytes })))
}

/// The part of a tile that a narrower one has. None if the wider one is damaged, or not wider.
pub(crate) fn beginning(narrow: Tile, wide: &TileFile) -> Option<Vec<u8>> {
    let length = match narrow.level() {
        Level::Hashes(_) => usize::from(narrow.width()) * 32,
        Level::Entries => {
            let entries = wide.tile.entries(&wide.bytes).ok()?;
            let first = entries.iter().take(narrow.width().into());
            first.map(|entry| 2 + entry.len()).sum()
        }
    };
    wide.bytes.get(..length).map(<[u8]>::to_vec)
}

/// The tiles that a larger tree has in full where a smaller one had them in part.
pub(crate) fn completed(old: TreeSize, new: TreeSize) -> impl Iterator<Item = Tile> {
    Tile::grown(old, new).filter(move |grown| {
        let before = Tile::in_tree(grown.level(), grown.index(), old);
        grown.is_full() && before.is_some()
    })
}
