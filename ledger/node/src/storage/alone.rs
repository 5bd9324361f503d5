//! Whether a process is the only one that writes: it looks at each file that changes before it puts another in its place.
//!
//! The lock sees to that. This is for a lock that does not hold: on a file system of the network, or after somebody removed its
//! file. Two processes that write in the very same instant can still miss each other; then the witnesses stop one of them.

use super::{File, Mode, Name, StorageError};
use std::collections::{BTreeMap, BTreeSet};

/// What tells a file from the one that took its name: its number on the disk, its length, and when it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileVersion(pub u64, pub u64, pub i128);

/// The versions of files that this process has read or may have written.
#[derive(Debug, Default)]
pub(super) struct Alone {
    files: BTreeMap<Name, BTreeSet<Option<FileVersion>>>,
    /// The file by which this process learned that another one writes. There is no way back from it.
    superseded: Option<Name>,
}

/// Whether a file is replaced in the course of things, and looked at: those of the top folder, and a witness's records.
pub(super) fn is_watched(name: &Name) -> bool {
    match name.as_str().split_once('/') {
        Some((folder, _)) => folder == "log",
        None => true,
    }
}

impl Alone {
    /// Takes note of what is there now.
    ///
    /// # Errors
    /// [`StorageError::Superseded`].
    pub(super) fn saw(&mut self, name: &Name, now: Option<FileVersion>) -> Result<(), StorageError> {
        let known = self.files.get(name);
        if self.superseded.is_none() && known.is_some_and(|known| !known.contains(&now)) {
            self.superseded = Some(name.clone());
        }
        if let Some(name) = &self.superseded {
            return Err(StorageError::Superseded { name: name.clone() });
        }
        self.files.insert(name.clone(), BTreeSet::from([now]));
        Ok(())
    }

    /// Takes note of a version that is about to get the name; after an error it may have it or not.
    pub(super) fn trying(&mut self, name: &Name, next: Option<FileVersion>) {
        self.files.entry(name.clone()).or_default().insert(next);
    }
}

impl File {
    pub(super) fn is_watched(&self) -> bool {
        self.mode == Mode::Replace && is_watched(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{Files, Storage as _, simulated::SimulatedDisk};

    #[test]
    fn of_two_processes_without_a_lock_one_learns_of_the_other() {
        for (name, watched) in [("head", true), ("log/0f", true), ("tile/0/000", false)] {
            let disk = SimulatedDisk::new(1);
            let name = Name::new(name);
            let write = |files: &Files<SimulatedDisk>, bytes: &[u8]| {
                files.write(&[File::next(name.clone(), bytes.to_vec())])
            };
            let first = Files::on(disk.clone()).unwrap();
            write(&first, b"1").unwrap();
            let second = Files::on(disk.clone()).unwrap();
            assert_eq!(second.read(&name).unwrap().unwrap(), b"1");
            write(&second, b"2").unwrap();
            let late = write(&first, b"3");
            assert_eq!(
                matches!(late, Err(StorageError::Superseded { .. })),
                watched,
                "{name:?}"
            );
            // There is no way back.
            assert_eq!(first.read(&Name::new("head")).is_err(), watched, "{name:?}");
            write(&second, b"4").unwrap_or_else(|_| assert!(!watched));
        }
    }
}
