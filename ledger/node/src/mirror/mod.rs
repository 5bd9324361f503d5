//! A copy of a log by its static files (C2SP tlog-tiles), of which every byte is held against the signed checkpoint before it
//! is written. The log may be anybody's; the objects beside Attest's logs are copied too, and status deltas are made of them.
//!
//! A copy is good as of its file `checkpoint`, which is written last. A run that was interrupted goes on where it was. Any
//! static server can serve the folder.

mod source;
#[cfg(test)]
mod tests;
mod trust;

pub use source::Source;
pub(crate) use source::{checkpoint, differs, lacks, object, tile};
pub use trust::Trust;

use crate::{
    Error,
    deltas::{self, Deltas},
    log::{
        files::{self, beginning, read_tile},
        object_root,
    },
    storage::{File, Storage},
};
use ledger::{
    entry::{Leaf, Subject},
    heads::Heads,
    merkle::{ConsistencyProof, Frontier, TreeHead, TreeSize, leaf_hash, root_of},
    tile::{Level, TILE_WIDTH, Tile, TileFile, TileSource, needed},
};
use schemas::Hash;
use std::collections::BTreeMap;

/// Files that are written together, and flushed together.
const BATCH: usize = 64;
/// Levels of tiles, the lowest first (tlog-tiles, "Merkle Tree": 2⁶⁴ entries have eight).
const LEVELS: u8 = 8;
/// How many bundles back snapshots are looked for that deltas lead from: some hours of the busiest day.
const LOOKED_BACK: u64 = 64;

/// What a run brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mirrored {
    /// Entries that the copy had before.
    pub before: u64,
    /// Entries that it has now.
    pub entries: u64,
    /// New files, the checkpoint among them.
    pub files: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// Brings the copy in `storage` up to date.
///
/// # Errors
/// [`Error::SourceUnavailable`], [`Error::SourceIncomplete`], [`Error::SourceDiffers`]; [`Error::Ledger`] for a checkpoint
/// that is not signed as it must be, that leads back, or that is of another history than the copy; [`Error::MirrorForeign`]
/// when the copy is of another log; [`Error::Storage`]. What was there is as good as before.
pub fn mirror(source: &dyn Source, trust: &Trust, storage: &dyn Storage) -> Result<Mirrored, Error> {
    // 1. Which tree, and from which one on.
    let (signed, new) = trust.check(&checkpoint(source)?)?;
    let old = match storage.read(&files::checkpoint())? {
        None => TreeHead::empty(),
        Some(bytes) => {
            let (known, head) = trust.check(&bytes)?;
            if known.unverified().origin() != signed.unverified().origin() {
                return Err(Error::MirrorForeign {
                    here: known.unverified().origin().to_owned(),
                    there: signed.unverified().origin().to_owned(),
                });
            }
            head
        }
    };
    if new.size < old.size {
        let (known, offered) = (old.size.0, new.size.0);
        return Err(ledger::Error::WentBack { known, offered }.into());
    }

    // 2. The tiles at its edge hash to its root, and the copy is the beginning of it.
    let edge = edge(source, &new)?;
    let mut copy = Copy {
        source,
        storage,
        size: new.size,
        edge,
        last: None,
        batch: Vec::new(),
        snapshots: false,
        done: Mirrored {
            before: old.size.0,
            entries: new.size.0,
            ..Mirrored::default()
        },
    };
    copy.continues(&old, &new)?;

    // 3. The tiles, from the top: each hashes to what the one above it says.
    for level in (0..LEVELS).rev().map(Level::Hashes) {
        for tile in Tile::grown(old.size, new.size).filter(|tile| tile.level() == level) {
            copy.tile(tile)?;
        }
        copy.flush()?;
    }
    // 4. The entries, which hash to the lowest tiles, and what they speak of.
    for bundle in Tile::grown(old.size, new.size).filter(|tile| tile.level() == Level::Entries) {
        copy.bundle(bundle, old.size)?;
    }
    copy.flush()?;

    // 5. What post-quantum verifiers read besides, where there is any.
    copy.post_quantum(trust, &new)?;

    // 6. The checkpoint. A crash before it leaves files that the next run finds.
    let bytes = signed.to_string().into_bytes();
    copy.put(File::next(files::checkpoint(), bytes))?;
    copy.flush()?;
    for full in files::completed(old.size, new.size) {
        storage.clear(&files::partials(full))?;
    }

    // 7. The deltas between the snapshots that are here now, which nobody waits for.
    if let Err(error) = copy.deltas() {
        tracing::warn!(%error, "could not make status deltas; readers of this copy take whole snapshots");
    }
    Ok(copy.done)
}

/// The partial tiles of a tree, one of each level at most, found to hash to its root.
fn edge(source: &dyn Source, head: &TreeHead) -> Result<BTreeMap<Tile, Vec<u8>>, Error> {
    let mut tiles = BTreeMap::new();
    for level in 0..LEVELS {
        let elements = head.size.0.checked_shr(u32::from(level) * 8).unwrap_or(0);
        let last = Tile::in_tree(Level::Hashes(level), elements / TILE_WIDTH, head.size);
        if let Some(last) = last.filter(|last| !last.is_full()) {
            let bytes = tile(source, last)?.ok_or_else(|| lacks(&last.to_string()))?;
            tiles.insert(last, bytes);
        }
    }
    let hashes = TileSource::new(head.size, |tile: Tile| {
        tile.hashes(tiles.get(&tile).ok_or(ledger::Error::TileMissing(tile))?)
    });
    let found = Frontier::load(&hashes, head.size).map(|frontier| frontier.head());
    match found == Ok(*head) {
        true => Ok(tiles),
        false => Err(ledger::Error::TreeMismatch { size: head.size.0 }.into()),
    }
}

/// A run.
struct Copy<'a> {
    source: &'a dyn Source,
    storage: &'a dyn Storage,
    size: TreeSize,
    /// What only the root says, already found to be right.
    edge: BTreeMap<Tile, Vec<u8>>,
    /// The tile that was looked into last, which the next one is most likely below as well.
    last: Option<(Tile, Vec<Hash>)>,
    batch: Vec<File>,
    /// Whether the run brought a status snapshot.
    snapshots: bool,
    done: Mirrored,
}

impl Copy<'_> {
    /// The last checkpoint with all cosignatures, unless it is ahead of the copy: the next run brings it then. And the signed
    /// heads, which prove themselves.
    fn post_quantum(&mut self, trust: &Trust, new: &TreeHead) -> Result<(), Error> {
        let name = files::checkpoint_post_quantum();
        if let Some(bytes) = self.source.read(name.as_str())? {
            let (signed, head) = trust.check(&bytes)?;
            if head.size <= new.size {
                self.continues(&head, new)?;
                self.edge_bundle(head.size)?;
                self.put(File::next(name, signed.to_string().into_bytes()))?;
            }
        }
        let name = files::heads();
        if let Some(bytes) = self.source.read(name.as_str())? {
            Heads::decode(&bytes)?;
            self.put(File::next(name, bytes))?;
        }
        Ok(())
    }

    /// The last bundle of a smaller tree, which is the beginning of one that the copy has.
    fn edge_bundle(&mut self, size: TreeSize) -> Result<(), Error> {
        let narrow = Tile::in_tree(Level::Entries, size.0 / TILE_WIDTH, size);
        let Some(narrow) = narrow.filter(|tile| !tile.is_full()) else {
            return Ok(());
        };
        let wide = Tile::in_tree(Level::Entries, narrow.index(), self.size).expect("it is larger");
        if wide == narrow {
            return Ok(());
        }
        let bytes = self.storage.read(&files::tile(wide))?;
        let cut = bytes.and_then(|bytes| beginning(narrow, &TileFile { tile: wide, bytes }));
        match cut {
            Some(bytes) => self.put(File::once(files::tile(narrow), bytes)),
            None => Err(lacks(&wide.to_string())),
        }
    }

    /// Whether the tree that the copy has is the beginning of the one to come, by the source's own tiles.
    fn continues(&self, old: &TreeHead, new: &TreeHead) -> Result<(), Error> {
        if old == new || *old == TreeHead::empty() {
            return Ok(());
        }
        let mut tiles = BTreeMap::new();
        for wanted in needed(new.size, |hashes| {
            ConsistencyProof::generate(hashes, old.size, new.size)
        })? {
            let bytes = tile(self.source, wanted)?.ok_or_else(|| lacks(&wanted.to_string()))?;
            tiles.insert(wanted, wanted.hashes(&bytes)?);
        }
        let hashes = TileSource::new(new.size, |tile: Tile| {
            tiles.get(&tile).cloned().ok_or(ledger::Error::TileMissing(tile))
        });
        let proof = ConsistencyProof::generate(&hashes, old.size, new.size)?;
        let _ = proof.verify(old, new)?;
        Ok(())
    }

    /// Copies a tile of hashes; those above it are there.
    fn tile(&mut self, tile: Tile) -> Result<(), Error> {
        if let Some(bytes) = self.edge.get(&tile).cloned() {
            return self.keep(tile, |found| found == bytes).map(drop);
        }
        let Level::Hashes(level) = tile.level() else {
            unreachable!("the caller has tiles of hashes");
        };
        let above = Tile::in_tree(Level::Hashes(level + 1), tile.index() / TILE_WIDTH, self.size);
        let above = above.expect("a full tile has one above it");
        let at = usize::try_from(tile.index() % TILE_WIDTH).expect("below 256");
        let said = self.hashes(above)?[at];
        self.keep(tile, |found| {
            tile.hashes(found).is_ok_and(|hashes| root_of(&hashes) == said)
        })
        .map(drop)
    }

    /// Copies a bundle and the objects of its entries from `old` on.
    fn bundle(&mut self, bundle: Tile, old: TreeSize) -> Result<(), Error> {
        let leaves = Tile::in_tree(Level::Hashes(0), bundle.index(), self.size);
        let said = self.hashes(leaves.expect("it is as wide as the bundle"))?;
        let hashed = |found: &[u8]| {
            let entries = bundle.entries(found).unwrap_or_default();
            entries.into_iter().map(leaf_hash).eq(said.iter().copied())
        };
        let bytes = self.keep(bundle, hashed)?;
        let first = bundle.index() * TILE_WIDTH;
        for (index, entry) in (first..).zip(bundle.entries(&bytes)?) {
            if let (true, Ok(Leaf::Entry(entry))) = (index >= old.0, Leaf::decode(entry))
                && let Some(root) = object_root(entry.unverified())
            {
                self.snapshots |= matches!(entry.unverified().subject(), Subject::Snapshot(..));
                if !self.storage.has(&files::object(&root))? {
                    let bytes = object(self.source, &root)?;
                    self.put(File::once(files::object(&root), bytes))?;
                }
            }
        }
        Ok(())
    }

    /// Makes the deltas to each issuer's latest snapshot, like the log itself, if there are new ones.
    fn deltas(&self) -> Result<(), Error> {
        if !self.snapshots {
            return Ok(());
        }
        let end = self.size.0.div_ceil(TILE_WIDTH);
        let mut roots: BTreeMap<_, BTreeMap<_, Hash>> = BTreeMap::new();
        for index in end.saturating_sub(LOOKED_BACK)..end {
            let bundle = Tile::in_tree(Level::Entries, index, self.size).expect("it is below the size");
            let bytes = read_tile(self.storage, bundle)?.ok_or(ledger::Error::TileMissing(bundle))?;
            for entry in bundle.entries(&bytes)? {
                if let Ok(Leaf::Entry(entry)) = Leaf::decode(entry)
                    && let Subject::Snapshot(issuer, number) = entry.unverified().subject()
                {
                    let root = entry.unverified().root();
                    roots.entry(issuer).or_default().insert(number, root);
                }
            }
        }
        let latest = |roots: BTreeMap<_, Hash>| roots.into_values().rev().take(deltas::ROOTS).collect();
        let chains: Vec<Vec<Hash>> = roots.into_values().map(latest).collect();
        Deltas::default().keep(self.storage, &chains)
    }

    /// A file that is here and good, or else fetched and good, in which case it is put.
    fn keep(&mut self, wanted: Tile, good: impl Fn(&[u8]) -> bool) -> Result<Vec<u8>, Error> {
        let here = read_tile(self.storage, wanted)?;
        let name = files::tile(wanted);
        let file = match here {
            Some(bytes) if good(&bytes) => return Ok(bytes),
            Some(_) => File::next,
            None => File::once,
        };
        let bytes = tile(self.source, wanted)?.ok_or_else(|| lacks(name.as_str()))?;
        if !good(&bytes) {
            return Err(differs(name.as_str()));
        }
        self.put(file(name, bytes.clone()))?;
        Ok(bytes)
    }

    /// The hashes of a tile that was copied before.
    fn hashes(&mut self, tile: Tile) -> Result<Vec<Hash>, Error> {
        if let Some((last, hashes)) = &self.last
            && *last == tile
        {
            return Ok(hashes.clone());
        }
        let bytes = read_tile(self.storage, tile)?.ok_or(ledger::Error::TileMissing(tile))?;
        let hashes = tile.hashes(&bytes)?;
        self.last = Some((tile, hashes.clone()));
        Ok(hashes)
    }

    fn put(&mut self, file: File) -> Result<(), Error> {
        self.done.files += 1;
        self.done.bytes += file.bytes.len();
        self.batch.push(file);
        match self.batch.len() < BATCH {
            true => Ok(()),
            false => self.flush(),
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        let batch = std::mem::take(&mut self.batch);
        match batch.is_empty() {
            true => Ok(()),
            false => Ok(self.storage.write(&batch)?),
        }
    }
}
