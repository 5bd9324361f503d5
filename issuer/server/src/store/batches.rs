//! Closed batches. Open ones have no row: they are the places of their credentials.

use super::{EntryKind, Store, Write, bytes, number};
use crate::Error;
use core::ops::Range;
use ledger::batch::{BATCH_SLOTS, BatchSeed, BatchTree};
use schemas::{BatchNumber, BatchProof, Commitment, Day, Hash, Slot};
use sqlx::{Executor, Row, Sqlite, sqlite::SqliteRow};

/// A closed batch that has not expired.
pub struct StoredBatch {
    /// Its number.
    pub number: BatchNumber,
    /// What its decoys were made from.
    pub seed: BatchSeed,
    /// Commitments and decoys in the order of the slots.
    pub leaves: Box<[Commitment; BATCH_SLOTS]>,
    /// The first day on which all of its credentials have expired.
    pub expiry: Day,
}

impl Store {
    /// The number of the batch that closes next: one more than the last closed one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn next_batch(&self) -> Result<BatchNumber, Error> {
        let row = sqlx::query("SELECT COALESCE(MAX(number) + 1, 0) FROM batches")
            .fetch_one(&self.read)
            .await?;
        Ok(BatchNumber(number(&row, 0, "batch number")?))
    }

    /// A closed batch; `None` while it is open and after it expired.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn batch(&self, batch: BatchNumber) -> Result<Option<StoredBatch>, Error> {
        batch_of(&self.read, batch).await
    }

    /// The proof of a place, once the ledger has its batch; `None` before that and after the batch expired.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn proof(&self, batch: BatchNumber, slot: Slot) -> Result<Option<BatchProof>, Error> {
        let entry = self.entry(EntryKind::Batch, batch.0).await?;
        if entry.is_none_or(|entry| entry.anchored.is_none()) {
            return Ok(None);
        }
        let batch = self.batch(batch).await?;
        Ok(batch.map(|batch| BatchTree::new(&batch.leaves).proof(slot)))
    }
}

impl Write {
    /// A closed batch; `None` while it is open and after it expired.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn batch(&mut self, batch: BatchNumber) -> Result<Option<StoredBatch>, Error> {
        batch_of(&mut *self.transaction, batch).await
    }

    /// The closed batches from the first on whose credentials have not all expired.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn live_batches(&mut self) -> Result<Range<u32>, Error> {
        let row = sqlx::query(
            "SELECT COALESCE(MIN(CASE WHEN leaves IS NOT NULL THEN number END), MAX(number) + 1, 0),
                    COALESCE(MAX(number) + 1, 0) FROM batches",
        );
        let row = row.fetch_one(&mut *self.transaction).await?;
        Ok(number(&row, 0, "batch number")?..number(&row, 1, "batch number")?)
    }

    /// Stores a batch that has closed.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn insert_batch(&mut self, batch: &StoredBatch) -> Result<(), Error> {
        let leaves: Vec<u8> = batch.leaves.iter().flat_map(|leaf| leaf.0.0).collect();
        let insert =
            sqlx::query("INSERT INTO batches (number, seed, leaves, expiry_day) VALUES ($1, $2, $3, $4)")
                .bind(i64::from(batch.number.0))
                .bind(batch.seed.0.to_vec())
                .bind(leaves)
                .bind(i64::from(batch.expiry.0));
        self.update(insert).await
    }
}

async fn batch_of<'e>(
    on: impl Executor<'e, Database = Sqlite>,
    batch: BatchNumber,
) -> Result<Option<StoredBatch>, Error> {
    let row = sqlx::query(
        "SELECT number, seed, leaves, expiry_day FROM batches WHERE number = $1 AND leaves IS NOT NULL",
    );
    let row = row.bind(i64::from(batch.0)).fetch_optional(on).await?;
    row.as_ref().map(stored).transpose()
}

fn stored(row: &SqliteRow) -> Result<StoredBatch, Error> {
    let leaves: &[u8] = row.try_get(2)?;
    if leaves.len() != 32 * BATCH_SLOTS {
        return Err(Error::StoreDamaged("batch"));
    }
    let mut stored = Box::new([Commitment(Hash([0; 32])); BATCH_SLOTS]);
    for (leaf, bytes) in stored.iter_mut().zip(leaves.chunks_exact(32)) {
        leaf.0.0.copy_from_slice(bytes);
    }
    Ok(StoredBatch {
        number: BatchNumber(number(row, 0, "batch number")?),
        seed: BatchSeed(bytes(row, 1, "batch seed")?),
        leaves: stored,
        expiry: Day(number(row, 3, "expiry day")?),
    })
}
