//! The database: SQLite behind one type, in SQL that PostgreSQL reads too.
//!
//! One connection writes, for the [writer](crate::writer) alone; others read. A write is durable when
//! [`Write::commit`] returns: the write-ahead log is synced at each commit (`synchronous = FULL`), and deleted rows are
//! overwritten (`secure_delete`).

mod accounts;
mod batches;
mod credentials;
mod entries;
mod results;
mod retention;
mod revoked;

pub use accounts::NewAccount;
pub use batches::StoredBatch;
pub use credentials::{Credential, CredentialShape, NewCredential};
pub use entries::{Anchored, EntryKind, EntryRow, PendingEntry};
pub use results::{NewResult, ResultNumber, ResultRow};
pub use retention::Purged;

use crate::Error;
use sqlx::{
    ConnectOptions, Row, Sqlite, SqlitePool, Transaction,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};
use std::{fs::File, os::unix::fs::OpenOptionsExt, path::Path, time::Duration};

/// Connections that read. Reading never waits for the writer in WAL mode; more readers than cores gain nothing.
const READERS: u32 = 4;

/// How long a statement waits for another process that has the database locked, such as a backup.
const LOCKED_FOR: Duration = Duration::from_secs(5);

/// Rows of one statement. Few sizes, so that every statement is prepared once and then found in the cache.
const CHUNKS: [usize; 4] = [64, 16, 4, 1];

/// The database.
pub struct Store {
    read: SqlitePool,
    write: SqlitePool,
    /// Held while the store is open, so that no second issuer gives the same places away.
    _lock: File,
}

/// A transaction. Dropping it undoes it.
pub struct Write {
    transaction: Transaction<'static, Sqlite>,
}

impl Store {
    /// Opens the database file, makes it if it is not there, and brings its schema to this version.
    ///
    /// # Errors
    /// [`Error::StoreInUse`], [`Error::Store`], [`Error::Migration`].
    pub async fn open(file: &Path) -> Result<Self, Error> {
        let lock = lock(file)?;
        // Nobody else may read what is personal; SQLite gives its other files the same permissions.
        let private = File::options().append(true).create(true).mode(0o600).open(file);
        private.map_err(sqlx::Error::from)?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(LOCKED_FOR)
            .pragma("secure_delete", "ON")
            .disable_statement_logging();
        let write = SqlitePoolOptions::new().max_connections(1).min_connections(1);
        let write = write.connect_with(options.clone()).await?;
        migrator().run(&write).await?;
        let read = SqlitePoolOptions::new().max_connections(READERS);
        let read = read.connect_with(options.read_only(true)).await?;
        Ok(Self {
            read,
            write,
            _lock: lock,
        })
    }

    /// Begins a transaction. Only the writer calls this; a second call waits for the first to end.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn begin(&self) -> Result<Write, Error> {
        Ok(Write {
            transaction: self.write.begin().await?,
        })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query("SELECT 1").execute(&self.read).await?;
        Ok(())
    }

    /// Moves the write-ahead log into the database and empties it, so that nothing deleted is left in it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn flush_log(&self) -> Result<(), Error> {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Closes all connections, after the statements under way.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

impl Write {
    /// Makes everything since [`Store::begin`] durable, at once or, after a crash in the middle, not at all.
    ///
    /// # Errors
    /// [`Error::Store`]; then nothing was written.
    pub async fn commit(self) -> Result<(), Error> {
        Ok(self.transaction.commit().await?)
    }
}

fn migrator() -> Migrator {
    let migration = |version, description: &'static str, sql: &'static str| {
        Migration::new(
            version,
            description.into(),
            MigrationType::Simple,
            sqlx::SqlSafeStr::into_sql_str(sql),
            false,
        )
    };
    Migrator::with_migrations(vec![
        migration(1, "initial", include_str!("../../migrations/0001_initial.sql")),
        migration(
            2,
            "results by account",
            include_str!("../../migrations/0002_results_by_account.sql"),
        ),
        migration(3, "receipts", include_str!("../../migrations/0003_receipts.sql")),
    ])
}

fn lock(file: &Path) -> Result<File, Error> {
    let path = file.with_extension("lock");
    let in_use = || Error::StoreInUse { path: path.clone() };
    let lock = File::create(&path).map_err(sqlx::Error::from)?;
    lock.try_lock().map_err(|_| in_use())?;
    Ok(lock)
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

/// A byte string of fixed length in a row.
fn bytes<const N: usize>(row: &SqliteRow, column: usize, what: &'static str) -> Result<[u8; N], Error> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|_| Error::StoreDamaged(what))
}

/// An unsigned number in a row.
fn number<N: TryFrom<i64>>(row: &SqliteRow, column: usize, what: &'static str) -> Result<N, Error> {
    N::try_from(row.try_get::<i64, _>(column)?).map_err(|_| Error::StoreDamaged(what))
}

#[cfg(test)]
mod tests;
