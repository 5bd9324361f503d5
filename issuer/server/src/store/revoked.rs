//! Revoked places, decoys among them.

use super::{
    Write, chunks,
    credentials::{batch_and_slot, place_number},
    number,
};
use crate::Error;
use schemas::{BatchNumber, IssuerNumber, Place, UnixTime, status::SnapshotNumber};
use sqlx::{QueryBuilder, Row, Sqlite, sqlite::SqliteRow};

/// A revoked place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Which.
    pub place: Place,
    /// The first snapshot that lists it; `None` while it waits for one.
    pub published_in: Option<SnapshotNumber>,
}

impl Write {
    /// The revoked places from batch `first` on.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn revoked(&mut self, issuer: IssuerNumber, first: BatchNumber) -> Result<Vec<Revoked>, Error> {
        let rows =
            sqlx::query("SELECT place, published_in FROM revoked_places WHERE place >= $1 ORDER BY place");
        let rows = rows
            .bind(i64::from(first.0) << 8)
            .fetch_all(&mut *self.transaction)
            .await?;
        let read = |row: &SqliteRow| {
            let (batch, slot) = batch_and_slot(row)?;
            let published: Option<i64> = row.try_get(1)?;
            let published = published.map(u32::try_from).transpose();
            Ok(Revoked {
                place: Place { issuer, batch, slot },
                published_in: published
                    .map_err(|_| Error::StoreDamaged("snapshot number"))?
                    .map(SnapshotNumber),
            })
        };
        rows.iter().map(read).collect()
    }

    /// The batch after the last one in which something stands, closed or not.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn end_of_places(&mut self) -> Result<u32, Error> {
        let row = sqlx::query("SELECT COALESCE(MAX(place) / 256 + 1, 0) FROM credentials");
        number(&row.fetch_one(&mut *self.transaction).await?, 0, "place")
    }

    /// Revokes places; a place that is revoked already stays as it is.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn revoke(&mut self, places: &[Place], now: UnixTime) -> Result<(), Error> {
        for places in chunks(places) {
            let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO revoked_places (place, revoked_at) ");
            insert.push_values(places, |mut row, place| {
                row.push_bind(place_number(*place)).push_bind(now.0);
            });
            insert.push(" ON CONFLICT (place) DO NOTHING");
            insert.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }

    /// Notes that a snapshot lists all places that waited for one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn set_published(&mut self, snapshot: SnapshotNumber) -> Result<(), Error> {
        let update = sqlx::query("UPDATE revoked_places SET published_in = $1 WHERE published_in IS NULL");
        self.update(update.bind(i64::from(snapshot.0))).await
    }
}
