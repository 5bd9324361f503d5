//! Every stored tile, bundle and object, held against what leads to the root.

use super::{
    Cure, Last, Survey,
    rows::{Look, Rows, after, partials},
};
use crate::{
    Error,
    log::{
        files::{self, beginning},
        head,
        pool::{object_root, read_object},
    },
    mirror,
    storage::File,
};
use ledger::{
    entry::Leaf,
    merkle::{TreeSize, leaf_hash},
    tile::{Level, Tile, TileFile},
};
use schemas::Hash;

const MISSING: &str = "it is missing";
const CHANGED: &str = "it is cut off or changed";
const NEWER: &str = "it belongs to a larger tree than the file `head`, which must be an older copy";

pub(super) struct Compare<'a> {
    pub(super) look: &'a Look<'a>,
    pub(super) rows: &'a Rows,
    /// What readers were told there is.
    pub(super) shown: TreeSize,
    pub(super) survey: &'a mut Survey,
}

impl Compare<'_> {
    /// Looks at all files, and repairs if there is a mirror. Returns the entries of the last row, if they are known.
    pub(super) fn all(&mut self) -> Result<Option<Last>, Error> {
        let size = self.look.size;
        let mut last = None;
        for row in 0..self.rows.rows.len() as u64 {
            let voice = self.rows.rows[usize::try_from(row).expect("an index")].voice;
            let leaves = self.rows.leaves(self.look, row)?;
            // Known to be right, since their leaf hashes are.
            let entries = self.look.entries(row, voice)?.filter(|_| leaves.is_some());
            let hashes = Expected::Bytes(leaves.as_ref().map(|leaves| concatenated(leaves)));
            let bundle = match (&entries, leaves) {
                (None, Some(leaves)) => Expected::Leaves(leaves),
                _ => Expected::Bytes(entries.as_ref().map(|entries| head::bundle(entries))),
            };
            for (level, expected) in [(Level::Entries, bundle), (Level::Hashes(0), hashes)] {
                self.place(
                    Tile::in_tree(level, row, size).expect("it has the row"),
                    &expected,
                )?;
            }
            for entry in entries.iter().flatten() {
                self.object(entry)?;
            }
            last = entries.map(Last);
        }
        for (level, hashes) in (1..).zip(self.rows.levels(size)) {
            for (index, hashes) in (0..).zip(hashes.chunks(256)) {
                let tile = Tile::in_tree(Level::Hashes(level), index, size).expect("it has the hashes");
                let expected = Expected::Bytes(self.rows.proven.then(|| concatenated(hashes)));
                self.place(tile, &expected)?;
            }
        }
        self.beyond()?;
        Ok(last)
    }

    /// The files at one place: the widest, and narrower ones of smaller trees.
    fn place(&mut self, tile: Tile, expected: &Expected) -> Result<(), Error> {
        let look = self.look;
        let at = |size| Tile::in_tree(tile.level(), tile.index(), size);
        // The bundle that the start goes on from, and what readers were told of: the full one stands in for both.
        let start = at(look.before()).filter(|narrow| narrow.level() == Level::Entries && *narrow != tile);
        let shown = at(self.shown).filter(|narrow| *narrow != tile);
        // What `head` adds is written again at the start, which needs what it goes on from.
        let mut follows = at(look.before()) != Some(tile);
        if let (Some(start), true) = (start, tile.is_full()) {
            follows &= look.storage.has(&files::tile(start))?;
        }
        if look.head.is_none() {
            // The tree went on from what it is held against, so that a full tile may have taken its place.
            follows |= look.storage.has(&files::tile(tile.full()))?;
        }
        self.file(tile, tile, expected, follows)?;
        if !tile.is_full() {
            for narrow in [start, shown].into_iter().flatten() {
                self.file(narrow, tile, expected, false)?;
            }
        }
        for name in partials(look.storage, tile.full())? {
            match name.as_str().parse::<Tile>() {
                Err(_) => self.survey.fault(name, "a log has no such file", Cure::Removal),
                Ok(narrow) if narrow.width() > tile.width() => self.newer(narrow),
                Ok(narrow) if narrow == tile => {}
                Ok(narrow) => self.file(narrow, tile, expected, true)?,
            }
        }
        Ok(())
    }

    /// One file, which is the beginning of what is expected of the widest.
    fn file(&mut self, tile: Tile, wide: Tile, expected: &Expected, may_miss: bool) -> Result<(), Error> {
        let name = files::tile(tile);
        self.survey.files += 1;
        let problem = match self.look.storage.read(&name)? {
            None if may_miss => return Ok(()),
            None => MISSING,
            Some(stored) if expected.accepts(tile, wide, &stored) => return Ok(()),
            Some(_) => CHANGED,
        };
        self.survey.fault(name.clone(), problem, Cure::Mirror);
        if let (Some(bytes), Some(_), true) = (expected.cut(tile, wide), self.look.mirror, self.rows.proven) {
            self.survey.repair(self.look.storage, File::next(name, bytes))?;
        }
        Ok(())
    }

    /// What an entry speaks of.
    fn object(&mut self, entry: &[u8]) -> Result<(), Error> {
        let root = match Leaf::decode(entry) {
            Ok(Leaf::Entry(entry)) => object_root(entry.unverified()),
            _ => None,
        };
        let Some(root) = root else { return Ok(()) };
        self.survey.files += 1;
        let name = files::object(&root);
        let problem = match read_object(self.look.storage, &root) {
            Ok(Some(_)) => return Ok(()),
            Ok(None) => MISSING,
            Err(Error::Damaged { problem, .. }) => problem,
            Err(error) => return Err(error),
        };
        self.survey.fault(name.clone(), problem, Cure::Mirror);
        if let Some((source, _)) = self.look.mirror {
            match mirror::object(source, &root) {
                Ok(bytes) => self.survey.repair(self.look.storage, File::next(name, bytes))?,
                Err(Error::SourceIncomplete { .. } | Error::SourceDiffers { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Nothing is beyond the right edge. If all is held against an older checkpoint, there may be.
    fn beyond(&mut self) -> Result<(), Error> {
        if self.look.head.is_none() {
            return Ok(());
        }
        let all = Tile::grown(TreeSize(0), self.look.size);
        let lasts = all.fold(std::collections::BTreeMap::new(), |mut lasts, tile| {
            lasts.insert(tile.level(), tile);
            lasts
        });
        for last in lasts.into_values() {
            let next = after(last);
            if self.look.storage.has(&files::tile(next))? {
                self.newer(next);
            }
            if last.is_full() {
                for name in partials(self.look.storage, next)? {
                    self.survey.fault(name, NEWER, Cure::Backup);
                }
            }
        }
        Ok(())
    }

    fn newer(&mut self, tile: Tile) {
        if self.look.head.is_some() {
            self.survey.fault(files::tile(tile), NEWER, Cure::Backup);
        }
    }
}

/// What the widest file at a place must be.
enum Expected {
    /// These bytes; none if nobody at hand knows them.
    Bytes(Option<Vec<u8>>),
    /// A bundle with these leaf hashes, whose entries nobody at hand has.
    Leaves(Vec<Hash>),
}

impl Expected {
    fn accepts(&self, tile: Tile, wide: Tile, stored: &[u8]) -> bool {
        match self {
            Self::Bytes(_) => self.cut(tile, wide).as_deref() == Some(stored),
            Self::Leaves(leaves) => tile.entries(stored).is_ok_and(|entries| {
                let hashes = entries.into_iter().map(leaf_hash);
                hashes.eq(leaves.iter().take(tile.width().into()).copied())
            }),
        }
    }

    /// The bytes of the tile, or of a narrower one.
    fn cut(&self, narrow: Tile, wide: Tile) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(Some(bytes)) => {
                let bytes = bytes.clone();
                beginning(narrow, &TileFile { tile: wide, bytes })
            }
            Self::Bytes(None) | Self::Leaves(_) => None,
        }
    }
}

fn concatenated(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}
