//! Where a credential stands: issuer, batch and slot. Chosen before signing, and part of what is signed, so that
//! taking the proof out of a QR code hides nothing (`schemas/spec/place-and-proof.md`).

use crate::{Error, cbor::Item};

/// The number under which a ledger registered an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssuerNumber(pub u32);

/// An issuer's own gapless batch number, from 0, across its keys and across logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchNumber(pub u32);

/// A leaf's index in a batch of 256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u8);

/// One slot of one batch of one issuer; names a credential for its proof and for its revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Whose batch.
    pub issuer: IssuerNumber,
    /// Which batch.
    pub batch: BatchNumber,
    /// Which leaf.
    pub slot: Slot,
}

/// The claim key of a place in a CWT or SD-CWT (RFC 8392 section 9.1: integers below -65536 are for private use).
pub const PLACE_CLAIM: i64 = -65_537;

impl Place {
    /// The claim value `[issuer, batch, slot]`.
    #[must_use]
    pub fn to_item(self) -> Item<'static> {
        let numbers = [self.issuer.0, self.batch.0, u32::from(self.slot.0)];
        Item::Array(numbers.into_iter().map(|n| Item::Int(n.into())).collect())
    }

    /// Reads the claim value.
    ///
    /// # Errors
    /// [`Error::PlaceMalformed`] unless it is an array of three unsigned integers within 32, 32 and 8 bits.
    pub fn from_item(item: &Item<'_>) -> Result<Self, Error> {
        let Some([Item::Int(issuer), Item::Int(batch), Item::Int(slot)]) = item.as_array() else {
            return Err(Error::PlaceMalformed);
        };
        Ok(Self {
            issuer: IssuerNumber(u32::try_from(*issuer).map_err(|_| Error::PlaceMalformed)?),
            batch: BatchNumber(u32::try_from(*batch).map_err(|_| Error::PlaceMalformed)?),
            slot: Slot(u8::try_from(*slot).map_err(|_| Error::PlaceMalformed)?),
        })
    }

    /// The place's number among all of its issuer's slots: `batch × 256 + slot`.
    #[must_use]
    pub fn index(self) -> u64 {
        u64::from(self.batch.0) << 8 | u64::from(self.slot.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_what_it_writes(issuer: u32, batch: u32, slot: u8) {
            let place =
                Place { issuer: IssuerNumber(issuer), batch: BatchNumber(batch), slot: Slot(slot) };
            prop_assert_eq!(Place::from_item(&place.to_item()), Ok(place));
        }
    }

    #[test]
    fn refuses_numbers_out_of_range() {
        let numbers = |slot: i128| Item::Array(vec![Item::Int(1), Item::Int(2), Item::Int(slot)]);
        assert!(Place::from_item(&numbers(255)).is_ok());
        assert_eq!(Place::from_item(&numbers(256)), Err(Error::PlaceMalformed));
        assert_eq!(Place::from_item(&numbers(-1)), Err(Error::PlaceMalformed));
        assert_eq!(Place::from_item(&Item::Int(1)), Err(Error::PlaceMalformed));
    }
}
