//! What issuers signed that contradicts the log: kept for whoever has to act on it, and so that what was in doubt before a
//! restart is in doubt after it.

use super::pool::object_root;
use crate::{
    Error,
    storage::{File, Name, Storage},
};
use ledger::{
    entry::{ENTRY_BYTES, Leaf},
    merkle::leaf_hash,
};
use schemas::Hash;

/// Most files. One is enough to act on; after that many an operator has.
const MAX_FILES: usize = 1_000;

/// An entry that was refused because its signer said something else before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Evidence {
    /// How many entries the log had taken by then.
    pub(super) size: u64,
    /// The entry, in [`ENTRY_BYTES`] bytes.
    pub(super) entry: Vec<u8>,
    pub(super) object: Option<Vec<u8>>,
}

impl Evidence {
    fn name(&self) -> Name {
        folder().join(&format!("{}-{}", self.size, leaf_hash(&self.entry)))
    }

    /// Whether the object is what the entry names: the log took no other.
    fn is_whole(&self) -> bool {
        let Ok(Leaf::Entry(entry)) = Leaf::decode(&self.entry) else {
            return false;
        };
        let object = self.object.as_ref().map(|object| Hash::of(&[object]));
        object == object_root(entry.unverified())
    }
}

fn folder() -> Name {
    Name::new("evidence")
}

/// Keeps it, as the entry followed by its object.
pub(super) fn write(storage: &dyn Storage, evidence: &Evidence) -> Result<(), Error> {
    if storage.list(&folder())?.len() >= MAX_FILES {
        return Ok(());
    }
    let object = evidence.object.as_deref().unwrap_or_default();
    let bytes = [&evidence.entry, object].concat();
    Ok(storage.write(&[File::once(evidence.name(), bytes)])?)
}

/// All that was kept, in the order in which it came.
pub(super) fn read(storage: &dyn Storage) -> Result<Vec<Evidence>, Error> {
    let mut all = Vec::new();
    for name in storage.list(&folder())? {
        let size = name
            .as_str()
            .rsplit('/')
            .next()
            .and_then(|last| last.split('-').next());
        let size = size.and_then(|size| size.parse().ok());
        let bytes = storage.read(&name)?;
        let parts = bytes
            .as_deref()
            .and_then(|bytes| bytes.split_at_checked(ENTRY_BYTES));
        let said = size.zip(parts).map(|(size, (entry, object))| Evidence {
            size,
            entry: entry.to_vec(),
            object: (!object.is_empty()).then(|| object.to_vec()),
        });
        let Some(said) = said.filter(|said| said.name() == name && said.is_whole()) else {
            let problem = "it is not what the log keeps here";
            return Err(Error::Damaged { name, problem });
        };
        all.push(said);
    }
    all.sort_by_key(|evidence| evidence.size);
    Ok(all)
}
