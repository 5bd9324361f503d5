//! Whether the database is older than the ledger: a restored backup. Going on from there would give numbers and places a second
//! time, and the issuer would contradict itself.

use super::Ledger;
use crate::{
    Error,
    key_store::KeyStore,
    store::{EntryKind, Store},
};
use ledger::entry::{Leaf, Signer, Subject, UncheckedEntry};
use schemas::{
    Hash, IssuerNumber, KeyId,
    crypto::{Crypto as _, SigningKey as _, aws_lc::AwsLc},
};

/// How this process stands to the ledger.
pub(crate) enum Standing {
    /// The log has not said yet.
    Unknown,
    /// The database has what the log has.
    Level,
    /// The log has more: this process must not go on.
    Behind(Error),
}

/// Holds what the log has last against what is here.
///
/// # Errors
/// [`Error::Behind`]; [`Error::Ledger`] when the log cannot tell, or names what this issuer has not signed; [`Error::Store`],
/// [`Error::KeyStore`].
pub(crate) async fn compare(
    store: &Store,
    key_store: &KeyStore,
    ledger: &dyn Ledger,
    issuer: IssuerNumber,
) -> Result<(), Error> {
    let last = ledger.last(issuer).await?;
    for (kind, entry) in [
        (EntryKind::Batch, last.batch),
        (EntryKind::Snapshot, last.snapshot),
    ] {
        let Some(entry) = entry else { continue };
        let number = match (kind, entry.unverified().subject()) {
            (EntryKind::Batch, Subject::Batch(of, number)) if of == issuer => number.0,
            (EntryKind::Snapshot, Subject::Snapshot(of, number)) if of == issuer => number.0,
            _ => return Err(Error::Ledger("it names an entry that was not asked for".into())),
        };
        if root_of(store, kind, number).await? == Some(entry.unverified().root()) {
            continue;
        }
        // Anybody can say that there is more. With a key of this issuer's it is shown.
        if !is_own(key_store, &entry)? {
            return Err(Error::Ledger(
                "it names an entry that this issuer did not sign".into(),
            ));
        }
        return Err(Error::Behind { kind, number });
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

/// Whether one of the issuer's keys signed it, in force or not.
fn is_own(key_store: &KeyStore, entry: &UncheckedEntry) -> Result<bool, Error> {
    for number in key_store.signing_keys()? {
        let point = key_store.signing_key(number)?.public();
        let key = AwsLc.es256(&point).map_err(Error::Signing)?;
        if entry
            .verify(Signer::Issuer(KeyId::of_point(&point)), &*key)
            .is_ok()
        {
            return Ok(true);
        }
    }
    Ok(false)
}
