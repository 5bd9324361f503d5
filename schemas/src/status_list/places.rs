//! Where a place stands in the lists that stand for an issuer's snapshots.

use super::{Bits, StatusList, StatusType};
use crate::{Error, Place, status::Snapshot};

/// Batches of one list: 1,048,576 places, the size that the draft measures. Credentials of one list expire at about
/// the same time, after which nobody needs it.
pub const BATCHES_PER_LIST: u32 = 4_096;
const PLACES_PER_LIST: u64 = BATCHES_PER_LIST as u64 * 256;

/// The number of a list among its issuer's: `batch / 4096`. The issuer puts it into the list's URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListNumber(pub u32);

impl ListNumber {
    /// The list of a place, and the place's index in it.
    #[must_use]
    pub fn of(place: Place) -> (Self, u64) {
        (
            Self(place.batch.0 / BATCHES_PER_LIST),
            place.index() % PLACES_PER_LIST,
        )
    }
}

impl StatusList {
    /// The places of a snapshot that belong to one list, revoked ones as invalid. Places that the snapshot says nothing
    /// of are valid here; their tokens have expired, or are younger than it.
    ///
    /// # Errors
    /// None that a list of this size can meet; those of [`new`](Self::new) and [`set`](Self::set).
    pub fn of_snapshot(snapshot: &Snapshot, number: ListNumber) -> Result<Self, Error> {
        let mut list = Self::new(Bits::One, PLACES_PER_LIST)?;
        for (other, index) in snapshot.places().map(ListNumber::of) {
            if other == number {
                list.set(index, StatusType::INVALID)?;
            }
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        BatchNumber, IssuerNumber, Slot,
        status::{SnapshotNumber, Window},
    };

    #[test]
    fn a_revoked_place_is_invalid_in_its_list_alone() {
        let place = |batch, slot| Place {
            issuer: IssuerNumber(1),
            batch: BatchNumber(batch),
            slot: Slot(slot),
        };
        let revoked = [place(4_095, 255), place(4_096, 0), place(5_000, 7)];
        let window = Window::new(BatchNumber(4_000), 2_000).unwrap();
        let snapshot = Snapshot::new(IssuerNumber(1), SnapshotNumber(0), window, revoked).unwrap();
        let lists = [0, 1].map(|number| StatusList::of_snapshot(&snapshot, ListNumber(number)).unwrap());
        assert_eq!(ListNumber::of(revoked[0]), (ListNumber(0), 1_048_575));
        assert_eq!(ListNumber::of(revoked[1]), (ListNumber(1), 0));
        for place in revoked {
            let (ListNumber(number), index) = ListNumber::of(place);
            let [this, other] = [number, 1 - number].map(|n| lists[usize::try_from(n).unwrap()].get(index));
            assert_eq!((this, other), (Ok(StatusType::INVALID), Ok(StatusType::VALID)));
        }
    }
}
