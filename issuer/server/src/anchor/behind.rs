//! Whether the database is older than the ledger: a restored backup. Going on from there would give numbers and places a second
//! time, and the issuer would contradict itself.

use super::Ledger;
use crate::{
    Error,
    store::{EntryKind, Store},
};
use ledger::entry::Leaf;
use schemas::{Hash, IssuerNumber};

/// Holds what the log has last against what is here.
///
/// # Errors
/// [`Error::Behind`]; [`Error::Ledger`] when the log cannot tell; [`Error::Store`].
pub(crate) async fn compare(store: &Store, ledger: &dyn Ledger, issuer: IssuerNumber) -> Result<(), Error> {
    let last = ledger.last(issuer).await?;
    for (kind, there) in [
        (EntryKind::Batch, last.batch),
        (EntryKind::Snapshot, last.snapshot),
    ] {
        if let Some((number, root)) = there
            && root_of(store, kind, number).await? != Some(root)
        {
            return Err(Error::Behind { kind, number });
        }
    }
    Ok(())
}

async fn root_of(store: &Store, kind: EntryKind, number: u32) -> Result<Option<Hash>, Error> {
    let Some(row) = store.entry(kind, number).await? else {
        return Ok(None);
    };
    match Leaf::decode(&row.entry) {
        Ok(Leaf::Entry(entry)) => Ok(Some(entry.unverified().root())),
        _ => Err(Error::StoreDamaged("entry")),
    }
}
