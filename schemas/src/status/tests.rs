//! Snapshots and deltas together.

use super::*;
use crate::{BatchNumber, Error, IssuerNumber, Place, Slot};
use proptest::prelude::*;
use std::collections::BTreeSet;

const ISSUER: IssuerNumber = IssuerNumber(7);

fn place(index: u64) -> Place {
    Place {
        issuer: ISSUER,
        batch: BatchNumber(u32::try_from(index >> 8).unwrap()),
        slot: Slot(u8::try_from(index & 255).unwrap()),
    }
}

fn snapshot(number: u32, window: Window, indices: &BTreeSet<u64>) -> Snapshot {
    let places = indices.iter().map(|index| place(*index));
    Snapshot::new(ISSUER, SnapshotNumber(number), window, places).unwrap()
}

fn any_window() -> impl Strategy<Value = Window> {
    (0u32..1000, 1u32..40).prop_map(|(first, batches)| Window::new(BatchNumber(first), batches).unwrap())
}

/// A window, revoked places in it, and a later window with more of them.
fn any_step() -> impl Strategy<Value = (Snapshot, Snapshot)> {
    (any_window(), 0u32..40, 0u32..40).prop_flat_map(|(window, moved, grown)| {
        let first = window.first().0 + moved;
        let end = u32::try_from(window.end()).unwrap().max(first) + grown;
        let later = Window::new(BatchNumber(first), end - first).unwrap();
        let all = u64::from(window.first().0) << 8..u64::from(end.max(first + 1)) << 8;
        let sets = prop::collection::btree_set(all.clone(), 0..200);
        (sets.clone(), sets).prop_map(move |(before, added)| {
            let inside = |window: Window, set: &BTreeSet<u64>| -> BTreeSet<u64> {
                let range = u64::from(window.first().0) << 8..window.end() << 8;
                set.iter()
                    .copied()
                    .filter(|index| range.contains(index))
                    .collect()
            };
            let before = inside(window, &before);
            let after = inside(later, &before.union(&added).copied().collect());
            (snapshot(3, window, &before), snapshot(5, later, &after))
        })
    })
}

proptest! {
    #[test]
    fn reads_what_it_writes((before, after) in any_step()) {
        for snapshot in [before, after] {
            prop_assert_eq!(Snapshot::decode(&snapshot.encode().unwrap()), Ok(snapshot));
        }
    }

    #[test]
    fn any_bytes_return(mut bytes: Vec<u8>, format in 1u8..3, parameter in 0u8..34) {
        let _ = Snapshot::decode(&bytes);
        let _ = Delta::decode(&bytes);
        if let [first, second, ..] = &mut bytes[..] {
            (*first, *second) = (format, parameter);
        }
        // One meaning, one encoding.
        if let Ok(snapshot) = Snapshot::decode(&bytes) {
            prop_assert_eq!(snapshot.encode(), Ok(bytes.clone()));
        }
        if let Ok(delta) = Delta::decode(&bytes) {
            prop_assert_eq!(delta.encode(), Ok(bytes));
        }
    }

    #[test]
    fn short_headers_with_codes_return(numbers: [u32; 2], count in 0u32..90, codes: Vec<u8>, parameter in 0u8..12) {
        let mut bytes = vec![1, parameter];
        for number in [7, numbers[0], numbers[1] >> 9, 20, count] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(codes);
        if let Ok(snapshot) = Snapshot::decode(&bytes) {
            prop_assert_eq!(snapshot.encode(), Ok(bytes));
        }
    }

    #[test]
    fn a_delta_leads_to_the_later_snapshot((before, after) in any_step()) {
        let delta = before.delta_to(&after).unwrap();
        let delta = Delta::decode(&delta.encode().unwrap()).unwrap();
        prop_assert_eq!(before.after(&delta), Ok(after.clone()));
        if before != after {
            prop_assert_eq!(after.after(&delta), Err(Error::StatusDeltaMismatch));
        }
    }

    #[test]
    fn every_place_has_its_status((before, _) in any_step(), index in 0u64..1100 << 8) {
        let place = place(index);
        let window = before.window();
        let expected = if before.places().any(|other| other == place) {
            Status::Revoked
        } else if place.batch < window.first() {
            Status::BeforeWindow
        } else if u64::from(place.batch.0) >= window.end() {
            Status::AfterWindow
        } else {
            Status::NotRevoked
        };
        prop_assert_eq!(before.status(place.batch, place.slot), expected);
    }

    #[test]
    fn no_silent_un_revocation((before, after) in any_step(), pick: prop::sample::Index) {
        prop_assert_eq!(before.check_successor(&after), Ok(()));
        let both: Vec<Place> = before.places().filter(|place| after.places().any(|other| other == *place)).collect();
        prop_assume!(!both.is_empty());
        let dropped = *pick.get(&both);
        let rest = after.places().filter(|place| *place != dropped);
        let after = Snapshot::new(ISSUER, after.number(), after.window(), rest).unwrap();
        let refusal = Err(Error::StatusUnRevoked { index: dropped.index() });
        prop_assert_eq!(before.check_successor(&after), refusal.clone());
        prop_assert_eq!(before.delta_to(&after).map(drop), refusal);
    }
}

#[test]
fn going_back_is_refused() {
    let window = |first, batches| Window::new(BatchNumber(first), batches).unwrap();
    let none = BTreeSet::new();
    let now = snapshot(4, window(10, 10), &none);
    let code = |later: Snapshot| now.check_successor(&later).err().map(|error| error.code());
    assert_eq!(code(snapshot(5, window(10, 10), &none)), None);
    assert_eq!(code(snapshot(4, window(10, 10), &none)), Some("status-went-back"));
    assert_eq!(code(snapshot(5, window(9, 20), &none)), Some("status-went-back"));
    assert_eq!(code(snapshot(5, window(12, 7), &none)), Some("status-went-back"));
    let other = Snapshot::new(IssuerNumber(8), SnapshotNumber(5), window(10, 10), []).unwrap();
    assert_eq!(code(other), Some("status-went-back"));
}

#[test]
fn places_outside_are_refused() {
    let window = Window::new(BatchNumber(1), 1).unwrap();
    let new = |place| Snapshot::new(ISSUER, SnapshotNumber(0), window, [place]).map(|s| s.revoked_count());
    assert_eq!(new(place(256)), Ok(1));
    assert_eq!(new(place(255)).unwrap_err().code(), "status-malformed");
    assert_eq!(new(place(512)).unwrap_err().code(), "status-malformed");
    let foreign = Place {
        issuer: IssuerNumber(8),
        ..place(256)
    };
    assert_eq!(new(foreign).unwrap_err().code(), "status-malformed");
}

#[test]
fn what_does_not_fit_is_refused_before_memory_is_taken() {
    let long = vec![1; MAX_BYTES + 1];
    assert_eq!(Snapshot::decode(&long).unwrap_err().code(), "too-long");
    assert_eq!(Delta::decode(&long).unwrap_err().code(), "too-long");
    let mut bytes = vec![1, 0];
    for number in [7, 0, 0, MAX_WINDOW_BATCHES, u32::MAX] {
        bytes.extend(number.to_be_bytes());
    }
    assert_eq!(Snapshot::decode(&bytes).unwrap_err().code(), "too-long");
}

/// The examples of `schemas/spec/status-snapshot.md`.
#[test]
fn the_bytes_are_as_specified() {
    let at = |batch, slot| Place {
        issuer: ISSUER,
        batch: BatchNumber(batch),
        slot: Slot(slot),
    };
    let window = |batches| Window::new(BatchNumber(4000), batches).unwrap();
    let revoked = [at(4000, 3), at(4000, 8), at(4000, 9)];
    let earlier = Snapshot::new(ISSUER, SnapshotNumber(3), window(2), revoked).unwrap();
    let header = "00000007 00000003 00000fa0 00000002 00000003".replace(' ', "");
    assert_eq!(
        hex::encode(earlier.encode().unwrap()),
        format!("0101{header}6500")
    );
    let revoked = revoked.into_iter().chain([at(4002, 0)]);
    let later = Snapshot::new(ISSUER, SnapshotNumber(4), window(3), revoked).unwrap();
    let delta = earlier.delta_to(&later).unwrap();
    let header = "00000007 00000003 00000004 00000fa0 00000003 00000001".replace(' ', "");
    assert_eq!(hex::encode(delta.encode().unwrap()), format!("0208{header}2000"));
}

/// The sizes that design and issue ask for: `revoked` of 10 million places, spread by a fixed generator.
fn size_of(revoked: usize) -> usize {
    const LIVE: u64 = 10_000_000;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut indices = BTreeSet::new();
    while indices.len() < revoked {
        // xorshift64*, S. Vigna 2016.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        indices.insert((state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) % LIVE);
    }
    let window = Window::new(BatchNumber(0), 39_063).unwrap();
    let snapshot = snapshot(1, window, &indices);
    let bytes = snapshot.encode().unwrap();
    assert_eq!(Snapshot::decode(&bytes), Ok(snapshot));
    bytes.len()
}

#[test]
fn ten_million_live_credentials_are_small() {
    let (thousandth, hundredth) = (size_of(10_000), size_of(100_000));
    println!("10 million live: 0.1 % revoked {thousandth} B, 1 % revoked {hundredth} B");
    assert!(thousandth <= 14_400, "{thousandth}");
    assert!(hundredth <= 101_500, "{hundredth}");
}
