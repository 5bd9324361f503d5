//! Revoked places, decoys among them.

use super::{
    Write, chunks,
    credentials::{batch_and_slot, place_number},
    query::{Fetch, Row, placeholders, query},
};
use crate::Error;
use schemas::{BatchNumber, IssuerNumber, Place, UnixTime, status::SnapshotNumber};

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
        let rows = query("SELECT place, published_in FROM revoked_places WHERE place >= $1 ORDER BY place");
        let rows = rows.bind(i64::from(first.0) << 8);
        let rows = self.transaction.rows(rows).await?;
        let read = |row: &Row| {
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
        let row = query("SELECT COALESCE(MAX(place) / 256 + 1, 0) FROM credentials");
        self.transaction.single(row).await?.number(0, "place")
    }

    /// Revokes places; a place that is revoked already stays as it is.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn revoke(&mut self, places: &[Place], now: UnixTime) -> Result<(), Error> {
        for places in chunks(places) {
            let mut insert = query(format!(
                "INSERT INTO revoked_places (place, revoked_at) VALUES {} ON CONFLICT (place) DO NOTHING",
                placeholders(places.len(), 2)
            ));
            for place in places {
                insert = insert.bind(place_number(*place)).bind(now.0);
            }
            self.update(insert).await?;
        }
        Ok(())
    }

    /// Notes that a snapshot lists all places that waited for one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn set_published(&mut self, snapshot: SnapshotNumber) -> Result<(), Error> {
        let update = query("UPDATE revoked_places SET published_in = $1 WHERE published_in IS NULL");
        self.update(update.bind(i64::from(snapshot.0))).await
    }
}
