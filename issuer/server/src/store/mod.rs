//! The database behind one type: SQLite for one process, PostgreSQL for several.
//!
//! Every statement is written once, in SQL that both read; [`database`] has everything in which they differ. One connection of
//! each process writes, for its [writer](crate::writer) alone; others read. A write is durable when [`Write::commit`] returns.

mod accounts;
mod batches;
mod credentials;
mod database;
mod entries;
mod lead;
mod query;
mod results;
mod retention;
mod revoked;
mod schema;
mod writing;

pub use accounts::NewAccount;
pub use batches::StoredBatch;
pub use credentials::{Credential, CredentialShape, NewCredential};
pub use entries::{Anchored, EntryKind, EntryRow, PendingEntry};
pub use results::{NewResult, ResultNumber, ResultRow};
pub use retention::Purged;
pub use writing::{Revision, SecretCheck, Writing};

use crate::{Error, database_url::Location};
use database::{Database, Transaction};
use query::{Fetch, Query, query};

/// Rows of one statement. Few sizes, so that every statement is prepared once and then found in the cache.
const CHUNKS: [usize; 4] = [64, 16, 4, 1];

/// The database.
pub struct Store {
    database: Database,
}

/// A transaction. Dropping it undoes it.
pub struct Write {
    transaction: Transaction,
    writing: Writing,
    /// Whether a row was written.
    changed: bool,
    /// Whether an account or an accredited key was.
    admits: bool,
}

impl Store {
    /// Opens the database, makes it if it is a file that is not there, and brings its schema to this version.
    ///
    /// # Errors
    /// [`Error::StoreInUse`], [`Error::StoreUnreachable`], [`Error::Store`], [`Error::Migration`].
    pub async fn open(location: &Location) -> Result<Self, Error> {
        let database = Database::open(location).await?;
        Ok(Self { database })
    }

    /// Begins a transaction. No other writes until it ends, in this process or another: a second call waits.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn begin(&self) -> Result<Write, Error> {
        let mut transaction = self.database.begin().await?;
        Ok(Write {
            writing: Writing::read(&mut transaction).await?,
            transaction,
            changed: false,
            admits: false,
        })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn ping(&self) -> Result<(), Error> {
        self.database.rows(query("SELECT 1")).await.map(drop)
    }

    /// Lets go of what was deleted, as far as the database can.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn erase(&self) -> Result<(), Error> {
        self.database.erase().await
    }

    /// Closes all connections, after the statements under way.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

impl Write {
    async fn execute(&mut self, query: Query<'_>) -> Result<u64, Error> {
        let rows = self.transaction.execute(query).await?;
        self.changed |= rows > 0;
        Ok(rows)
    }

    async fn update(&mut self, query: Query<'_>) -> Result<(), Error> {
        self.execute(query).await.map(drop)
    }
}

/// The rows in pieces of the sizes in [`CHUNKS`].
fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    core::iter::from_fn(move || {
        let size = CHUNKS.into_iter().find(|size| *size <= rows.len())?;
        let (chunk, rest) = rows.split_at(size);
        rows = rest;
        Some(chunk)
    })
}

#[cfg(test)]
mod tests;
