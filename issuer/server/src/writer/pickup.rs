//! What wallets ask for: codes are counted, copies are signed once for each key.

use super::{CodeMatches, Desk, Mirror};
use crate::{
    Error, random,
    receipt::{Receipt, Standing},
    result::{ResultId, State},
    store::{Credential, CredentialShape, NewCredential, ResultRow, Write},
};
use issuer::{Draft, sign_copy};
use schemas::{BatchNumber, Place, Slot, crypto::P256Point, sd_cwt::Salt};

/// Wrong transaction codes after which a supervisor has to unlock the code.
pub(crate) const MAX_ATTEMPTS: u32 = 5;
/// Copies of one result over its life: eight pick-ups of four, for four days of going in and out.
pub(crate) const MAX_COPIES: usize = 32;

/// A copy and where it stands.
pub(crate) struct Copy {
    pub(crate) batch: BatchNumber,
    pub(crate) slot: Slot,
    pub(crate) bytes: Vec<u8>,
}

impl Desk {
    /// Counts a wrong transaction code. A right one passes unless the code is locked; the order of the queue decides, so
    /// that many guesses at once gain nothing.
    pub(super) async fn redeem(
        &self,
        write: &mut Write,
        id: ResultId,
        matches: CodeMatches,
    ) -> Result<(), Error> {
        let result = self.standing(write, id).await?;
        if result.accepted_at.is_some() {
            return Err(Error::CodeUsed);
        }
        if result.attempts >= MAX_ATTEMPTS {
            return Err(Error::TxCodeLocked);
        }
        if matches == CodeMatches::Yes {
            return Ok(());
        }
        self.metrics.tx_codes_wrong.increment(1);
        let attempts = result.attempts + 1;
        write.set_attempts(result.number, attempts).await?;
        Err(match MAX_ATTEMPTS - attempts {
            0 => Error::TxCodeLocked,
            left => Error::TxCodeWrong { left },
        })
    }

    /// Forgets wrong transaction codes.
    pub(super) async fn unlock(&self, write: &mut Write, id: ResultId) -> Result<(), Error> {
        let result = write.result(id).await?;
        write.set_attempts(result.number, 0).await
    }

    /// Notes that the wallet has its credentials.
    pub(super) async fn accept(&self, write: &mut Write, id: ResultId) -> Result<(), Error> {
        let result = write.result(id).await?;
        write.set_accepted(result.number, self.clock.now()).await
    }

    /// One copy for each key, in the order of the keys. A key that has a copy gets the same again. The first order with a
    /// receipt that is not in force yet moves the result: all or nothing, since it is one transaction.
    pub(super) async fn copies(
        &self,
        mirror: &mut Mirror,
        write: &mut Write,
        receipt: Receipt,
        holders: &[P256Point],
    ) -> Result<Vec<Copy>, Error> {
        let result = self.standing(write, receipt.result).await?;
        let standing = receipt.standing(result.receipt)?;
        // 1. The keys that have no copy yet; after a move none has.
        let existing = write.credentials(result.number).await?;
        let kept = match standing {
            Standing::InForce => &*existing,
            Standing::Moves => &[],
        };
        let of = |holder: &P256Point| kept.iter().find(|c| c.holder == Some(*holder));
        let new: Vec<P256Point> = holders
            .iter()
            .filter(|holder| of(holder).is_none())
            .copied()
            .collect();
        let copies = existing
            .iter()
            .filter(|c| c.shape == CredentialShape::SdCwt)
            .count();
        if copies + new.len() > MAX_COPIES {
            return Err(Error::CopiesExhausted { limit: MAX_COPIES });
        }
        // 2. Places, each in a batch where nothing of this person stands.
        let signed = self.sign_copies(mirror, &result, &existing, &new)?;
        // 3. What was refused so far has changed nothing; now the copies from before end.
        if standing == Standing::Moves {
            self.move_to(write, receipt, &result, &existing).await?;
        }
        write.insert_credentials(&signed).await?;
        for copy in &signed {
            let (place, expires_at) = (copy.place, result.expires_at);
            mirror
                .batches
                .fill(place, copy.commitment, expires_at, self.clock.now());
        }
        self.metrics.copies_issued.increment(new.len() as u64);
        // 4. In the order of the keys.
        let copy = |holder: &P256Point| {
            let stored = of(holder).map(|c| Copy {
                batch: c.batch,
                slot: c.slot,
                bytes: c.bytes.clone(),
            });
            let fresh = signed.iter().find(|c| c.holder == Some(*holder));
            stored.or(fresh.map(|c| Copy {
                batch: c.place.batch,
                slot: c.place.slot,
                bytes: c.bytes.clone(),
            }))
        };
        Ok(holders.iter().filter_map(copy).collect())
    }

    /// Puts a receipt in force. The certificate on paper stays: it is in no wallet. The offer is used up, so that nobody takes
    /// the result up a second time beside the wallet that has it now.
    async fn move_to(
        &self,
        write: &mut Write,
        receipt: Receipt,
        result: &ResultRow,
        existing: &[Credential],
    ) -> Result<(), Error> {
        let copies = existing.iter().filter(|c| c.shape == CredentialShape::SdCwt);
        self.revoke_places(write, copies).await?;
        write.forget_holders(result.number).await?;
        write.set_accepted(result.number, self.clock.now()).await?;
        write.set_receipt(result.number, receipt.own).await?;
        self.metrics.results_moved.increment(1);
        Ok(())
    }

    fn sign_copies(
        &self,
        mirror: &mut Mirror,
        result: &ResultRow,
        existing: &[Credential],
        holders: &[P256Point],
    ) -> Result<Vec<NewCredential>, Error> {
        let (now, expires) = (self.clock.now(), result.expires_at.day());
        let key = self.keys.current(now)?;
        let draft = Draft::decode(&result.draft).map_err(|_| Error::StoreDamaged("draft"))?;
        let avoid: Vec<BatchNumber> = existing.iter().map(|c| c.batch).collect();
        let rng = &mut random::source();
        let places: Vec<Place> = mirror.batches.reserve(holders.len(), &avoid, rng);
        let mut signed = Vec::with_capacity(holders.len());
        for (holder, place) in holders.iter().zip(places) {
            let salts = [Salt::random(rng), Salt::random(rng), Salt::random(rng)];
            let issued = sign_copy(&draft, *holder, place, now, expires, salts, &key)?;
            signed.push(NewCredential {
                place,
                result: result.number,
                shape: CredentialShape::SdCwt,
                holder: Some(*holder),
                bytes: issued.bytes,
                commitment: issued.commitment,
            });
        }
        Ok(signed)
    }

    /// A result that is neither revoked nor replaced nor expired.
    async fn standing(&self, write: &mut Write, id: ResultId) -> Result<ResultRow, Error> {
        let result = write.result(id).await?;
        if result.state != State::Issued {
            return Err(Error::ResultNotStanding { state: result.state });
        }
        if result.expires_at <= self.clock.now() {
            return Err(Error::ResultUnknown);
        }
        Ok(result)
    }
}
