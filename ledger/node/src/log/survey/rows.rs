//! What leads to the root: for each 256 entries, whose word to take.

use super::super::{
    files::{self, read_tile},
    head::Head,
};
use crate::{
    Error,
    mirror::{self, Source},
    storage::Storage,
};
use ledger::{
    merkle::{TreeHead, TreeSize, leaf_hash, root_of},
    tile::{Level, TILE_WIDTH, Tile},
};
use schemas::Hash;

/// Most ways in which voices that contradict one another are tried out.
const MAX_TRIES: usize = 4_096;

/// Who says something about a row of entries, from the most credible on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    Mirror,
    Head,
    /// The bundle that the start goes on from, and `head`.
    Start,
    Bundle,
    Tile,
    Above,
}

/// Where to look.
pub(super) struct Look<'a> {
    pub(super) storage: &'a dyn Storage,
    /// None if its checkpoint is damaged.
    pub(super) head: Option<&'a Head>,
    pub(super) size: TreeSize,
    /// With the size of its tree, which is at most as large.
    pub(super) mirror: Option<(&'a dyn Source, TreeSize)>,
}

impl Look<'_> {
    /// The size of which all files must be there. What `head` adds to it is written at the next start if it is not.
    pub(super) fn before(&self) -> TreeSize {
        self.head.map_or(self.size, |head| head.before)
    }

    pub(super) fn width(&self, row: u64) -> usize {
        let width = (self.size.0 - row * TILE_WIDTH).min(TILE_WIDTH);
        usize::try_from(width).expect("at most 256")
    }

    /// The entries of a row as a voice has them; none if it has not all of them.
    pub(super) fn entries(&self, row: u64, voice: Voice) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let owned = |entries: Vec<&[u8]>| entries.into_iter().map(<[u8]>::to_vec).collect();
        let parsed = |size: TreeSize, bytes: Vec<u8>| {
            let bundle = Tile::in_tree(Level::Entries, row, size)?;
            self.completed(row, owned(bundle.entries(&bytes).ok()?), Clone::clone)
        };
        match voice {
            Voice::Head => Ok(self.completed(row, Vec::new(), Clone::clone)),
            Voice::Bundle => Ok(self
                .stored(Level::Entries, row, self.size)?
                .and_then(|bytes| parsed(self.size, bytes))),
            Voice::Start => {
                let at = |size| Tile::in_tree(Level::Entries, row, size);
                if at(self.before()) == at(self.size) {
                    return Ok(None);
                }
                let stored = self.stored(Level::Entries, row, self.before())?;
                Ok(stored.and_then(|bytes| parsed(self.before(), bytes)))
            }
            Voice::Mirror => {
                let Some((source, size)) = self.mirror else {
                    return Ok(None);
                };
                let Some(bundle) = Tile::in_tree(Level::Entries, row, size) else {
                    return Ok(None);
                };
                Ok(mirror::tile(source, bundle)?.and_then(|bytes| parsed(size, bytes)))
            }
            Voice::Tile | Voice::Above => Ok(None),
        }
    }

    /// The leaf hashes of a row, as its tile has them.
    fn leaves(&self, row: u64) -> Result<Option<Vec<Hash>>, Error> {
        for size in [self.size, self.before()] {
            if let Some(bytes) = self.stored(Level::Hashes(0), row, size)?
                && let Some(tile) = Tile::in_tree(Level::Hashes(0), row, size)
                && let Ok(hashes) = tile.hashes(&bytes)
                && let Some(leaves) = self.completed(row, hashes, |entry| leaf_hash(entry))
            {
                return Ok(Some(leaves));
            }
        }
        Ok(None)
    }

    /// The root over a row that is full, as the tile above it has it.
    fn above(&self, row: u64) -> Result<Option<Hash>, Error> {
        let at = usize::try_from(row % TILE_WIDTH).expect("below 256");
        for size in [self.size, self.before()] {
            if let Some(bytes) = self.stored(Level::Hashes(1), row / TILE_WIDTH, size)?
                && let Some(tile) = Tile::in_tree(Level::Hashes(1), row / TILE_WIDTH, size)
                && let Some(root) = tile
                    .hashes(&bytes)
                    .ok()
                    .and_then(|hashes| hashes.get(at).copied())
            {
                return Ok(Some(root));
            }
        }
        Ok(None)
    }

    fn stored(&self, level: Level, index: u64, size: TreeSize) -> Result<Option<Vec<u8>>, Error> {
        match Tile::in_tree(level, index, size) {
            Some(tile) => Ok(read_tile(self.storage, tile)?),
            None => Ok(None),
        }
    }

    /// A row whose end is what `head` adds.
    fn completed<T>(&self, row: u64, mut known: Vec<T>, of: impl Fn(&Vec<u8>) -> T) -> Option<Vec<T>> {
        let missing = self.width(row).checked_sub(known.len())?;
        if missing > 0 {
            let next = row * TILE_WIDTH + known.len() as u64;
            let head = self.head?;
            let from = usize::try_from(next.checked_sub(head.before.0)?).ok()?;
            known.extend(head.entries.get(from..from + missing)?.iter().map(of));
        }
        Some(known)
    }
}

/// A row: the root over its entries, and who said so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) root: Hash,
    pub(super) voice: Voice,
}

/// All rows of a tree.
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    /// Whether they lead to the signed root. If not, what they say is only likely.
    pub(super) proven: bool,
}

impl Rows {
    /// Hears all voices, and decides by the root.
    pub(super) fn find(look: &Look<'_>, tree: &TreeHead) -> Result<Self, Error> {
        let (mut rows, mut contested) = (Vec::new(), Vec::new());
        for row in 0..tree.size.0.div_ceil(TILE_WIDTH) {
            let choices = choices(look, row)?;
            // What nobody says anything about can be nothing.
            let nothing = Row {
                root: Hash([0; 32]),
                voice: Voice::Above,
            };
            rows.push(choices.first().copied().unwrap_or(nothing));
            if choices.len() > 1 {
                contested.push((rows.len() - 1, choices));
            }
        }
        let mut found = Self { rows, proven: false };
        // Like the digits of a number, each of which has its own base.
        let ways = contested
            .iter()
            .try_fold(1usize, |ways, (_, choices)| ways.checked_mul(choices.len()));
        for way in 0..ways.unwrap_or(MAX_TRIES).min(MAX_TRIES) {
            let mut rest = way;
            for (row, choices) in &contested {
                found.rows[*row] = choices[rest % choices.len()];
                rest /= choices.len();
            }
            if found.hash() == tree.root {
                found.proven = true;
                return Ok(found);
            }
        }
        for (row, choices) in contested {
            found.rows[row] = choices[0];
        }
        Ok(found)
    }

    /// The root over the rows: they are complete subtrees, all but the last.
    fn hash(&self) -> Hash {
        root_of(&self.rows.iter().map(|row| row.root).collect::<Vec<_>>())
    }

    /// The leaf hashes of a row; none if nobody at hand has them.
    pub(super) fn leaves(&self, look: &Look<'_>, row: u64) -> Result<Option<Vec<Hash>>, Error> {
        let Row { root, voice } = self.rows[usize::try_from(row).expect("there is such a row")];
        let leaves = match look.entries(row, voice)? {
            Some(entries) => Some(entries.iter().map(|entry| leaf_hash(entry)).collect()),
            None => look.leaves(row)?,
        };
        // A mirror is asked twice, and is not bound to answer the same.
        Ok(leaves.filter(|leaves: &Vec<Hash>| root_of(leaves) == root))
    }

    /// The root of a smaller tree; none if that cannot be told.
    pub(super) fn root(&self, look: &Look<'_>, size: TreeSize) -> Result<Option<Hash>, Error> {
        let (full, rest) = (size.0 / TILE_WIDTH, size.0 % TILE_WIDTH);
        let (full, rest) = (
            usize::try_from(full).expect("in memory"),
            usize::try_from(rest).expect("below 256"),
        );
        let mut roots: Vec<Hash> = self.rows[..full].iter().map(|row| row.root).collect();
        if rest > 0 {
            match self.leaves(look, full as u64)? {
                Some(leaves) => roots.push(root_of(&leaves[..rest])),
                None => return Ok(None),
            }
        }
        Ok(Some(root_of(&roots)))
    }

    /// The hashes of each level of tiles above the lowest.
    pub(super) fn levels(&self, size: TreeSize) -> Vec<Vec<Hash>> {
        let full = usize::try_from(size.0 / TILE_WIDTH).expect("in memory");
        let mut hashes: Vec<Hash> = self.rows[..full].iter().map(|row| row.root).collect();
        let mut levels = Vec::new();
        while !hashes.is_empty() {
            let tiles = hashes.chunks_exact(256).map(root_of).collect();
            levels.push(std::mem::replace(&mut hashes, tiles));
        }
        levels
    }
}

/// What is said about a row, each of it once: what most say first.
fn choices(look: &Look<'_>, row: u64) -> Result<Vec<Row>, Error> {
    let mut said: Vec<Row> = Vec::new();
    for voice in [Voice::Head, Voice::Start, Voice::Bundle] {
        if let Some(entries) = look.entries(row, voice)? {
            said.push(by(&entries, voice));
        }
    }
    let has_entries = !said.is_empty();
    let hashes = [
        (Voice::Tile, look.leaves(row)?.map(|leaves| root_of(&leaves))),
        (
            Voice::Above,
            look.above(row)?.filter(|_| look.width(row) as u64 == TILE_WIDTH),
        ),
    ];
    said.extend(
        hashes
            .into_iter()
            .filter_map(|(voice, root)| Some(Row { root: root?, voice })),
    );
    // The mirror is asked only about what is in doubt, as one voice alone is.
    let agreed = said.len() > 1 && said.windows(2).all(|pair| pair[0].root == pair[1].root);
    if !(has_entries && agreed)
        && let Some(entries) = look.entries(row, Voice::Mirror)?
    {
        said.insert(0, by(&entries, Voice::Mirror));
    }
    let votes = |row: &Row| said.iter().filter(|other| other.root == row.root).count();
    let mut choices: Vec<Row> = Vec::new();
    for row in &said {
        if choices.iter().all(|other| other.root != row.root) {
            choices.push(*row);
        }
    }
    choices.sort_by_key(|row| std::cmp::Reverse(votes(row)));
    Ok(choices)
}

fn by(entries: &[Vec<u8>], voice: Voice) -> Row {
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let root = root_of(&leaves);
    Row { root, voice }
}

/// The name that a tile would have, if the tree went on.
pub(super) fn after(last: Tile) -> Tile {
    let next = last.index() + u64::from(last.is_full());
    Tile::in_tree(last.level(), next, TreeSize(u64::MAX)).map_or(last.full(), Tile::full)
}

/// The partial versions of a tile that are stored.
pub(super) fn partials(storage: &dyn Storage, full: Tile) -> Result<Vec<crate::storage::Name>, Error> {
    Ok(storage.list(&files::partials(full))?)
}
