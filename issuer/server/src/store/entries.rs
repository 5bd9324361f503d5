//! Ledger entries: the outbox of those that are not anchored, and the chain of those that are.

use super::{
    Store, Write,
    query::{Fetch, Row, query},
};
use crate::Error;
use ledger::entry::{ENTRY_BYTES, EntryId, Leaf};
use std::time::Duration;

/// The kind of an entry, as in its second byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A batch of credentials.
    Batch = 1,
    /// A status snapshot.
    Snapshot = 2,
    /// What the registrar says of this issuer's keys.
    KeyEvent = 3,
}

impl EntryKind {
    /// Its name for operators.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Snapshot => "snapshot",
            Self::KeyEvent => "key-event",
        }
    }
}

/// An entry that waits for the ledger.
#[derive(Clone)]
pub struct PendingEntry {
    /// Its kind.
    pub kind: EntryKind,
    /// Its number among those of its kind.
    pub number: u32,
    /// The signed entry.
    pub entry: [u8; ENTRY_BYTES],
    /// What its root is the hash of, unless that is a batch.
    pub object: Option<Vec<u8>>,
    /// When it was made, since 1970.
    pub made_at: Duration,
}

/// Where the ledger has an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchored {
    /// Its index in the log.
    pub index: u64,
    /// The size of the first cosigned checkpoint that covers it.
    pub checkpoint_size: u64,
}

/// An entry, as stored.
pub struct EntryRow {
    /// Its number among those of its kind.
    pub number: u32,
    /// The signed entry.
    pub entry: [u8; ENTRY_BYTES],
    /// Where the ledger has it; `None` while it waits.
    pub anchored: Option<Anchored>,
    /// When it was made, since 1970.
    pub made_at: Duration,
}

impl EntryRow {
    /// What the next entry of its kind names as its predecessor.
    ///
    /// # Errors
    /// [`Error::StoreDamaged`].
    pub fn id(&self) -> Result<EntryId, Error> {
        match Leaf::decode(&self.entry) {
            Ok(Leaf::Entry(entry)) => Ok(entry.unverified().id()),
            _ => Err(Error::StoreDamaged("entry")),
        }
    }
}

impl Store {
    /// Entries of a kind that wait for the ledger, in the order in which it must take them.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn pending_entries(&self, kind: EntryKind, limit: u32) -> Result<Vec<PendingEntry>, Error> {
        let rows = query(
            "SELECT number, entry, object, made_at FROM entries WHERE kind = $1 AND anchored_at IS NULL
             ORDER BY number LIMIT $2",
        );
        let rows = rows.bind(kind as i64).bind(i64::from(limit));
        let rows = self.database.rows(rows).await?;
        rows.iter().map(|row| pending(kind, row)).collect()
    }

    /// How many entries wait.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn count_pending(&self) -> Result<u64, Error> {
        let row = query("SELECT COUNT(*) FROM entries WHERE anchored_at IS NULL");
        self.database.single(row).await?.number(0, "count")
    }

    /// The last entry of a kind.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn last_entry(&self, kind: EntryKind) -> Result<Option<EntryRow>, Error> {
        last_entry(&self.database, kind).await
    }

    /// The last entry of a kind that the ledger has.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn last_anchored(&self, kind: EntryKind) -> Result<Option<EntryRow>, Error> {
        let row = query(
            "SELECT number, entry, log_index, checkpoint_size, made_at FROM entries
             WHERE kind = $1 AND log_index IS NOT NULL ORDER BY number DESC LIMIT 1",
        );
        let row = self.database.row(row.bind(kind as i64)).await?;
        row.as_ref().map(entry_row).transpose()
    }

    /// An entry.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn entry(&self, kind: EntryKind, number: u32) -> Result<Option<EntryRow>, Error> {
        let row = query(
            "SELECT number, entry, log_index, checkpoint_size, made_at FROM entries WHERE kind = $1 AND number = $2",
        );
        let row = row.bind(kind as i64).bind(i64::from(number));
        let row = self.database.row(row).await?;
        row.as_ref().map(entry_row).transpose()
    }

    /// The object of the last entry of a kind.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn last_object(&self, kind: EntryKind) -> Result<Option<Vec<u8>>, Error> {
        last_object(&self.database, kind).await
    }
}

impl Write {
    /// The last entry of a kind.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn last_entry(&mut self, kind: EntryKind) -> Result<Option<EntryRow>, Error> {
        last_entry(&mut self.transaction, kind).await
    }

    /// The object of the last entry of a kind.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn last_object(&mut self, kind: EntryKind) -> Result<Option<Vec<u8>>, Error> {
        last_object(&mut self.transaction, kind).await
    }

    /// Puts an entry into the outbox. After a crash from here on, the next start sends it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn insert_entry(&mut self, entry: &PendingEntry) -> Result<(), Error> {
        let insert =
            query("INSERT INTO entries (kind, number, entry, object, made_at) VALUES ($1, $2, $3, $4, $5)")
                .bind(entry.kind as i64)
                .bind(i64::from(entry.number))
                .bind(entry.entry.to_vec())
                .bind(entry.object.clone())
                .bind(millis(entry.made_at));
        if entry.kind == EntryKind::KeyEvent {
            self.admits();
        }
        self.update(insert).await
    }

    /// Notes that the ledger has an entry. A crash before this sends it again, which the ledger answers alike.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn set_anchored(
        &mut self,
        kind: EntryKind,
        number: u32,
        anchored: Anchored,
        now: Duration,
    ) -> Result<(), Error> {
        let update = query(
            "UPDATE entries SET anchored_at = $3, log_index = $4, checkpoint_size = $5 WHERE kind = $1 AND number = $2",
        )
        .bind(kind as i64)
        .bind(i64::from(number))
        .bind(millis(now))
        .bind(i64::try_from(anchored.index).unwrap_or(i64::MAX))
        .bind(i64::try_from(anchored.checkpoint_size).unwrap_or(i64::MAX));
        self.update(update).await
    }

    /// Forgets the objects of anchored entries before the last one of a kind: the ledger has them.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn forget_objects(&mut self, kind: EntryKind, before: u32) -> Result<(), Error> {
        let update = query(
            "UPDATE entries SET object = NULL
             WHERE kind = $1 AND number < $2 AND anchored_at IS NOT NULL AND object IS NOT NULL",
        );
        self.update(update.bind(kind as i64).bind(i64::from(before)))
            .await
    }
}

async fn last_entry(from: impl Fetch, kind: EntryKind) -> Result<Option<EntryRow>, Error> {
    let row = query(
        "SELECT number, entry, log_index, checkpoint_size, made_at FROM entries WHERE kind = $1 ORDER BY number DESC LIMIT 1",
    );
    let row = from.row(row.bind(kind as i64)).await?;
    row.as_ref().map(entry_row).transpose()
}

async fn last_object(from: impl Fetch, kind: EntryKind) -> Result<Option<Vec<u8>>, Error> {
    let row = query("SELECT object FROM entries WHERE kind = $1 ORDER BY number DESC LIMIT 1");
    let row = from.row(row.bind(kind as i64)).await?;
    row.map_or(Ok(None), |row| row.try_get(0))
}

fn millis(since_1970: Duration) -> i64 {
    i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
}

fn pending(kind: EntryKind, row: &Row) -> Result<PendingEntry, Error> {
    Ok(PendingEntry {
        kind,
        number: row.number(0, "entry number")?,
        entry: row.bytes(1, "entry")?,
        object: row.try_get(2)?,
        made_at: Duration::from_millis(row.number(3, "time")?),
    })
}

fn entry_row(row: &Row) -> Result<EntryRow, Error> {
    let is_anchored = row.try_get::<Option<i64>>(2)?.is_some();
    let anchored = || {
        Ok::<_, Error>(Anchored {
            index: row.number(2, "log index")?,
            checkpoint_size: row.number(3, "checkpoint size")?,
        })
    };
    Ok(EntryRow {
        number: row.number(0, "entry number")?,
        entry: row.bytes(1, "entry")?,
        anchored: is_anchored.then(anchored).transpose()?,
        made_at: Duration::from_millis(row.number(4, "entry time")?),
    })
}
