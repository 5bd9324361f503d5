//! A tile for readers, held against its neighbours: what was damaged while the log runs is not served.
//!
//! Readers check everything themselves, so this is for the operator, who learns of the damage by the first reader and not by
//! the last. It costs one more file for each, and what most readers ask a cache for.

use super::files::{self, beginning, read_tile};
use crate::{Error, storage::Storage};
use ledger::{
    merkle::{Frontier, TreeHead, leaf_hash, root_of},
    tile::{Level, TILE_WIDTH, Tile, TileFile, TileSource},
};
use schemas::Hash;

/// Reads a tile or bundle of a tree that the log has signed.
///
/// # Errors
/// [`Error::Damaged`] when none of its neighbours agrees with it: a single damaged file is found, and does not keep others
/// from being served. [`Error::Storage`].
pub(super) fn read(storage: &dyn Storage, wanted: Tile, signed: &TreeHead) -> Result<Option<Vec<u8>>, Error> {
    let Some(bytes) = read_tile(storage, wanted)? else {
        return Ok(None);
    };
    let agreed = match wanted.level() {
        Level::Entries | Level::Hashes(0) => with_row(storage, wanted, &bytes, signed)?,
        Level::Hashes(_) if wanted.is_full() => {
            with_above(storage, wanted, &bytes, signed)? || with_below(storage, wanted, &bytes)?
        }
        Level::Hashes(_) => with_edge(storage, wanted, &bytes, signed)?,
    };
    match agreed {
        true => Ok(Some(bytes)),
        false => Err(Error::Damaged {
            name: files::tile(wanted),
            problem: "it does not agree with the tiles beside and above it",
        }),
    }
}

/// A bundle and its tile have the same leaf hashes; if not, one of them has the root that the tile above says.
fn with_row(storage: &dyn Storage, wanted: Tile, bytes: &[u8], signed: &TreeHead) -> Result<bool, Error> {
    let Some(leaves) = leaves(wanted, bytes) else {
        return Ok(false);
    };
    let other = match wanted.level() {
        Level::Entries => Level::Hashes(0),
        Level::Hashes(_) => Level::Entries,
    };
    let beside = sized(other, wanted);
    let found = read_tile(storage, beside)?.and_then(|bytes| self::leaves(beside, &bytes));
    Ok(found.as_ref() == Some(&leaves) || says_above(storage, wanted, root_of(&leaves), signed)?)
}

fn leaves(tile: Tile, bytes: &[u8]) -> Option<Vec<Hash>> {
    match tile.level() {
        Level::Entries => Some(tile.entries(bytes).ok()?.into_iter().map(leaf_hash).collect()),
        Level::Hashes(_) => tile.hashes(bytes).ok(),
    }
}

/// The tile of another level that is as wide, at the same index.
fn sized(level: Level, like: Tile) -> Tile {
    let size = like.index() * TILE_WIDTH + u64::from(like.width());
    Tile::in_tree(level, like.index(), ledger::merkle::TreeSize(size))
        .expect("both begin with a row of entries")
}

fn with_above(storage: &dyn Storage, wanted: Tile, bytes: &[u8], signed: &TreeHead) -> Result<bool, Error> {
    match wanted.hashes(bytes) {
        Ok(hashes) => says_above(storage, wanted, root_of(&hashes), signed),
        Err(_) => Ok(false),
    }
}

/// Whether the tile above says this root of a full tile or bundle.
fn says_above(storage: &dyn Storage, wanted: Tile, root: Hash, signed: &TreeHead) -> Result<bool, Error> {
    let level = match wanted.level() {
        Level::Entries => 1,
        Level::Hashes(level) => level + 1,
    };
    let above = Tile::in_tree(Level::Hashes(level), wanted.index() / TILE_WIDTH, signed.size);
    let Some(above) = above.filter(|_| wanted.is_full()) else {
        return Ok(false);
    };
    let at = usize::try_from(wanted.index() % TILE_WIDTH).expect("below 256");
    let hashes = read_tile(storage, above)?.and_then(|bytes| above.hashes(&bytes).ok());
    Ok(hashes.is_some_and(|hashes| hashes.get(at) == Some(&root)))
}

/// Whether all full tiles below have the roots that this one says.
fn with_below(storage: &dyn Storage, wanted: Tile, bytes: &[u8]) -> Result<bool, Error> {
    let (Level::Hashes(level), Ok(hashes)) = (wanted.level(), wanted.hashes(bytes)) else {
        return Ok(false);
    };
    for (index, said) in (wanted.index() * TILE_WIDTH..).zip(hashes) {
        let below = Tile::in_tree(
            Level::Hashes(level - 1),
            index,
            ledger::merkle::TreeSize(u64::MAX),
        );
        let below = below.expect("it is below a tile");
        let found = read_tile(storage, below)?.and_then(|bytes| below.hashes(&bytes).ok());
        if found.is_none_or(|found| root_of(&found) != said) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A partial tile above the lowest level is the beginning of the one that the tree has now. That one and the other partial
/// ones hash to the signed root, unless it has become full.
fn with_edge(storage: &dyn Storage, wanted: Tile, bytes: &[u8], signed: &TreeHead) -> Result<bool, Error> {
    let Some(now) = Tile::in_tree(wanted.level(), wanted.index(), signed.size) else {
        return Ok(false);
    };
    if now != wanted {
        let wide = read_tile(storage, now)?;
        let cut = wide.and_then(|bytes| beginning(wanted, &TileFile { tile: now, bytes }));
        return Ok(cut.as_deref() == Some(bytes));
    }
    let hashes = TileSource::new(signed.size, |tile: Tile| {
        let missing = ledger::Error::TileMissing(tile);
        tile.hashes(&read_tile(storage, tile).ok().flatten().ok_or(missing)?)
    });
    Ok(Frontier::load(&hashes, signed.size).is_ok_and(|frontier| frontier.head() == *signed))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            simulation::CAST,
            tree::{Addition, Tree},
        },
        *,
    };
    use crate::storage::{Disk as _, Files, simulated::SimulatedDisk};
    use ledger::merkle::TreeSize;
    use std::sync::Arc;

    fn grown(steps: &[u64]) -> (SimulatedDisk, TreeHead) {
        let disk = SimulatedDisk::new(1);
        let storage: Arc<dyn Storage> = Arc::new(Files::on(disk.clone()).unwrap());
        let mut tree = Tree::create(storage, CAST.log.clone(), b"entry 0".to_vec()).unwrap();
        for step in steps {
            let from = tree.signed().head().size.0;
            let entry = |n: u64| Addition {
                entry: n.to_be_bytes().to_vec(),
                object: None,
            };
            tree = tree.append((from..from + step).map(entry).collect()).unwrap();
        }
        (disk, tree.signed().head())
    }

    /// Damages `path` in turn in two ways; it is not served then, and what `others` names is.
    fn assert_noticed(disk: &SimulatedDisk, head: &TreeHead, path: &str, others: &[Tile]) {
        let storage = Files::on(disk.clone()).unwrap();
        let whole = disk.read(path).unwrap().unwrap();
        let tile: Tile = path.parse().unwrap();
        assert_eq!(
            read(&storage, tile, head).unwrap().as_ref(),
            Some(&whole),
            "{path}"
        );
        for cut in [false, true] {
            disk.damage(path, |bytes| match cut {
                true => bytes.truncate(bytes.len() - 1),
                false => bytes[40 % whole.len()] ^= 1,
            });
            let refusal = read(&storage, tile, head).unwrap_err();
            assert_eq!(refusal.code(), "storage-damaged", "{path}");
            assert!(refusal.to_string().starts_with(path), "{refusal}");
            for other in others.iter().filter(|other| **other != tile) {
                let served = read(&storage, *other, head);
                assert!(
                    matches!(served, Ok(Some(_))),
                    "{path} keeps {other} from being served"
                );
            }
            disk.damage(path, |bytes| bytes.clone_from(&whole));
        }
    }

    #[test]
    fn damage_while_the_log_runs_is_noticed_and_kept_to_itself() {
        let (disk, head) = grown(&[1, 253, 1, 1, 1, 300, 9, 1]);
        let full: Vec<Tile> = Tile::grown(TreeSize(0), head.size)
            .filter(Tile::is_full)
            .collect();
        assert_eq!(full.len(), 4);
        let mut paths = disk.paths();
        paths.retain(|path| path.starts_with("tile/"));
        for path in paths {
            assert_noticed(&disk, &head, &path, &full);
        }
        let storage = Files::on(disk).unwrap();
        assert_eq!(
            read(&storage, "tile/0/005".parse().unwrap(), &head).unwrap(),
            None
        );
        let narrow = read(&storage, "tile/entries/000.p/10".parse().unwrap(), &head);
        assert!(matches!(narrow, Ok(Some(_))));
    }

    #[test]
    fn tiles_above_are_held_against_those_below() {
        let (disk, head) = grown(&[20_000, 20_000, 20_000, 6_000]);
        let others: Vec<Tile> = ["tile/0/000", "tile/1/000", "tile/entries/000", "tile/entries/255"]
            .map(|path| path.parse().unwrap())
            .to_vec();
        for path in ["tile/0/003", "tile/1/000", "tile/2/000.p/1", "tile/entries/007"] {
            assert_noticed(&disk, &head, path, &others);
        }
    }
}
