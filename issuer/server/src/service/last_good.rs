//! What the registrar has to know to cut a stolen key off: the last entries that are this issuer's own.

use super::Shared;
use crate::{Error, store::EntryKind};
use ledger::entry::Leaf;
use schemas::{BatchNumber, Hash, KeyId, hexadecimal, key_event::CutOff, status::SnapshotNumber};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The last entries that this issuer made, and the key that signs. The registrar names them as the last good ones when that
/// key is stolen: a thief's are not in this database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LastGood {
    /// The identifier of the key that signs now, hexadecimal.
    pub key: String,
    /// The last batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<LastEntry>,
    /// The last status snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<LastEntry>,
}

/// An entry's number and root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LastEntry {
    /// Its number in the issuer's sequence.
    pub number: u32,
    /// Hexadecimal.
    pub root: String,
}

impl LastGood {
    /// The key, and the end to what it signed; nothing if a hash or the identifier is none.
    #[must_use]
    pub fn cut_off(&self) -> Option<(KeyId, CutOff)> {
        let entry = |last: &LastEntry| Some((last.number, Hash::from_hex(&last.root)?));
        let batch = match &self.batch {
            Some(batch) => Some(entry(batch)?),
            None => None,
        };
        let snapshot = match &self.snapshot {
            Some(snapshot) => Some(entry(snapshot)?),
            None => None,
        };
        let key = KeyId(hexadecimal::read(&self.key)?);
        let last = CutOff {
            batch: batch.map(|(number, root)| (BatchNumber(number), root)),
            snapshot: snapshot.map(|(number, root)| (SnapshotNumber(number), root)),
        };
        Some((key, last))
    }
}

impl Shared {
    pub(crate) async fn last_good(&self) -> Result<LastGood, Error> {
        let key = self.keys.current(self.clock.now())?;
        Ok(LastGood {
            key: key.id.to_string(),
            batch: self.last(EntryKind::Batch).await?,
            snapshot: self.last(EntryKind::Snapshot).await?,
        })
    }

    async fn last(&self, kind: EntryKind) -> Result<Option<LastEntry>, Error> {
        let Some(row) = self.store.last_entry(kind).await? else {
            return Ok(None);
        };
        match Leaf::decode(&row.entry) {
            Ok(Leaf::Entry(entry)) => Ok(Some(LastEntry {
                number: row.number,
                root: entry.unverified().root().to_string(),
            })),
            _ => Err(Error::StoreDamaged("entry")),
        }
    }
}
