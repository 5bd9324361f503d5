//! The two databases, and everything in which they differ.
//!
//! | | SQLite | PostgreSQL |
//! |---|---|---|
//! | processes | one, by a lock beside the file | several |
//! | writers exclude one another | there is one connection that writes | by an advisory lock for each transaction |
//! | durable at a commit | `synchronous = FULL` | `synchronous_commit = on`; the server's `fsync` stays on |
//! | erasure | `secure_delete`, and the write-ahead log is emptied | `VACUUM`: the space is free, and overwritten by what comes |
//!
//! On PostgreSQL a copy of what was deleted lives on in its write-ahead log and in backups as long as the operator keeps those.

use super::schema;
use crate::{Error, database_url::Location};
use sqlx::{
    ConnectOptions, Connection as _, PgConnection, PgPool, Postgres, Sqlite, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{fs::File, os::unix::fs::OpenOptionsExt, path::Path, time::Duration};

/// Connections that read. Reading never waits for the writer; more readers than cores gain nothing.
const READERS: u32 = 4;

/// How long a statement waits for another process: a backup of SQLite, or another writer on PostgreSQL.
const LOCKED_FOR: Duration = Duration::from_secs(5);

/// How long a connection may take.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);

/// What a PostgreSQL connection of ours is like, whatever the server's defaults are. `read committed` is what lets a writer that
/// waited for the lock see what the one before it wrote. A process whose machine is gone holds a lock for 25 seconds at most.
const SESSION: [(&str, &str); 7] = [
    ("default_transaction_isolation", "read committed"),
    ("synchronous_commit", "on"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "20s"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
];

/// The advisory lock of who writes: "writ". It is the database's own, so that it needs no name of the issuer.
const WRITE_LOCK: i64 = 0x7772_6974;

/// An open database.
pub(super) enum Database {
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
        /// Held while the database is open, so that no second issuer gives the same places away.
        _lock: File,
    },
    Postgres {
        read: PgPool,
        write: PgPool,
        options: Box<PgConnectOptions>,
    },
}

/// A transaction on the one connection that writes. Dropping it undoes it.
pub(super) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Database {
    /// Opens a database, makes it if it is a file that is not there, and brings its schema to this version.
    pub(super) async fn open(location: &Location) -> Result<Self, Error> {
        match location {
            Location::Sqlite(file) => Self::open_sqlite(file).await,
            Location::Postgres(options) => Self::open_postgres(options).await,
        }
    }

    async fn open_sqlite(file: &Path) -> Result<Self, Error> {
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
        schema::for_sqlite().run(&write).await?;
        let read = SqlitePoolOptions::new().max_connections(READERS);
        let read = read.connect_with(options.read_only(true)).await?;
        Ok(Self::Sqlite {
            read,
            write,
            _lock: lock,
        })
    }

    async fn open_postgres(options: &PgConnectOptions) -> Result<Self, Error> {
        let options = options
            .clone()
            .application_name("attest-issuer")
            .options(SESSION)
            .disable_statement_logging();
        let pool = |connections| {
            let pool = PgPoolOptions::new().max_connections(connections);
            pool.acquire_timeout(CONNECTED_WITHIN)
        };
        // A pool tries again until its time is over, and then says no more than that.
        let first = connect(&options).await?;
        first.close().await?;
        let write = pool(1).connect_with(options.clone()).await?;
        schema::for_postgres().run(&write).await?;
        let read = pool(READERS).connect_with(options.clone()).await?;
        Ok(Self::Postgres {
            read,
            write,
            options: Box::new(options),
        })
    }

    /// Begins a transaction that no other can write beside, in this process or another. What it reads is what the last one
    /// left.
    pub(super) async fn begin(&self) -> Result<Transaction, Error> {
        Ok(match self {
            // The pool has one connection.
            Self::Sqlite { write, .. } => Transaction::Sqlite(write.begin().await?),
            Self::Postgres { write, .. } => {
                let mut transaction = write.begin().await?;
                // A statement of its own: the next one sees what was committed while this one waited.
                sqlx::query("SELECT pg_advisory_xact_lock($1)")
                    .bind(WRITE_LOCK)
                    .execute(&mut *transaction)
                    .await?;
                Transaction::Postgres(transaction)
            }
        })
    }

    /// Lets go of what was deleted.
    pub(super) async fn erase(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite { write, .. } => {
                sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                    .execute(write)
                    .await?;
            }
            Self::Postgres { read, .. } => {
                sqlx::query("VACUUM results, credentials, batches, revoked_places")
                    .execute(read)
                    .await?;
            }
        }
        Ok(())
    }

    /// A connection beside the others; `None` when no other process can have the database open.
    pub(super) async fn session(&self) -> Result<Option<PgConnection>, Error> {
        match self {
            Self::Sqlite { .. } => Ok(None),
            Self::Postgres { options, .. } => connect(options).await.map(Some),
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}

impl Transaction {
    pub(super) async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

fn lock(file: &Path) -> Result<File, Error> {
    let path = file.with_extension("lock");
    let in_use = || Error::StoreInUse { path: path.clone() };
    let lock = File::create(&path).map_err(sqlx::Error::from)?;
    lock.try_lock().map_err(|_| in_use())?;
    Ok(lock)
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, Error> {
    match tokio::time::timeout(CONNECTED_WITHIN, PgConnection::connect_with(options)).await {
        // What the server or the system said; neither repeats a password.
        Ok(connected) => connected.map_err(|error| Error::StoreUnreachable(error.to_string())),
        Err(_) => Err(Error::StoreUnreachable("no answer".into())),
    }
}
