//! Closed batches. Open ones have no row: they are the places of their credentials.

use super::{
    EntryKind, Store, Write,
    query::{Fetch, Row, query},
};
use crate::Error;
use core::ops::Range;
use ledger::batch::{BATCH_SLOTS, BatchSeed, BatchTree};
use schemas::{BatchNumber, BatchProof, Commitment, Day, Hash, Slot};

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
    /// A closed batch; `None` while it is open and after it expired.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn batch(&self, batch: BatchNumber) -> Result<Option<StoredBatch>, Error> {
        batch_of(&self.database, batch).await
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
    /// The number of the batch that closes next: one more than the last closed one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn next_batch(&mut self) -> Result<BatchNumber, Error> {
        let row = query("SELECT COALESCE(MAX(number) + 1, 0) FROM batches");
        let row = self.transaction.single(row).await?;
        Ok(BatchNumber(row.number(0, "batch number")?))
    }

    /// A closed batch; `None` while it is open and after it expired.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn batch(&mut self, batch: BatchNumber) -> Result<Option<StoredBatch>, Error> {
        batch_of(&mut self.transaction, batch).await
    }

    /// The closed batches from the first on whose credentials have not all expired.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn live_batches(&mut self) -> Result<Range<u32>, Error> {
        let row = query(
            "SELECT COALESCE(MIN(CASE WHEN leaves IS NOT NULL THEN number END), MAX(number) + 1, 0),
                    COALESCE(MAX(number) + 1, 0) FROM batches",
        );
        let row = self.transaction.single(row).await?;
        Ok(row.number(0, "batch number")?..row.number(1, "batch number")?)
    }

    /// Stores a batch that has closed.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn insert_batch(&mut self, batch: &StoredBatch) -> Result<(), Error> {
        let leaves: Vec<u8> = batch.leaves.iter().flat_map(|leaf| leaf.0.0).collect();
        let insert = query("INSERT INTO batches (number, seed, leaves, expiry_day) VALUES ($1, $2, $3, $4)")
            .bind(i64::from(batch.number.0))
            .bind(batch.seed.0.to_vec())
            .bind(leaves)
            .bind(i64::from(batch.expiry.0));
        self.update(insert).await
    }
}

async fn batch_of(from: impl Fetch, batch: BatchNumber) -> Result<Option<StoredBatch>, Error> {
    let row = query(
        "SELECT number, seed, leaves, expiry_day FROM batches WHERE number = $1 AND leaves IS NOT NULL",
    );
    let row = from.row(row.bind(i64::from(batch.0))).await?;
    row.as_ref().map(stored).transpose()
}

fn stored(row: &Row) -> Result<StoredBatch, Error> {
    let leaves: &[u8] = row.try_get(2)?;
    if leaves.len() != 32 * BATCH_SLOTS {
        return Err(Error::StoreDamaged("batch"));
    }
    let mut stored = Box::new([Commitment(Hash([0; 32])); BATCH_SLOTS]);
    for (leaf, bytes) in stored.iter_mut().zip(leaves.chunks_exact(32)) {
        leaf.0.0.copy_from_slice(bytes);
    }
    Ok(StoredBatch {
        number: BatchNumber(row.number(0, "batch number")?),
        seed: BatchSeed(row.bytes(1, "batch seed")?),
        leaves: stored,
        expiry: Day(row.number(3, "expiry day")?),
    })
}
