//! The disk that a recorded process wrote to, as it may be found after a loss of power.
//!
//! The model is what POSIX promises and no more, weaker than ext4, XFS or APFS are in practice: `fsync` of a file makes its
//! bytes and its length durable, and not its name; `fsync` of a folder makes the names in it durable, and not what is below
//! them. Of everything else each sector (512 or 4,096 bytes) and each change of a name is kept or lost by itself, in any
//! order; a rename happens as a whole or not at all. A sector is never half old and half new beyond what was written to it,
//! as SQLite assumes too (its "powersafe overwrite").

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// A source of chosen accidents (SplitMix64): the same seed, the same accidents.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.roll() >> 1).unwrap() % limit
    }

    /// True so many times of a hundred.
    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// Whether the disk does what it is told by `fsync`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Syncs {
    Heeded,
    Ignored,
}

/// A recorded operation.
pub enum Operation<'a> {
    Create { path: PathBuf, inode: u64 },
    Folder { path: PathBuf, mode: u32 },
    Write { inode: u64, at: usize, data: &'a [u8] },
    Truncate { inode: u64, length: usize },
    Sync { path: PathBuf, inode: u64 },
    Rename { from: PathBuf, to: PathBuf },
    Unlink { path: PathBuf },
}

/// Reads a record; each operation with where its record ends.
pub fn read<'a>(record: &'a [u8], root: &Path) -> Vec<(u64, Operation<'a>)> {
    let mut operations = Vec::new();
    let mut rest = record;
    while let Some((head, after)) = rest.split_at_checked(25) {
        let long = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().unwrap());
        let short = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap()) as usize;
        let (first, after) = after.split_at(short(17));
        let (second, after) = after.split_at(short(21));
        let path = |bytes: &[u8]| {
            let path = Path::new(std::str::from_utf8(bytes).unwrap());
            path.strip_prefix(root).unwrap().to_owned()
        };
        let inode = long(1);
        let number = usize::try_from(long(9)).unwrap();
        let operation = match head[0] {
            b'C' => Operation::Create {
                path: path(first),
                inode,
            },
            b'M' => Operation::Folder {
                path: path(first),
                mode: u32::try_from(number).unwrap(),
            },
            b'W' => Operation::Write {
                inode,
                at: number,
                data: first,
            },
            b'T' => Operation::Truncate {
                inode,
                length: number,
            },
            b'F' => Operation::Sync {
                path: path(first),
                inode,
            },
            b'R' => Operation::Rename {
                from: path(first),
                to: path(second),
            },
            b'U' => Operation::Unlink { path: path(first) },
            other => panic!("operation {other}"),
        };
        rest = after;
        operations.push(((record.len() - rest.len()) as u64, operation));
    }
    operations
}

/// A disk. Paths are relative to its root, which is there from the beginning.
#[derive(Default)]
pub struct Disk {
    files: Vec<Content>,
    /// Which file an inode number stands for now: numbers are used again.
    inodes: HashMap<u64, usize>,
    /// What a running process sees, and what survives for certain.
    seen: BTreeMap<PathBuf, Node>,
    durable: BTreeMap<PathBuf, Node>,
    changes: Vec<Change>,
}

#[derive(Default)]
struct Content {
    durable: Vec<u8>,
    pending: Vec<Pending>,
}

enum Pending {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    File(usize),
    Folder { mode: u32 },
}

/// A change of names that was not made durable.
#[derive(Clone)]
enum Change {
    Link(PathBuf, Node),
    Unlink(PathBuf),
    Rename(PathBuf, PathBuf, Node),
}

impl Change {
    fn path(&self) -> &Path {
        match self {
            Self::Link(path, _) | Self::Unlink(path) | Self::Rename(_, path, _) => path,
        }
    }

    fn apply(self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Link(path, node) => drop(names.insert(path, node)),
            Self::Unlink(path) => drop(names.remove(&path)),
            Self::Rename(from, to, node) => {
                names.remove(&from);
                names.insert(to, node);
            }
        }
    }
}

impl Disk {
    /// A disk with these folders.
    pub fn with(folders: &[&str]) -> Self {
        let folders = folders
            .iter()
            .map(|path| (path.into(), Node::Folder { mode: 0o755 }));
        let durable: BTreeMap<PathBuf, Node> = folders.collect();
        Self {
            seen: durable.clone(),
            durable,
            ..Self::default()
        }
    }

    pub fn apply(&mut self, operation: &Operation<'_>, syncs: Syncs) {
        match operation {
            Operation::Create { path, inode } => {
                self.files.push(Content::default());
                self.inodes.insert(*inode, self.files.len() - 1);
                self.change(Change::Link(path.clone(), Node::File(self.files.len() - 1)));
            }
            Operation::Folder { path, mode } => {
                self.change(Change::Link(path.clone(), Node::Folder { mode: *mode }));
            }
            Operation::Write { inode, at, data } => self.pend(*inode, Pending::Write(*at, data.to_vec())),
            Operation::Truncate { inode, length } => self.pend(*inode, Pending::Truncate(*length)),
            Operation::Rename { from, to } => {
                let node = self.seen[from];
                self.change(Change::Rename(from.clone(), to.clone(), node));
            }
            Operation::Unlink { path } => self.change(Change::Unlink(path.clone())),
            Operation::Sync { .. } if syncs == Syncs::Ignored => {}
            Operation::Sync { path, inode } => match self.seen.get(path) {
                Some(Node::Folder { .. }) => self.sync_folder(path),
                None if path.as_os_str().is_empty() => self.sync_folder(path),
                _ => {
                    let content = &mut self.files[self.inodes[inode]];
                    let pending = core::mem::take(&mut content.pending);
                    pending
                        .iter()
                        .for_each(|pending| pending.apply(&mut content.durable));
                }
            },
        }
    }

    fn change(&mut self, change: Change) {
        change.clone().apply(&mut self.seen);
        self.changes.push(change);
    }

    fn pend(&mut self, inode: u64, pending: Pending) {
        self.files[self.inodes[&inode]].pending.push(pending);
    }

    fn sync_folder(&mut self, folder: &Path) {
        let (durable, rest): (Vec<_>, Vec<_>) = core::mem::take(&mut self.changes)
            .into_iter()
            .partition(|change| change.path().parent() == Some(folder));
        self.changes = rest;
        durable
            .into_iter()
            .for_each(|change| change.apply(&mut self.durable));
    }

    /// Writes what is found after a loss of power now.
    pub fn write_image(&self, to: &Path, dice: &mut Dice) {
        let kept = |dice: &mut Dice| [0, 5, 50, 95, 100][dice.below(5)];
        let (names_kept, bytes_kept) = (kept(dice), kept(dice));
        let sector = [512, 4096][dice.below(2)];
        let mut names = self.durable.clone();
        for change in &self.changes {
            if dice.percent(names_kept) {
                change.clone().apply(&mut names);
            }
        }
        self.write(&names, to, |content| content.torn(sector, bytes_kept, dice));
    }

    /// Writes what a running process sees.
    pub fn write_seen(&self, to: &Path) {
        self.write(&self.seen, to, |content| content.seen());
    }

    /// Parents come before what is in them; what has lost its folder is lost.
    fn write(&self, names: &BTreeMap<PathBuf, Node>, to: &Path, mut bytes: impl FnMut(&Content) -> Vec<u8>) {
        for (path, node) in names {
            let at = to.join(path);
            if !at.parent().unwrap().is_dir() {
                continue;
            }
            match node {
                Node::Folder { mode } => {
                    fs::create_dir(&at).unwrap();
                    fs::set_permissions(&at, fs::Permissions::from_mode(mode & 0o755)).unwrap();
                }
                Node::File(file) => fs::write(&at, bytes(&self.files[*file])).unwrap(),
            }
        }
    }
}

impl Content {
    fn seen(&self) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        self.pending.iter().for_each(|pending| pending.apply(&mut bytes));
        bytes
    }

    /// The durable bytes, and of the pending ones each sector or not.
    fn torn(&self, sector: usize, kept: usize, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for pending in &self.pending {
            match pending {
                Pending::Truncate(_) if dice.percent(kept) => pending.apply(&mut bytes),
                Pending::Truncate(_) => {}
                Pending::Write(at, data) => {
                    let (mut at, mut data) = (*at, &data[..]);
                    while !data.is_empty() {
                        let (piece, rest) = data.split_at(data.len().min(sector - at % sector));
                        if dice.percent(kept) {
                            Pending::Write(at, piece.to_vec()).apply(&mut bytes);
                        }
                        (at, data) = (at + piece.len(), rest);
                    }
                }
            }
        }
        bytes
    }
}

impl Pending {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Truncate(length) => bytes.resize(*length, 0),
            Self::Write(at, data) => {
                bytes.resize(bytes.len().max(at + data.len()), 0);
                bytes[*at..at + data.len()].copy_from_slice(data);
            }
        }
    }
}
