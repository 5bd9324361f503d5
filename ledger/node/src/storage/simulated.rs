//! A disk for tests that forgets what was not flushed.

use super::{Disk, FileVersion};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex, MutexGuard},
};

/// A source of chosen accidents (SplitMix64): the same seed, the same accidents.
#[derive(Debug)]
pub(crate) struct Dice(pub u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.roll() >> 1).unwrap() % limit
    }

    /// True once in `n`.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// What goes wrong at a chosen step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The operation answers with an error; it may have happened all the same.
    Error,
    /// The process dies; the system keeps what it was given.
    Kill,
    /// The machine dies; whatever was not flushed is kept, lost or torn, each by itself.
    PowerLoss,
}

/// A disk in memory. Clones are the same disk.
#[derive(Clone, Debug)]
pub(crate) struct SimulatedDisk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    dice: Dice,
    /// Contents of files; a name points at one.
    inodes: Vec<Inode>,
    /// What a running process sees.
    seen: Names,
    /// What survives for certain.
    durable: Names,
    /// Changes of names that were seen and not yet flushed.
    pending: Vec<Change>,
    /// Changing operations still to go before the fault.
    armed: Option<(u64, Fault)>,
    /// Set by a kill or a loss of power, until the restart.
    dead: bool,
    /// Bytes that can still be written; none is no limit.
    room: Option<usize>,
}

#[derive(Clone, Debug, Default)]
struct Names {
    files: BTreeMap<String, usize>,
    folders: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
struct Inode {
    cached: Vec<u8>,
    durable: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Change {
    Link(String, usize),
    Unlink(String, usize),
    Folder(String),
}

impl SimulatedDisk {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            dice: Dice(seed),
            inodes: Vec::new(),
            seen: Names::default(),
            durable: Names::default(),
            pending: Vec::new(),
            armed: None,
            dead: false,
            room: None,
        })))
    }

    /// Lets `fault` happen at the `steps`-th changing operation from now; 0 is the next one.
    pub(crate) fn arm(&self, steps: u64, fault: Fault) {
        self.state().armed = Some((steps, fault));
    }

    /// Leaves room for so many bytes; a write that needs more leaves a part of its file and fails.
    pub(crate) fn leave_room(&self, bytes: Option<usize>) {
        self.state().room = bytes;
    }

    /// Whether the process or the machine has died.
    pub(crate) fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// Cuts the power now.
    pub(crate) fn cut_power(&self) {
        let state = &mut *self.state();
        state.lose_power();
        state.dead = true;
    }

    /// Starts the process again.
    pub(crate) fn restart(&self) {
        let mut state = self.state();
        state.dead = false;
        state.armed = None;
    }

    /// Changes a file behind the back of whoever uses the disk.
    pub(crate) fn damage(&self, path: &str, damage: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let inode = *state
            .seen
            .files
            .get(path)
            .unwrap_or_else(|| panic!("no file {path}"));
        damage(&mut state.inodes[inode].cached);
        state.inodes[inode].durable = state.inodes[inode].cached.clone();
    }

    /// All files, by path.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.state().seen.files.keys().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    /// Runs one changing operation, or the fault that is due.
    fn change(&mut self, operation: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<()> {
        self.alive()?;
        match &mut self.armed {
            Some((0, fault)) => {
                let fault = *fault;
                self.armed = None;
                if self.dice.one_in(2) {
                    operation(self)?;
                }
                self.dead = fault != Fault::Error;
                if fault == Fault::PowerLoss {
                    self.lose_power();
                }
                Err(io::Error::other("simulated fault"))
            }
            Some((steps, _)) => {
                *steps -= 1;
                operation(self)
            }
            None => operation(self),
        }
    }

    fn alive(&self) -> io::Result<()> {
        match self.dead {
            true => Err(io::Error::other("the simulated process is dead")),
            false => Ok(()),
        }
    }

    fn apply(names: &mut Names, change: &Change) {
        match change {
            Change::Link(path, inode) => {
                names.files.insert(path.clone(), *inode);
            }
            Change::Unlink(path, inode) => {
                if names.files.get(path) == Some(inode) {
                    names.files.remove(path);
                }
            }
            Change::Folder(path) => {
                names.folders.insert(path.clone());
            }
        }
    }

    fn see(&mut self, change: Change) {
        Self::apply(&mut self.seen, &change);
        self.pending.push(change);
    }

    fn need_folder_of(&self, path: &str) -> io::Result<()> {
        match path.rsplit_once('/') {
            Some((folder, _)) if !self.seen.folders.contains(folder) => Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!("no folder {folder}"),
            )),
            _ => Ok(()),
        }
    }

    /// Any subset of the unflushed name changes survives (which covers every order of writing them back), and any
    /// part of the unflushed bytes.
    fn lose_power(&mut self) {
        for change in std::mem::take(&mut self.pending) {
            if self.dice.one_in(2) {
                Self::apply(&mut self.durable, &change);
            }
        }
        for inode in &mut self.inodes {
            if inode.cached == inode.durable {
                continue;
            }
            inode.cached = match self.dice.below(4) {
                0 => inode.durable.clone(),
                1 => std::mem::take(&mut inode.cached),
                2 => inode.cached[..self.dice.below(inode.cached.len() + 1)].to_vec(),
                _ => vec![0; inode.cached.len()],
            };
            inode.durable = inode.cached.clone();
        }
        // What lies in a folder whose own name was lost is lost.
        let names = &mut self.durable;
        let folders = names.folders.clone();
        let whole = |path: &str| {
            path.match_indices('/')
                .all(|(end, _)| folders.contains(&path[..end]))
        };
        names.folders.retain(|path| whole(path));
        names.files.retain(|path, _| whole(path));
        self.seen = names.clone();
    }
}

impl Disk for SimulatedDisk {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let state = self.state();
        state.alive()?;
        Ok(state
            .seen
            .files
            .get(path)
            .map(|inode| state.inodes[*inode].cached.clone()))
    }

    fn has(&self, path: &str) -> io::Result<bool> {
        Ok(self.read(path)?.is_some())
    }

    fn version(&self, path: &str) -> io::Result<Option<FileVersion>> {
        let state = self.state();
        state.alive()?;
        let inode = state.seen.files.get(path);
        Ok(inode.map(|inode| FileVersion(*inode as u64, 0, 0)))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let state = self.state();
        state.alive()?;
        let names = state.seen.files.keys();
        let inside = names.filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
        Ok(inside
            .filter(|rest| !rest.contains('/'))
            .map(str::to_owned)
            .collect())
    }

    fn create_folder(&self, folder: &str) -> io::Result<()> {
        self.state().change(|state| {
            state.need_folder_of(folder)?;
            if !state.seen.folders.contains(folder) {
                state.see(Change::Folder(folder.to_owned()));
            }
            Ok(())
        })
    }

    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.change(|state| {
            state.need_folder_of(path)?;
            let inode = match state.seen.files.get(path) {
                Some(inode) => *inode,
                None => {
                    state.inodes.push(Inode::default());
                    let inode = state.inodes.len() - 1;
                    state.see(Change::Link(path.to_owned(), inode));
                    inode
                }
            };
            let fits = state.room.map_or(bytes.len(), |room| room.min(bytes.len()));
            state.inodes[inode].cached = bytes[..fits].to_vec();
            state.room = state.room.map(|room| room - fits);
            match fits == bytes.len() {
                true => Ok(()),
                false => Err(io::ErrorKind::StorageFull.into()),
            }
        })?;
        state.change(|state| {
            let inode = state.seen.files[path];
            state.inodes[inode].durable = state.inodes[inode].cached.clone();
            Ok(())
        })
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        self.state().change(|state| {
            let inside = |change: &Change| {
                let (Change::Link(path, _) | Change::Unlink(path, _) | Change::Folder(path)) = change;
                path.rsplit_once('/').map_or("", |(parent, _)| parent) == folder
            };
            let (flushed, rest) = std::mem::take(&mut state.pending).into_iter().partition(inside);
            state.pending = rest;
            let flushed: Vec<Change> = flushed;
            flushed
                .iter()
                .for_each(|change| State::apply(&mut state.durable, change));
            Ok(())
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.state().change(|state| {
            state.need_folder_of(to)?;
            let inode = *state.seen.files.get(from).ok_or(io::ErrorKind::NotFound)?;
            state.see(Change::Link(to.to_owned(), inode));
            state.see(Change::Unlink(from.to_owned(), inode));
            Ok(())
        })
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.state().change(|state| {
            if let Some(inode) = state.seen.files.get(path).copied() {
                state.see(Change::Unlink(path.to_owned(), inode));
            }
            Ok(())
        })
    }
}
