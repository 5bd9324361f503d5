//! What issuers signed that contradicts the log: kept for whoever has to act on it, and so that what was in doubt before a
//! restart is in doubt after it.

use crate::{
    Error,
    storage::{File, Name, Storage},
};
use ledger::{entry::ENTRY_BYTES, merkle::leaf_hash};

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

fn folder() -> Name {
    Name::new("evidence")
}

/// Keeps it, as the entry followed by its object.
pub(super) fn write(storage: &dyn Storage, evidence: &Evidence) -> Result<(), Error> {
    if storage.list(&folder())?.len() >= MAX_FILES {
        return Ok(());
    }
    let name = format!("{}-{}", evidence.size, leaf_hash(&evidence.entry));
    let object = evidence.object.as_deref().unwrap_or_default();
    let bytes = [&evidence.entry, object].concat();
    Ok(storage.write(&[File::once(folder().join(&name), bytes)])?)
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
        let (Some(size), Some((entry, object))) = (size, parts) else {
            let problem = "it is not what the log keeps here";
            return Err(Error::Damaged { name, problem });
        };
        all.push(Evidence {
            size,
            entry: entry.to_vec(),
            object: (!object.is_empty()).then(|| object.to_vec()),
        });
    }
    all.sort_by_key(|evidence| evidence.size);
    Ok(all)
}
