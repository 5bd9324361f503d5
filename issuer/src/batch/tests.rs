use super::*;
use proptest::prelude::*;
use rand_core::{TryCryptoRng, TryRng};
use std::collections::BTreeSet;

const NOW: UnixTime = UnixTime(1_795_000_000);

/// A counter put through a multiplication: good enough to spread places in a test.
pub(crate) struct Counter(pub(crate) u64);

impl TryRng for Counter {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.try_next_u64().map(|number| (number >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        Ok((self.0 ^ self.0 >> 31).wrapping_mul(0xbf58_476d_1ce4_e5b9))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill_with(|| self.try_next_u64().map_or(0, |number| (number >> 56) as u8));
        Ok(())
    }
}

impl TryCryptoRng for Counter {}

fn batches() -> OpenBatches {
    OpenBatches::new(IssuerNumber(7), BatchNumber(10))
}

fn commitment(place: Place) -> Commitment {
    Commitment(schemas::Hash::of(&[&place.index().to_be_bytes()]))
}

/// Places `people` people with `copies` copies each.
fn issue(batches: &mut OpenBatches, people: usize, copies: usize, now: UnixTime) -> Vec<Vec<Place>> {
    let mut rng = Counter(now.0.unsigned_abs());
    let mut placed = Vec::new();
    for _ in 0..people {
        let places = batches.reserve(copies, &[], &mut rng);
        for place in &places {
            batches.fill(*place, commitment(*place), now.plus(86_400), now);
        }
        placed.push(places);
    }
    placed
}

#[test]
fn a_batch_closes_when_it_is_full_or_has_waited() {
    let mut batches = batches();
    assert_eq!(batches.due(NOW.plus(1_000)), None, "an empty batch never closes");
    issue(&mut batches, 1, 1, NOW);
    assert_eq!(batches.due(NOW.plus(LATE_SECONDS - 1)), None);
    assert_eq!(batches.due(NOW.plus(LATE_SECONDS)), Some(Closing::Late));
    issue(&mut batches, 31, 1, NOW);
    assert_eq!(batches.due(NOW.plus(EARLY_SECONDS - 1)), None);
    assert_eq!(batches.due(NOW.plus(EARLY_SECONDS)), Some(Closing::Early));
    issue(&mut batches, 224, 1, NOW);
    assert_eq!(batches.due(NOW), Some(Closing::Full));

    let closed = batches.close(&BatchSeed([1; 32]), NOW);
    assert_eq!((closed.number, closed.credentials), (BatchNumber(10), 256));
    assert_eq!(batches.next(), BatchNumber(11));
    assert_eq!(batches.due(NOW.plus(1_000)), None);
}

#[test]
fn where_people_come_all_day_long_batches_fill() {
    let seed = BatchSeed([1; 32]);
    let mut batches = batches();
    issue(&mut batches, ENOUGH_PEOPLE, 1, NOW);
    assert_eq!(
        batches.due(NOW.plus(EARLY_SECONDS)),
        Some(Closing::Early),
        "the first group of a day"
    );
    let _ = batches.close(&seed, NOW.plus(EARLY_SECONDS));
    let (closed, every) = (NOW.plus(EARLY_SECONDS), i64::from(EARLY_EVERY_SECONDS));
    issue(&mut batches, ENOUGH_PEOPLE, 1, closed);
    assert_eq!(batches.due(closed.plus(every - 1)), None);
    assert_eq!(batches.due(closed.plus(every)), Some(Closing::Early));
    issue(&mut batches, BATCH_SLOTS - ENOUGH_PEOPLE, 1, closed);
    assert_eq!(batches.due(closed.plus(EARLY_SECONDS)), Some(Closing::Full));

    let mut hurried = OpenBatches::new(IssuerNumber(7), BatchNumber(10)).early_every(0);
    issue(&mut hurried, 2 * ENOUGH_PEOPLE, 2, NOW);
    let _ = hurried.close(&seed, NOW);
    issue(&mut hurried, ENOUGH_PEOPLE, 1, NOW);
    assert_eq!(hurried.due(NOW.plus(EARLY_SECONDS)), Some(Closing::Early));
}

#[test]
fn copies_wait_in_later_batches() {
    let mut batches = batches();
    issue(&mut batches, 40, 4, NOW);
    let closed = batches.close(&BatchSeed([1; 32]), NOW.plus(2));
    assert_eq!(closed.credentials, 40);
    assert_eq!(
        batches.due(NOW.plus(3)),
        None,
        "its waiting starts when it is the next"
    );
    assert_eq!(batches.due(NOW.plus(2 + LATE_SECONDS)), Some(Closing::Late));
}

#[test]
fn what_is_not_filled_becomes_a_decoy() {
    let (mut batches, seed) = (batches(), BatchSeed([1; 32]));
    let filled = issue(&mut batches, 1, 1, NOW)[0][0];
    let reserved = batches.reserve(1, &[], &mut Counter(5))[0];
    let closed = batches.close(&seed, NOW);
    assert_eq!(closed.leaves[usize::from(filled.slot.0)], commitment(filled));
    assert_eq!(
        closed.leaves[usize::from(reserved.slot.0)],
        decoy(&seed, reserved)
    );
    assert_eq!(closed.expiry, Day(NOW.plus(86_400).day().0 + 1));
    let root = ledger::batch::root(&closed.tree.proof(filled.slot), commitment(filled), filled.slot);
    assert_eq!(root, closed.tree.root());
}

#[test]
fn a_restart_changes_nothing() {
    let (mut batches, seed) = (batches(), BatchSeed([1; 32]));
    let placed: Vec<Place> = issue(&mut batches, 50, 4, NOW).concat();
    let mut resumed = OpenBatches::new(IssuerNumber(7), BatchNumber(10));
    let waiting_since = batches.waiting_since().unwrap();
    for place in placed.iter().rev() {
        resumed.resume(*place, commitment(*place), NOW.plus(86_400), waiting_since);
    }
    assert_eq!(resumed.waiting_since(), Some(NOW));
    for _ in 0..WINDOW {
        let (one, other) = (batches.close(&seed, NOW), resumed.close(&seed, NOW));
        assert_eq!((one.number, one.leaves), (other.number, other.leaves));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn copies_of_a_person_never_share_a_batch(
        copies in 1..=MAX_COPIES,
        crowd in 0..300usize,
        avoid in prop::collection::btree_set(10..40u32, 0..30),
        seed: u64,
    ) {
        let mut batches = batches();
        issue(&mut batches, crowd, 4, NOW);
        let avoid: Vec<_> = avoid.into_iter().map(BatchNumber).collect();
        let places = batches.reserve(copies, &avoid, &mut Counter(seed));
        let used: BTreeSet<_> = places.iter().map(|place| place.batch).collect();
        prop_assert_eq!((places.len(), used.len()), (copies, copies));
        prop_assert!(avoid.iter().all(|batch| !used.contains(batch)));
    }

    #[test]
    fn no_place_is_given_twice(people in 0..300usize, copies in 1..=MAX_COPIES) {
        let placed = issue(&mut batches(), people, copies, NOW).concat();
        let distinct: BTreeSet<_> = placed.iter().collect();
        prop_assert_eq!(distinct.len(), people * copies);
    }

    #[test]
    fn every_credential_is_in_exactly_one_closed_batch(
        people in prop::collection::vec((1..=MAX_COPIES, 0..3i64), 1..400),
    ) {
        let (mut batches, seed) = (batches(), BatchSeed([1; 32]));
        let (mut now, mut placed, mut closed) = (NOW, Vec::new(), Vec::new());
        for (copies, pause) in people {
            now = now.plus(pause);
            while batches.due(now).is_some() {
                closed.push(batches.close(&seed, now));
            }
            placed.extend(issue(&mut batches, 1, copies, now).concat());
        }
        // Nobody else comes: what is open closes all the same.
        for _ in 0..=WINDOW + placed.len() {
            now = now.plus(LATE_SECONDS);
            while batches.due(now).is_some() {
                closed.push(batches.close(&seed, now));
            }
        }
        for (number, batch) in (10..).zip(&closed) {
            prop_assert_eq!(batch.number, BatchNumber(number));
            prop_assert!(batch.credentials <= BATCH_SLOTS);
            prop_assert!(batch.expiry >= NOW.plus(86_400).day());
        }
        prop_assert_eq!(closed.iter().map(|batch| batch.credentials).sum::<usize>(), placed.len());
        for place in placed {
            let batch = &closed[(place.batch.0 - 10) as usize];
            prop_assert_eq!(batch.leaves[usize::from(place.slot.0)], commitment(place));
        }
    }
}

#[test]
fn a_lonely_persons_copies_do_not_wait_for_another_person() {
    let (mut batches, mut now) = (batches(), NOW);
    let last = issue(&mut batches, 1, 4, now)[0]
        .iter()
        .map(|place| place.batch)
        .max();
    while batches.due(now.plus(LATE_SECONDS)).is_some() {
        now = now.plus(LATE_SECONDS);
        let closed = batches.close(&BatchSeed([1; 32]), now);
        // An empty batch must not be told from another by its entry.
        assert_eq!(closed.expiry, Day(NOW.plus(86_400).day().0 + 1));
    }
    assert_eq!(last.map(|last| last.0 + 1), Some(batches.next().0));
}

#[test]
fn the_first_in_an_empty_batch_has_the_whole_time_for_others_to_come() {
    let mut batches = batches();
    let [first, second] = [(10, 1), (12, 1)].map(|(batch, slot)| Place {
        issuer: IssuerNumber(7),
        batch: BatchNumber(batch),
        slot: Slot(slot),
    });
    for place in [first, second] {
        batches.resume(place, commitment(place), NOW.plus(86_400), NOW);
    }
    let _ = batches.close(&BatchSeed([1; 32]), NOW);
    issue(&mut batches, 1, 1, NOW.plus(LATE_SECONDS - 1));
    assert_eq!(batches.due(NOW.plus(LATE_SECONDS)), None);
    assert_eq!(batches.due(NOW.plus(2 * LATE_SECONDS - 1)), Some(Closing::Late));
}

#[test]
fn slots_are_random() {
    let mut rng = Counter(3);
    let mut counts = [0u32; 8];
    for _ in 0..4_096 {
        counts[usize::from(batches().reserve(1, &[], &mut rng)[0].slot.0) / 32] += 1;
    }
    // 512 are expected of each, with a deviation of 21.
    assert!(
        counts.iter().all(|count| (400..624).contains(count)),
        "{counts:?}"
    );
}
