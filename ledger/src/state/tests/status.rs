//! Status snapshots.

use super::*;

#[test]
fn revocations_are_final() {
    let mut state = registered();
    assert_eq!(state.status(place(3, 1)), StatusAnswer::NoSnapshot);
    let first = snapshot(0, 2..5, &[(3, 1), (2, 9)]);
    let first_said = status_entry(1, &first, None);
    assert_eq!(give(&mut state, &first_said), Outcome::Applied);
    assert_eq!(give(&mut state, &first_said), Outcome::Known);
    assert_eq!(state.status(place(3, 1)), StatusAnswer::Revoked);
    assert_eq!(state.status(place(3, 2)), StatusAnswer::NotRevoked);
    assert_eq!(state.status(place(1, 1)), StatusAnswer::BeforeWindow);
    assert_eq!(state.status(place(5, 1)), StatusAnswer::AfterWindow);
    let unknown = Place {
        issuer: IssuerNumber(8),
        ..place(3, 1)
    };
    assert_eq!(state.status(unknown), StatusAnswer::IssuerUnknown);

    // The window may drop batch 2; nothing may drop (3, 1).
    let taken_back = status_entry(1, &snapshot(1, 3..6, &[]), Some(first_said.id()));
    assert_eq!(code(&give(&mut state, &taken_back)), "evidence-taken-back");
    assert_eq!(state.status(place(3, 1)), StatusAnswer::Revoked);
    let behind = StatusAnswer::Behind {
        at_hand: Some(SnapshotNumber(0)),
        announced: SnapshotNumber(1),
    };
    assert_eq!(state.status(place(3, 2)), behind);
    let good = status_entry(1, &snapshot(2, 3..6, &[(3, 1), (5, 5)]), Some(taken_back.id()));
    assert_eq!(give(&mut state, &good), Outcome::Applied);
    assert_eq!(state.status(place(2, 9)), StatusAnswer::BeforeWindow);
    assert_eq!(state.status(place(5, 5)), StatusAnswer::Revoked);
    assert_eq!(state.evidence().count(), 1);
}

#[test]
fn objects_may_come_later_and_as_deltas() {
    let mut state = registered();
    let snapshots = [
        snapshot(0, 0..5, &[(1, 1)]),
        snapshot(1, 0..5, &[(1, 1), (2, 2)]),
        snapshot(2, 1..7, &[(1, 1), (2, 2), (6, 6)]),
    ];
    let mut previous = None;
    for snapshot in &snapshots {
        let said = status_entry(1, snapshot, previous);
        previous = Some(said.id());
        let entry_only = Said { object: None, ..said };
        assert_eq!(give(&mut state, &entry_only), Outcome::Applied);
    }
    let wanted = |state: &State| state.wanted_objects().map(|(_, root)| root).collect::<Vec<_>>();
    assert_eq!(wanted(&state), [snapshots[2].root().unwrap()]);
    let behind = |at_hand| StatusAnswer::Behind {
        at_hand,
        announced: SnapshotNumber(2),
    };
    assert_eq!(state.status(place(3, 3)), behind(None));
    assert_eq!(state.snapshot_at_hand(ISSUER), None);
    let delta = snapshots[1].delta_to(&snapshots[2]).unwrap();
    assert_eq!(state.object_by_delta(ISSUER, &delta.encode().unwrap()), None);
    assert_eq!(
        code(&state.supply_snapshot(ISSUER, &snapshots[1].encode().unwrap())),
        "object-mismatch"
    );
    assert_eq!(
        state.supply_snapshot(ISSUER, &snapshots[2].encode().unwrap()),
        Outcome::Applied
    );
    assert_eq!(wanted(&state), []);
    assert_eq!(state.status(place(3, 3)), StatusAnswer::NotRevoked);

    let last = snapshot(3, 1..7, &[(1, 1), (2, 2), (3, 3), (6, 6)]);
    let said = status_entry(1, &last, previous);
    give(&mut state, &Said { object: None, ..said });
    assert_eq!(state.snapshot_at_hand(ISSUER), Some(snapshots[2].root().unwrap()));
    let delta = snapshots[2].delta_to(&last).unwrap().encode().unwrap();
    assert_eq!(state.object_by_delta(IssuerNumber(8), &delta), None);
    let object = state.object_by_delta(ISSUER, &delta).unwrap();
    assert_eq!(object, last.encode().unwrap());
    assert_eq!(state.supply_snapshot(ISSUER, &object), Outcome::Applied);
    assert_eq!(state.status(place(3, 3)), StatusAnswer::Revoked);
}

/// Whatever a delta says, what it makes has the root of the ledger's entry.
#[test]
fn a_delta_leads_to_the_announced_snapshot_or_nowhere() {
    let mut state = registered();
    let honest = [
        snapshot(0, 0..5, &[(1, 1)]),
        snapshot(1, 0..6, &[(1, 1), (2, 2)]),
        snapshot(2, 0..7, &[(1, 1), (2, 2), (3, 3)]),
    ];
    let mut previous = None;
    for (snapshot, at_hand) in honest.iter().zip([true, false, false]) {
        let said = status_entry(1, snapshot, previous);
        previous = Some(said.id());
        let object = said.object.clone().filter(|_| at_hand);
        give(&mut state, &Said { object, ..said });
    }
    let encoded = |earlier: &Snapshot, later: &Snapshot| earlier.delta_to(later).unwrap().encode().unwrap();
    let good = encoded(&honest[0], &honest[2]);
    assert_eq!(
        state.object_by_delta(ISSUER, &good),
        Some(honest[2].encode().unwrap())
    );
    let other = Snapshot::new(
        IssuerNumber(8),
        SnapshotNumber(0),
        honest[0].window(),
        core::iter::empty(),
    );
    let of_other = Snapshot::new(
        IssuerNumber(8),
        SnapshotNumber(2),
        honest[2].window(),
        core::iter::empty(),
    );
    let mut bad = vec![
        // To a snapshot that is not the latest, from one that is not at hand, of another issuer.
        encoded(&honest[0], &honest[1]),
        encoded(&honest[1], &honest[2]),
        encoded(&other.unwrap(), &of_other.unwrap()),
        // Less is revoked, more is, the window is another one.
        encoded(&honest[0], &snapshot(2, 0..7, &[(1, 1), (2, 2)])),
        encoded(&honest[0], &snapshot(2, 0..7, &[(1, 1), (2, 2), (3, 3), (4, 4)])),
        encoded(&honest[0], &snapshot(2, 2..7, &[(2, 2), (3, 3)])),
        // No delta, and one that is too long.
        Vec::new(),
        honest[2].encode().unwrap(),
        vec![2; schemas::status::MAX_DELTA_BYTES + 1],
    ];
    for at in 0..good.len() {
        let mut flipped = good.clone();
        flipped[at] ^= 1;
        bad.extend([flipped, good[..at].to_vec()]);
    }
    for delta in bad {
        assert_eq!(
            state.object_by_delta(ISSUER, &delta),
            None,
            "{}",
            hex::encode(delta)
        );
    }
    let behind = StatusAnswer::Behind {
        at_hand: Some(SnapshotNumber(0)),
        announced: SnapshotNumber(2),
    };
    assert_eq!(state.status(place(3, 3)), behind);
}

#[test]
fn two_snapshots_of_one_number_freeze_the_status() {
    let mut state = registered();
    let first = status_entry(1, &snapshot(0, 0..5, &[(1, 1)]), None);
    give(&mut state, &first);
    give(&mut state, &batch(1, 0, 0, None));
    let (honest, thief) = (
        snapshot(1, 0..5, &[(1, 1), (2, 2)]),
        snapshot(1, 0..5, &[(1, 1), (3, 3)]),
    );
    assert_eq!(
        give(&mut state, &status_entry(1, &thief, Some(first.id()))),
        Outcome::Applied
    );
    let honest_said = status_entry(1, &honest, Some(first.id()));
    assert_eq!(code(&give(&mut state, &honest_said)), "evidence-forked");
    assert_eq!(state.status(place(3, 3)), StatusAnswer::Revoked);
    assert_eq!(state.status(place(4, 4)), StatusAnswer::Frozen);
    assert_eq!(known(&state, 0, 1), BatchAnswer::Known(root(0, 0)));
    assert_eq!(known(&state, 1, 1), BatchAnswer::Frozen);
    assert_eq!(
        code(&give(
            &mut state,
            &batch(1, 0, 1, Some(batch(1, 0, 0, None).id()))
        )),
        "issuer-frozen"
    );

    // The registrar says which was the issuer's own, and the next key goes on from there.
    let good = CutOff {
        batch: Some((BatchNumber(0), root(0, 0))),
        snapshot: Some((SnapshotNumber(1), honest.root().unwrap())),
    };
    let cut = event(
        1,
        Some(event(0, None, &[(1, None), (2, None)]).id()),
        &[(1, Some(good)), (2, None)],
    );
    assert_eq!(give(&mut state, &cut), Outcome::Applied);
    assert_eq!(
        state.wanted_objects().next(),
        Some((ISSUER, honest.root().unwrap()))
    );
    assert_eq!(
        state.supply_snapshot(ISSUER, &honest.encode().unwrap()),
        Outcome::Applied
    );
    assert_eq!(state.status(place(2, 2)), StatusAnswer::Revoked);
    assert_eq!(state.status(place(3, 3)), StatusAnswer::NotRevoked);
    let next = snapshot(2, 0..6, &[(1, 1), (2, 2), (5, 5)]);
    assert_eq!(
        give(&mut state, &status_entry(2, &next, Some(honest_said.id()))),
        Outcome::Applied
    );
    assert_eq!(state.status(place(5, 5)), StatusAnswer::Revoked);
}

proptest! {
    /// No place that was once answered as revoked is answered otherwise while its batch is in the window.
    #[test]
    fn no_snapshot_takes_a_revocation_back(
        steps in prop::collection::vec((0u32..3, 0u32..4, prop::collection::vec((0u32..12, 0u8..4), 0..12), any::<bool>()), 1..8),
    ) {
        let mut state = registered();
        let (mut first, mut end, mut previous) = (0, 4, None);
        let mut revoked: BTreeSet<(u32, u8)> = BTreeSet::new();
        let mut accepted: BTreeSet<(u32, u8)> = BTreeSet::new();
        for (number, (moved, grown, places, honest)) in (0u32..).zip(steps) {
            (first, end) = (first + moved, end + moved + grown);
            if !honest {
                revoked.clear();
            }
            revoked.extend(places);
            revoked.retain(|(batch, _)| (first..end).contains(batch));
            let list: Vec<(u32, u8)> = revoked.iter().copied().collect();
            let said = status_entry(1, &snapshot(number, first..end, &list), previous);
            previous = Some(said.id());
            let keeps_all = accepted.iter().all(|place| place.0 < first || revoked.contains(place));
            let outcome = give(&mut state, &said);
            prop_assert_eq!(code(&outcome), if keeps_all { "applied" } else { "evidence-taken-back" });
            if keeps_all {
                accepted = revoked.clone();
            }
            for (batch, slot) in &accepted {
                prop_assert_eq!(state.status(place(*batch, *slot)), StatusAnswer::Revoked);
            }
        }
    }
}
