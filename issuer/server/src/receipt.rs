//! Receipts: what a wallet gets more copies of a result with, and which one of a result is in force.
//!
//! A result lives in one wallet. Each receipt has an identity, and the result notes whose is in force. A wallet that was
//! restored from a backup has the receipt of the wallet before it; it is given another with a new identity, based on the
//! one in force, and the first order with that puts it in force and ends what was issued before. Putting it in force is a
//! compare-and-set: of two wallets that are restored at once, one wins, and no two ever have the same identity.

use crate::{Error, random, result::ResultId};
use core::fmt;

/// Tells the receipts of one result apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ReceiptId(pub [u8; 8]);

impl ReceiptId {
    /// The receipt that comes with the offer. The others are random.
    pub const FIRST: Self = Self([0; 8]);

    /// A new one, which nobody has by chance before its result expires: 2⁻⁶⁴.
    ///
    /// # Errors
    /// [`Error::Randomness`].
    pub fn random() -> Result<Self, Error> {
        let mut bytes = [0; 8];
        random::fill(&mut bytes)?;
        Ok(Self(bytes))
    }
}

/// What a refresh token says, and an access token that was given for one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Of which result.
    pub result: ResultId,
    /// Its own identity.
    pub own: ReceiptId,
    /// The identity in whose place it may be put in force; of the first receipt its own.
    pub based_on: ReceiptId,
}

/// What an order with a receipt does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is in force: it gets copies.
    InForce,
    /// It is put in force: the result moves, and the copies from before end.
    Moves,
}

impl Receipt {
    /// The receipt that comes with a result's offer.
    #[must_use]
    pub fn first(result: ResultId) -> Self {
        Self {
            result,
            own: ReceiptId::FIRST,
            based_on: ReceiptId::FIRST,
        }
    }

    /// What an order does while the receipt `in_force` is so.
    ///
    /// # Errors
    /// [`Error::ReceiptMoved`] for a receipt from before a move, or one that another wallet was faster than.
    pub fn standing(self, in_force: ReceiptId) -> Result<Standing, Error> {
        match in_force {
            id if id == self.own => Ok(Standing::InForce),
            id if id == self.based_on => Ok(Standing::Moves),
            _ => Err(Error::ReceiptMoved),
        }
    }

    /// What the receipt is for the corrected result. The wallet in force has the first receipt there, as if it had taken up
    /// the new offer. One whose move was on its way is still on its way: were it in force too, two wallets would share it.
    #[must_use]
    pub fn carried_to(self, corrected: ResultId, standing: Standing) -> Self {
        let first = Self::first(corrected);
        match standing {
            Standing::InForce => first,
            Standing::Moves => Self {
                own: self.own,
                ..first
            },
        }
    }
}

impl fmt::Debug for ReceiptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptId(…)")
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receipt(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESULT: ResultId = ResultId([1; 16]);
    const CORRECTED: ResultId = ResultId([2; 16]);
    const NEW: ReceiptId = ReceiptId([7; 8]);

    fn moving() -> Receipt {
        Receipt {
            own: NEW,
            ..Receipt::first(RESULT)
        }
    }

    #[test]
    fn one_receipt_is_in_force() {
        let (first, moving) = (Receipt::first(RESULT), moving());
        let other = Receipt {
            own: ReceiptId([8; 8]),
            ..moving
        };
        let standing = |receipt: Receipt, in_force| receipt.standing(in_force).ok();
        assert_eq!(standing(first, ReceiptId::FIRST), Some(Standing::InForce));
        assert_eq!(standing(moving, ReceiptId::FIRST), Some(Standing::Moves));
        assert_eq!(standing(other, ReceiptId::FIRST), Some(Standing::Moves));
        // The first order decides.
        assert_eq!(standing(moving, NEW), Some(Standing::InForce));
        assert_eq!((standing(first, NEW), standing(other, NEW)), (None, None));
        assert_eq!(first.standing(NEW).unwrap_err().code(), "issuer-receipt-moved");
    }

    #[test]
    fn a_correction_does_not_let_two_wallets_in() {
        let first = Receipt::first(RESULT).carried_to(CORRECTED, Standing::InForce);
        assert_eq!(first, Receipt::first(CORRECTED));
        assert_eq!(moving().carried_to(CORRECTED, Standing::InForce), first);
        let carried = moving().carried_to(CORRECTED, Standing::Moves);
        assert_eq!(carried.standing(ReceiptId::FIRST).ok(), Some(Standing::Moves));
        assert_eq!((carried.result, carried.own), (CORRECTED, NEW));
    }
}
