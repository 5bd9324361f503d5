//! Signed credentials, each at its place.

use super::{
    ResultNumber, Store, Write, chunks,
    query::{Fetch, Row, placeholders, query},
};
use crate::{Error, result::Stored};
use schemas::{BatchNumber, Commitment, Hash, IssuerNumber, Place, Slot, UnixTime, crypto::P256Point};

/// The shape of a stored credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialShape {
    /// For paper and for existing verifiers.
    Hcert,
    /// For the wallet, bound to its key.
    SdCwt,
}

impl Stored for CredentialShape {
    const NUMBERS: &'static [(Self, i64)] = &[(Self::Hcert, 1), (Self::SdCwt, 2)];
}

/// A credential to be stored.
pub struct NewCredential {
    /// Where it stands.
    pub place: Place,
    /// Of which result.
    pub result: ResultNumber,
    /// Its shape.
    pub shape: CredentialShape,
    /// The wallet's key that it is bound to.
    pub holder: Option<P256Point>,
    /// The credential without its proof. Personal.
    pub bytes: Vec<u8>,
    /// What its batch holds of it.
    pub commitment: Commitment,
}

/// A credential, as stored.
pub struct Credential {
    /// Its batch.
    pub batch: BatchNumber,
    /// Its slot.
    pub slot: Slot,
    /// Its shape.
    pub shape: CredentialShape,
    /// The wallet's key that it is bound to; `None` also for a copy that ended when its result moved.
    pub holder: Option<P256Point>,
    /// The credential without its proof. Personal.
    pub bytes: Vec<u8>,
}

/// What a batch that is still open holds.
pub struct OpenCredential {
    /// Where it stands.
    pub place: Place,
    /// What its batch holds of it.
    pub commitment: Commitment,
    /// When its result expires.
    pub expires_at: UnixTime,
}

impl Store {
    /// The credentials of a result, by place.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn credentials(&self, result: ResultNumber) -> Result<Vec<Credential>, Error> {
        of_result(&self.database, result).await
    }
}

impl Write {
    /// What stands in batches that have not closed: those from `next` on.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn open_credentials(
        &mut self,
        issuer: IssuerNumber,
        next: BatchNumber,
    ) -> Result<Vec<OpenCredential>, Error> {
        let rows = query(
            "SELECT c.place, c.commitment, r.expires_at FROM credentials c JOIN results r ON r.number = c.result
             WHERE c.place >= $1",
        );
        let rows = rows.bind(i64::from(next.0) << 8);
        let rows = self.transaction.rows(rows).await?;
        let read = |row: &Row| {
            let (batch, slot) = batch_and_slot(row)?;
            Ok(OpenCredential {
                place: Place { issuer, batch, slot },
                commitment: Commitment(Hash(row.bytes(1, "commitment")?)),
                expires_at: UnixTime(row.try_get(2)?),
            })
        };
        rows.iter().map(read).collect()
    }

    /// The credentials of a result, by place.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn credentials(&mut self, result: ResultNumber) -> Result<Vec<Credential>, Error> {
        of_result(&mut self.transaction, result).await
    }

    /// Forgets the keys of a result's copies, so that none of them is given out again.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn forget_holders(&mut self, result: ResultNumber) -> Result<(), Error> {
        self.update(query("UPDATE credentials SET holder = NULL WHERE result = $1").bind(result.0))
            .await
    }

    /// Stores credentials.
    ///
    /// # Errors
    /// [`Error::Store`]; also when one of the places is taken, which the planner excludes.
    pub async fn insert_credentials(&mut self, credentials: &[NewCredential]) -> Result<(), Error> {
        for credentials in chunks(credentials) {
            let mut insert = query(format!(
                "INSERT INTO credentials (place, result, shape, holder, bytes, commitment) VALUES {}",
                placeholders(credentials.len(), 6)
            ));
            for credential in credentials {
                insert = insert
                    .bind(place_number(credential.place))
                    .bind(credential.result.0)
                    .bind(credential.shape.number())
                    .bind(credential.holder.map(|holder| holder.as_bytes().to_vec()))
                    .bind(&*credential.bytes)
                    .bind(&credential.commitment.0.as_bytes()[..]);
            }
            self.update(insert).await?;
        }
        Ok(())
    }
}

async fn of_result(from: impl Fetch, result: ResultNumber) -> Result<Vec<Credential>, Error> {
    let rows = query("SELECT place, shape, holder, bytes FROM credentials WHERE result = $1 ORDER BY place");
    let rows = from.rows(rows.bind(result.0)).await?;
    rows.iter().map(credential).collect()
}

/// A place's number in the database: `batch × 256 + slot`, which has 40 bits.
pub(super) fn place_number(place: Place) -> i64 {
    i64::from(place.batch.0) << 8 | i64::from(place.slot.0)
}

/// The batch and slot of the place in column 0.
pub(super) fn batch_and_slot(row: &Row) -> Result<(BatchNumber, Slot), Error> {
    let place: u64 = row.number(0, "place")?;
    let batch = u32::try_from(place >> 8).map_err(|_| Error::StoreDamaged("place"))?;
    let [.., slot] = place.to_be_bytes();
    Ok((BatchNumber(batch), Slot(slot)))
}

fn credential(row: &Row) -> Result<Credential, Error> {
    let (batch, slot) = batch_and_slot(row)?;
    let holder: Option<&[u8]> = row.try_get(2)?;
    let holder = holder.map(P256Point::from_sec1).transpose();
    Ok(Credential {
        batch,
        slot,
        shape: CredentialShape::from_number(row.try_get(1)?).ok_or(Error::StoreDamaged("shape"))?,
        holder: holder.map_err(|_| Error::StoreDamaged("holder"))?,
        bytes: row.try_get(3)?,
    })
}
