//! What the issuer publishes of its revocations: one snapshot for many, with decoys among them
//! (`schemas/spec/status-snapshot.md`).
//!
//! A snapshot that revoked the copies of one person alone would link them. So revocations wait for one another, and
//! slots that hold nothing are revoked with them, near to them.

use crate::{Error, batch::WINDOW};
use core::ops::Range;
use ledger::batch::{BATCH_SLOTS, BatchSeed, decoy};
use rand_core::CryptoRng;
use schemas::{
    BatchNumber, Commitment, IssuerNumber, Place, Slot,
    status::{Snapshot, SnapshotNumber, Window},
};

/// Fewest decoys that go with a snapshot's new revocations.
pub const MIN_DECOYS: usize = 8;

/// Batches in which to look for decoys: as many as places are newly revoked, at least [`MIN_DECOYS`]. Each lies where a copy
/// could lie of whoever the places around it belong to, so that the places in the middle are no likelier to be real ones.
/// `closed` are the batches that have decoys and live on.
pub fn decoy_batches(revoked: &[Place], closed: Range<u32>, rng: &mut impl CryptoRng) -> Vec<BatchNumber> {
    let windows = windows(revoked, rng);
    let count = windows.len().max(MIN_DECOYS);
    let mut batches = Vec::new();
    for window in windows.iter().cycle().take(count) {
        let (from, to) = (window.start.max(closed.start), window.end.min(closed.end));
        if from < to {
            batches.push(BatchNumber(from + rng.next_u32() % (to - from)));
        }
    }
    batches
}

/// For each revoked place, [`WINDOW`] batches that hold it and those around it: one of the ranges in which the copies of
/// one person could have been put.
fn windows(revoked: &[Place], rng: &mut impl CryptoRng) -> Vec<Range<u32>> {
    let reach = u32::try_from(WINDOW).expect("it is small");
    let mut batches: Vec<u32> = revoked.iter().map(|place| place.batch.0).collect();
    batches.sort_unstable();
    let mut windows = Vec::with_capacity(batches.len());
    while let Some(first) = batches.get(windows.len()).copied() {
        let together = batches[windows.len()..]
            .iter()
            .take_while(|batch| **batch - first < reach)
            .count();
        let last = batches[windows.len() + together - 1];
        let earliest = (last + 1).saturating_sub(reach);
        let start = earliest + rng.next_u32() % (first - earliest + 1);
        windows.extend((0..together).map(|_| start..start.saturating_add(reach)));
    }
    windows
}

/// A random slot of a closed batch that holds nothing and is not in `revoked`; `None` when the batch is full.
pub fn pick_decoy(
    issuer: IssuerNumber,
    batch: BatchNumber,
    seed: &BatchSeed,
    leaves: &[Commitment; BATCH_SLOTS],
    revoked: &[Place],
    rng: &mut impl CryptoRng,
) -> Option<Place> {
    let places = (0..=u8::MAX).map(|slot| Place {
        issuer,
        batch,
        slot: Slot(slot),
    });
    let holds_nothing = |(place, leaf): &(Place, &Commitment)| decoy(seed, *place) == **leaf;
    let free: Vec<Place> = places
        .zip(leaves)
        .filter(holds_nothing)
        .map(|(place, _)| place)
        .filter(|place| !revoked.contains(place))
        .collect();
    let count = u32::try_from(free.len()).expect("at most 256");
    (count > 0).then(|| free[(rng.next_u32() % count) as usize])
}

/// The snapshot after `previous`: of the batches from `first` to before `end`, of which the window never goes back.
///
/// # Errors
/// [`Error::Schemas`], above all [`schemas::Error::StatusUnRevoked`] when a place of `previous` is missing.
pub fn next_snapshot(
    issuer: IssuerNumber,
    previous: Option<&Snapshot>,
    batches: Range<u32>,
    revoked: impl IntoIterator<Item = Place>,
) -> Result<Snapshot, Error> {
    let (number, end) = match previous {
        None => (0, u64::from(batches.end)),
        Some(previous) => (
            previous.number().0.saturating_add(1),
            previous.window().end().max(batches.end.into()),
        ),
    };
    let length = u32::try_from(end.saturating_sub(batches.start.into())).unwrap_or(u32::MAX);
    let window = Window::new(BatchNumber(batches.start), length)?;
    let snapshot = Snapshot::new(issuer, SnapshotNumber(number), window, revoked)?;
    if let Some(previous) = previous {
        previous.check_successor(&snapshot)?;
    }
    Ok(snapshot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::tests::Counter;

    const ISSUER: IssuerNumber = IssuerNumber(7);

    fn place(batch: u32, slot: u8) -> Place {
        Place {
            issuer: ISSUER,
            batch: BatchNumber(batch),
            slot: Slot(slot),
        }
    }

    #[test]
    fn decoys_lie_near_what_is_revoked() {
        let rng = &mut Counter(1);
        assert_eq!(decoy_batches(&[], 0..100, rng), []);
        let few = decoy_batches(&[place(50, 1)], 0..100, rng);
        assert_eq!(few.len(), MIN_DECOYS);
        assert!(few.iter().all(|batch| (34..66).contains(&batch.0)));
        let many: Vec<Place> = (0..20).map(|batch| place(batch, 1)).collect();
        assert_eq!(decoy_batches(&many, 0..100, rng).len(), 20);
        assert_eq!(decoy_batches(&[place(50, 1)], 90..100, rng), []);
    }

    #[test]
    fn a_decoy_is_a_slot_that_holds_nothing() {
        let (batch, seed) = (BatchNumber(3), BatchSeed([9; 32]));
        let credential = Commitment(schemas::Hash([1; 32]));
        let mut leaves = [credential; BATCH_SLOTS];
        let pick = |leaves: &_, revoked: &[Place]| {
            pick_decoy(ISSUER, batch, &seed, leaves, revoked, &mut Counter(1))
        };
        assert_eq!(pick(&leaves, &[]), None);
        leaves[77] = decoy(&seed, place(3, 77));
        assert_eq!(pick(&leaves, &[]), Some(place(3, 77)));
        assert_eq!(pick(&leaves, &[place(3, 77)]), None);
    }

    #[test]
    fn snapshots_go_forward() {
        let first = next_snapshot(ISSUER, None, 0..10, [place(3, 1)]).unwrap();
        let second = next_snapshot(ISSUER, Some(&first), 2..8, [place(3, 1), place(4, 4)]).unwrap();
        assert_eq!((second.number(), second.window().end()), (SnapshotNumber(1), 10));
        let refused = next_snapshot(ISSUER, Some(&second), 2..12, [place(4, 4)]).unwrap_err();
        assert_eq!(refused.code(), "status-un-revoked");
        let expired = next_snapshot(ISSUER, Some(&second), 4..12, [place(4, 4)]).unwrap();
        assert_eq!(expired.revoked_count(), 1);
    }
}
