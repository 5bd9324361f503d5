//! What this process knows of the files that change: the version that it saw last, and the writes that it does not know
//! the outcome of.

use crate::storage::{Name, StorageError};
use object_store::UpdateVersion;
use schemas::Hash;
use std::collections::{BTreeMap, BTreeSet};

/// Files that change, by name.
#[derive(Debug, Default)]
pub(super) struct Seen {
    files: BTreeMap<Name, Version>,
    /// The file by which this process learned that another one writes. There is no way back from it.
    superseded: Option<Name>,
}

#[derive(Debug, Default)]
struct Version {
    /// `None` if there was no such file.
    now: Option<UpdateVersion>,
    /// What was written over it without an answer so far, or may still arrive.
    attempts: BTreeSet<Hash>,
}

/// Whose version was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It was read for the first time.
    New,
    /// The one that was seen last.
    Same,
    /// An attempt of this process that has arrived.
    Own,
}

impl Seen {
    /// Whether a version of this file was seen.
    pub(super) fn knows(&self, name: &Name) -> Result<bool, StorageError> {
        self.alone()?;
        Ok(self.files.contains_key(name))
    }

    /// Takes note of what is there now.
    ///
    /// # Errors
    /// [`StorageError::Superseded`] when it is neither what was seen last nor what this process tried to write.
    pub(super) fn saw(
        &mut self,
        name: &Name,
        found: Option<(&[u8], &UpdateVersion)>,
    ) -> Result<Known, StorageError> {
        self.alone()?;
        let now = found.map(|(_, version)| version.clone());
        let Some(known) = self.files.get_mut(name) else {
            let attempts = BTreeSet::new();
            self.files.insert(name.clone(), Version { now, attempts });
            return Ok(Known::New);
        };
        if known.now == now {
            return Ok(Known::Same);
        }
        if found.is_some_and(|(bytes, _)| known.attempts.contains(&Hash::of(&[bytes]))) {
            // Others that are on their way were meant for an older version and fail.
            *known = Version {
                now,
                attempts: BTreeSet::new(),
            };
            return Ok(Known::Own);
        }
        self.superseded = Some(name.clone());
        self.alone().map(|()| Known::Same)
    }

    /// Takes note of a write that is about to be sent; returns the version that it is to replace.
    pub(super) fn trying(&mut self, name: &Name, bytes: Hash) -> Option<UpdateVersion> {
        let known = self.files.entry(name.clone()).or_default();
        known.attempts.insert(bytes);
        known.now.clone()
    }

    /// Takes note of a write that was done. Versions may be hashes of the bytes: after writing the same bytes again, an
    /// earlier attempt may still find the version that it was meant for.
    pub(super) fn wrote(&mut self, name: &Name, now: UpdateVersion) {
        let known = self.files.entry(name.clone()).or_default();
        if known.now.as_ref() != Some(&now) {
            known.attempts.clear();
        }
        known.now = Some(now);
    }

    fn alone(&self) -> Result<(), StorageError> {
        match &self.superseded {
            None => Ok(()),
            Some(name) => Err(StorageError::Superseded { name: name.clone() }),
        }
    }
}
