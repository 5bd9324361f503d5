//! Erasure: what is personal goes when it expires, and only the numbers and roots that continuity needs stay.

use super::{
    Write,
    query::{Fetch, query},
};
use crate::Error;
use schemas::{Day, UnixTime};

/// What one run deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Results, each with its person and its credentials.
    pub results: u64,
    /// Batches, with their seeds and leaves.
    pub batches: u64,
}

impl Write {
    /// Deletes at most `limit` expired results and batches, and the quota counts of days before yesterday.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn purge(&mut self, now: UnixTime, limit: u32) -> Result<Purged, Error> {
        let expired =
            "SELECT number FROM results WHERE expires_at <= $1 ORDER BY expires_at, number LIMIT $2";
        let rows = query(expired).bind(now.0).bind(i64::from(limit));
        let rows = self.transaction.rows(rows).await?;
        for row in &rows {
            let number: i64 = row.try_get(0)?;
            self.update(query("DELETE FROM credentials WHERE result = $1").bind(number))
                .await?;
            self.update(query("DELETE FROM results WHERE number = $1").bind(number))
                .await?;
        }
        let batches = self.purge_batches(now.day(), limit).await?;
        let old_days = query("DELETE FROM quota_used WHERE day < $1").bind(i64::from(now.day().0) - 1);
        self.update(old_days).await?;
        Ok(Purged {
            results: rows.len() as u64,
            batches,
        })
    }

    /// A batch loses its seed, its leaves and its revoked places; its number stays, and its root in its entry.
    async fn purge_batches(&mut self, today: Day, limit: u32) -> Result<u64, Error> {
        // In the order of their numbers, since status snapshots speak of a run of batches.
        let expired = "SELECT number FROM batches WHERE leaves IS NOT NULL AND expiry_day <= $1 \
                       AND NOT EXISTS (SELECT 1 FROM batches AS live WHERE live.leaves IS NOT NULL \
                                       AND live.expiry_day > $1 AND live.number < batches.number) \
                       ORDER BY number LIMIT $2";
        let rows = query(expired).bind(i64::from(today.0)).bind(i64::from(limit));
        let rows = self.transaction.rows(rows).await?;
        for row in &rows {
            let number: i64 = row.try_get(0)?;
            self.update(
                query("UPDATE batches SET seed = NULL, leaves = NULL WHERE number = $1").bind(number),
            )
            .await?;
            let places = query("DELETE FROM revoked_places WHERE place BETWEEN $1 AND $2");
            self.update(places.bind(number << 8).bind(number << 8 | 0xff))
                .await?;
        }
        Ok(rows.len() as u64)
    }
}
