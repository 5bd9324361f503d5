//! What the writers of all processes agree on: one row, which every transaction reads first.
//!
//! A writer goes on from what it has in memory when the row is as it left it, and reads everything again when another
//! process wrote in between.

use super::{
    Store, Write,
    query::{Fetch, query},
};
use crate::Error;
use schemas::UnixTime;

/// Counts the transactions that changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(pub i64);

/// The row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writing {
    /// The last transaction that changed something.
    pub revision: Revision,
    /// The last one that changed an account or an accredited key.
    pub admitted: Revision,
    /// Since when the batch that closes next waits for people; `None` while nothing waits.
    pub waiting_since: Option<UnixTime>,
}

/// What tells one secret of a key store from another, and nothing else.
pub type SecretCheck = [u8; 16];

impl Store {
    /// Notes whose codes this database's results have, or compares.
    ///
    /// # Errors
    /// [`Error::SecretDiffers`], [`Error::Store`].
    pub async fn check_secret(&self, secret: SecretCheck) -> Result<(), Error> {
        let mut write = self.begin().await?;
        let row = query("SELECT secret_check FROM writing WHERE secret_check IS NOT NULL");
        match write.transaction.row(row).await? {
            Some(row) if row.bytes(0, "secret check")? == secret => Ok(()),
            Some(_) => Err(Error::SecretDiffers),
            None => {
                let update = query("UPDATE writing SET secret_check = $1").bind(&secret[..]);
                write.execute(update).await?;
                let waiting_since = write.writing.waiting_since;
                write.commit(waiting_since).await.map(drop)
            }
        }
    }
}

impl Writing {
    pub(super) async fn read(from: impl Fetch) -> Result<Self, Error> {
        let row = query("SELECT revision, admitted, waiting_since FROM writing");
        let row = from.single(row).await?;
        Ok(Self {
            revision: Revision(row.try_get(0)?),
            admitted: Revision(row.try_get(1)?),
            waiting_since: row.try_get::<Option<i64>>(2)?.map(UnixTime),
        })
    }
}

impl Write {
    /// What the last transaction left.
    pub fn writing(&self) -> Writing {
        self.writing
    }

    /// Notes that this transaction changes an account or an accredited key, so that the other processes take it up.
    pub(super) fn admits(&mut self) {
        self.admits = true;
    }

    /// Makes everything since [`Store::begin`] durable, at once or, after a crash in the middle, not at all. A transaction
    /// that changed nothing writes nothing.
    ///
    /// # Errors
    /// [`Error::Store`]; then nothing was written, unless the connection broke with the answer on its way.
    pub async fn commit(mut self, waiting_since: Option<UnixTime>) -> Result<Revision, Error> {
        let Writing {
            revision, admitted, ..
        } = self.writing;
        if !self.changed && waiting_since == self.writing.waiting_since {
            self.transaction.commit().await?;
            return Ok(revision);
        }
        let next = Revision(revision.0 + 1);
        let admitted = if self.admits { next } else { admitted };
        let update = query("UPDATE writing SET revision = $1, admitted = $2, waiting_since = $3")
            .bind(next.0)
            .bind(admitted.0)
            .bind(waiting_since.map(|time| time.0));
        self.execute(update).await?;
        self.transaction.commit().await?;
        Ok(next)
    }
}
