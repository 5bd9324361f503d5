//! Entry by entry.

use super::*;
use crate::entry::ReleaseNumber;

#[test]
fn an_issuer_is_known_by_its_registrars_word() {
    let mut state = state();
    let first = story(1, 0, 0..3, None);
    assert_eq!(code(&give(&mut state, &first[0])), "issuer-unknown");
    assert_eq!(state.issuer(ISSUER), IssuerAnswer::Unknown);
    let registered = event(0, None, &[(1, None)]);
    assert_eq!(give(&mut state, &registered), Outcome::Applied);
    assert_eq!(give(&mut state, &registered), Outcome::Known);
    assert!(matches!(state.issuer(ISSUER), IssuerAnswer::Known(event) if event.name() == "Test centre"));
    assert_eq!(state.issuers_with_key(id(1)).collect::<Vec<_>>(), [ISSUER]);
    assert!(matches!(state.key(ISSUER, &id(1)), KeyAnswer::Listed(_)));
    assert!(matches!(state.key(ISSUER, &id(2)), KeyAnswer::Unknown));

    for said in &first {
        assert_eq!(give(&mut state, said), Outcome::Applied);
        assert_eq!(give(&mut state, said), Outcome::Known);
    }
    assert_eq!(known(&state, 2, 1), BatchAnswer::Known(root(0, 2)));
    assert_eq!(known(&state, 3, 1), BatchAnswer::NotYet);
    let elsewhere = state.batch_root(IssuerNumber(8), BatchNumber(0), &id(1));
    assert_eq!(elsewhere, BatchAnswer::IssuerUnknown);
}

#[test]
fn what_does_not_count_is_refused() {
    let mut state = registered();
    let null = Input {
        index: LeafIndex(0),
        leaf: Leaf::Null,
        object: None,
    };
    assert_eq!(state.apply(&null), Outcome::Known);
    let misplaced = Input {
        index: LeafIndex(1),
        ..null
    };
    assert_eq!(code(&state.apply(&misplaced)), "entry-malformed");
    let first = batch(1, 0, 0, None);
    let misplaced = Input {
        index: LeafIndex(0),
        ..first.input()
    };
    assert_eq!(code(&state.apply(&misplaced)), "entry-malformed");
    assert_eq!(code(&state.apply_all(&[misplaced])[0]), "entry-malformed");

    let mut refused = |said: &Said| code(&give(&mut state, said));
    assert_eq!(refused(&batch(3, 0, 0, None)), "entry-unsigned");
    assert_eq!(refused(&batch(0, 0, 0, None)), "entry-unsigned");
    let subject = Subject::Batch(ISSUER, BatchNumber(0));
    let late = |days| Said::new(key(1), subject, Day(EXPIRY.0 + days), root(0, 0), None);
    assert_eq!(refused(&late(2)), "entry-outlives-key");
    assert_eq!(refused(&late(1)), "applied");
    let ahead = Some(EntryId(Hash([1; 32])));
    assert_eq!(
        refused(&batch(1, 0, 1 + recent::KEPT, ahead)),
        "entry-too-far-ahead"
    );
    assert_eq!(refused(&batch(1, 0, recent::KEPT, ahead)), "applied");

    let good = event(
        1,
        Some(event(0, None, &[(1, None), (2, None)]).id()),
        &[(1, None)],
    );
    let without = Said {
        object: None,
        ..good.clone()
    };
    assert_eq!(refused(&without), "object-missing");
    assert_eq!(refused(&good.clone().with(vec![0])), "object-mismatch");
    let subject = Subject::KeyEvent(ISSUER, EventNumber(1));
    let by = |signer, root| Said::new(signer, subject, EXPIRY, root, good.entry().previous());
    assert_eq!(refused(&by(key(1), good.entry().root())), "entry-unsigned");
    let other_number = event(2, Some(good.id()), &[(1, None)]);
    let object = other_number.object.clone().unwrap();
    let wrong = by(registrar(), other_number.entry().root()).with(object);
    assert_eq!(refused(&wrong), "object-mismatch");
    assert_eq!(
        refused(&by(registrar(), Hash::of(&[b"x"])).with(b"x".to_vec())),
        "cbor-malformed"
    );
}

#[test]
fn an_older_event_changes_nothing() {
    let mut state = state();
    let first = event(0, None, &[(1, None)]);
    let second = event(1, Some(first.id()), &[(2, None)]);
    // A mirror that pruned may deliver the second alone; an event is complete.
    assert_eq!(give(&mut state, &second), Outcome::Applied);
    assert_eq!(give(&mut state, &first), Outcome::Superseded);
    assert!(matches!(state.key(ISSUER, &id(1)), KeyAnswer::Unknown));
    assert_eq!(state.issuers_with_key(id(1)).count(), 0);
    assert_eq!(state.issuers_with_key(id(2)).count(), 1);
}

#[test]
fn two_stories_freeze_the_issuer_from_the_fork_on() {
    let mut state = registered();
    let good = story(1, 0, 0..6, None);
    good[..5].iter().for_each(|said| drop(give(&mut state, said)));
    let other = batch(2, 1, 3, Some(good[2].id()));
    let Outcome::Contradicted(evidence) = give(&mut state, &other) else {
        panic!("no contradiction")
    };
    let Contradiction::Forked { fork, earlier, later } = &*evidence else {
        panic!("another contradiction")
    };
    assert_eq!((*fork, later.entry()), (3, other.entry()));
    assert!(matches!(earlier, Earlier::Entry(entry) if entry.entry() == good[3].entry()));
    assert_eq!(state.evidence().count(), 1);
    assert_eq!(known(&state, 2, 1), BatchAnswer::Known(root(0, 2)));
    assert_eq!(known(&state, 3, 1), BatchAnswer::Frozen);
    assert_eq!(known(&state, 9, 1), BatchAnswer::Frozen);
    assert_eq!(give(&mut state, &good[4]), Outcome::Known);
    assert_eq!(code(&give(&mut state, &good[5])), "issuer-frozen");

    // The registrar settles it: nothing of the second key counts.
    let none = cut_off(0, None);
    let settled = event(
        1,
        Some(event(0, None, &[(1, None), (2, None)]).id()),
        &[(1, None), (2, Some(none))],
    );
    assert_eq!(give(&mut state, &settled), Outcome::Applied);
    for number in 0..6 {
        assert_eq!(known(&state, number, 1), BatchAnswer::Known(root(0, number)));
        assert_eq!(known(&state, number, 2), BatchAnswer::AfterCutOff);
    }
    assert_eq!(code(&give(&mut state, &other)), "entry-after-cut-off");
    assert_eq!(state.evidence().count(), 1);
}

#[test]
fn another_predecessor_is_another_story() {
    let good = story(1, 0, 0..4, None);
    let other = batch(1, 1, 2, Some(EntryId(Hash([9; 32]))));
    let mut state = registered();
    good[..2].iter().for_each(|said| drop(give(&mut state, said)));
    assert_eq!(code(&give(&mut state, &other)), "evidence-forked");
    assert_eq!(known(&state, 0, 1), BatchAnswer::Known(root(0, 0)));
    assert_eq!(known(&state, 1, 1), BatchAnswer::Frozen);
    // The same seen from the other side.
    let mut state = registered();
    give(&mut state, &other);
    assert_eq!(
        code(&give(&mut state, &batch(1, 0, 1, Some(good[0].id())))),
        "evidence-forked"
    );
    assert_eq!(known(&state, 1, 1), BatchAnswer::Frozen);
}

#[test]
fn a_fork_in_the_distant_past_needs_only_its_root() {
    let mut state = registered();
    let good = story(1, 0, 0..recent::KEPT + 10, None);
    let inputs: Vec<Input<'_>> = good.iter().map(Said::input).collect();
    assert!(
        state
            .apply_all(&inputs)
            .iter()
            .all(|outcome| *outcome == Outcome::Applied)
    );
    let other = batch(2, 1, 5, Some(good[4].id()));
    let Outcome::Contradicted(evidence) = give(&mut state, &other) else {
        panic!("no contradiction")
    };
    let earlier = Earlier::Root(root(0, 5));
    assert!(matches!(&*evidence, Contradiction::Forked { fork: 5, earlier: found, .. } if *found == earlier));
    assert_eq!(known(&state, 1000, 1), BatchAnswer::Frozen);
    // Nothing of the second key counts, or the last good batch speaks for all before it.
    let last = recent::KEPT + 9;
    let before = event(0, None, &[(1, None), (2, None)]).id();
    for word in [cut_off(0, Some(last)), cut_off(0, None)] {
        let settled = event(1, Some(before), &[(1, None), (2, Some(word))]);
        let mut state = registered();
        state.apply_all(&inputs);
        give(&mut state, &other);
        assert_eq!(give(&mut state, &settled), Outcome::Applied);
        for number in 0..=last {
            assert_eq!(known(&state, number, 1), BatchAnswer::Known(root(0, number)));
        }
        assert_ne!(give(&mut state, &other), Outcome::Applied);
        assert_eq!(known(&state, last, 1), BatchAnswer::Known(root(0, last)));
    }
}

#[test]
fn a_cut_off_key_counts_up_to_its_last_good_batch() {
    let good = story(1, 0, 0..3, None);
    let stolen = story(1, 1, 3..6, Some(good[2].id()));
    let go_on = story(2, 2, 3..5, Some(good[2].id()));
    let registered_first = event(0, None, &[(1, None)]);
    let cut = event(
        1,
        Some(registered_first.id()),
        &[(1, Some(cut_off(0, Some(2)))), (2, None)],
    );
    let mut state = state();
    for said in [&registered_first].into_iter().chain(&good).chain(&stolen) {
        assert_eq!(give(&mut state, said), Outcome::Applied);
    }
    assert_eq!(known(&state, 5, 1), BatchAnswer::Known(root(1, 5)));
    assert_eq!(give(&mut state, &cut), Outcome::Applied);
    assert_eq!(known(&state, 2, 1), BatchAnswer::Known(root(0, 2)));
    assert_eq!(known(&state, 3, 1), BatchAnswer::AfterCutOff);
    assert_eq!(known(&state, 3, 2), BatchAnswer::NotYet);
    assert_eq!(code(&give(&mut state, &stolen[0])), "entry-after-cut-off");
    go_on
        .iter()
        .for_each(|said| assert_eq!(give(&mut state, said), Outcome::Applied));
    assert_eq!(known(&state, 3, 2), BatchAnswer::Known(root(2, 3)));
    assert_eq!(known(&state, 5, 2), BatchAnswer::NotYet);
    assert!(matches!(state.key(ISSUER, &id(1)), KeyAnswer::Listed(key) if key.record().cut_off().is_some()));

    // No later event gives anything back, not even after one that left the key out.
    let without = event(2, Some(cut.id()), &[(2, None)]);
    assert_eq!(give(&mut state, &without), Outcome::Applied);
    for (number, restored) in [
        (3, None),
        (3, Some(cut_off(0, Some(3)))),
        (3, Some(cut_off(9, Some(2)))),
    ] {
        let back = event(number, Some(without.id()), &[(1, restored), (2, None)]);
        assert_eq!(code(&give(&mut state, &back)), "evidence-key-restored");
    }
    let earlier = event(
        3,
        Some(without.id()),
        &[(1, Some(cut_off(0, Some(1)))), (2, None)],
    );
    assert_eq!(give(&mut state, &earlier), Outcome::Applied);
    assert_eq!(known(&state, 2, 2), BatchAnswer::NotYet);
    assert_eq!(known(&state, 1, 1), BatchAnswer::Known(root(0, 1)));
}

#[test]
fn two_stories_of_the_registrar_freeze_everything() {
    let mut state = registered();
    let first = event(0, None, &[(1, None), (2, None)]);
    give(&mut state, &batch(1, 0, 0, None));
    assert_eq!(
        give(&mut state, &event(1, Some(first.id()), &[(1, None)])),
        Outcome::Applied
    );
    assert_eq!(
        code(&give(&mut state, &event(1, Some(first.id()), &[(2, None)]))),
        "evidence-forked"
    );
    assert_eq!(known(&state, 0, 1), BatchAnswer::Frozen);
    assert_eq!(state.issuer(ISSUER), IssuerAnswer::Frozen);
    assert!(matches!(state.key(ISSUER, &id(1)), KeyAnswer::Frozen));
    assert_eq!(state.status(place(0, 0)), StatusAnswer::Frozen);
    assert_eq!(code(&give(&mut state, &batch(1, 0, 0, None))), "issuer-frozen");
    let settled = event(
        2,
        Some(event(1, Some(first.id()), &[(1, None)]).id()),
        &[(1, None)],
    );
    assert_eq!(give(&mut state, &settled), Outcome::Applied);
    assert_eq!(known(&state, 0, 1), BatchAnswer::Known(root(0, 0)));
}

#[test]
fn policies_are_followed() {
    let mut state = state();
    let policy = |number, root: u8, previous| {
        Said::new(
            registrar(),
            Subject::Policy(PolicyNumber(number)),
            EXPIRY,
            Hash([root; 32]),
            previous,
        )
    };
    assert_eq!(state.policy(), None);
    let first = policy(0, 1, None);
    assert_eq!(give(&mut state, &first), Outcome::Applied);
    assert_eq!(
        give(&mut state, &policy(1, 2, Some(first.id()))),
        Outcome::Applied
    );
    assert_eq!(state.policy(), Some((PolicyNumber(1), Hash([2; 32]))));
    assert_eq!(
        code(&give(&mut state, &policy(1, 3, Some(first.id())))),
        "evidence-forked"
    );
    assert_eq!(state.evidence().count(), 1);
}

#[test]
fn releases_are_followed_beside_policies() {
    let mut state = state();
    let say =
        |subject, root: u8, previous| Said::new(registrar(), subject, EXPIRY, Hash([root; 32]), previous);
    let release = |number, root, previous| say(Subject::Release(ReleaseNumber(number)), root, previous);
    let first = release(0, 1, None);
    for said in [
        &first,
        &say(Subject::Policy(PolicyNumber(0)), 9, None),
        &release(1, 2, Some(first.id())),
    ] {
        assert_eq!(give(&mut state, said), Outcome::Applied);
    }
    let latest = [
        (ReleaseNumber(1), Hash([2; 32])),
        (ReleaseNumber(0), Hash([1; 32])),
    ];
    assert_eq!(state.releases().collect::<Vec<_>>(), latest);
    // Another manifest for a number is evidence, and counts for nothing.
    assert_eq!(code(&give(&mut state, &release(0, 3, None))), "evidence-forked");
    assert_eq!(state.releases().count(), 2);
    assert_eq!(state.policy(), Some((PolicyNumber(0), Hash([9; 32]))));
}

#[test]
fn expired_batches_are_forgotten_together_with_all_before_them() {
    let mut state = registered();
    let mut previous = None;
    for (number, day) in (0u32..).zip([10, 12, 11, 15, 11, 20]) {
        let subject = Subject::Batch(ISSUER, BatchNumber(number));
        let said = Said::new(key(1), subject, Day(day), root(0, number), previous);
        previous = Some(said.id());
        assert_eq!(give(&mut state, &said), Outcome::Applied);
    }
    let first_kept = |state: &State| (0..6).find(|number| known(state, *number, 1) != BatchAnswer::Pruned);
    for (today, kept) in [
        (10, Some(0)),
        (11, Some(1)),
        (12, Some(1)),
        (13, Some(3)),
        (16, Some(5)),
        (21, None),
    ] {
        state.prune(Day(today));
        assert_eq!(first_kept(&state), kept, "day {today}");
    }
    assert_eq!(state.root_count(), 0);
    assert_eq!(give(&mut state, &batch(1, 0, 0, None)), Outcome::Superseded);
    // The chain goes on.
    assert_eq!(give(&mut state, &batch(1, 0, 6, previous)), Outcome::Applied);
    assert_eq!(
        code(&give(&mut state, &batch(1, 0, 7, previous))),
        "evidence-forked"
    );
}

#[test]
fn one_issuer_says_nothing_about_another() {
    // The same numbers, and a chain that names another issuer's entry.
    let mut state = registered();
    let other = IssuerNumber(8);
    let record = IssuerKey::new(key(3).public(), UnixTime(0), EXPIRY.start(), None).unwrap();
    let (name, country) = ("Other".to_owned(), Country::new("DE").unwrap());
    let registration = KeyEvent::new(other, EventNumber(0), name, country, vec![record]).unwrap();
    let subject = Subject::KeyEvent(other, EventNumber(0));
    let said = Said::new(registrar(), subject, EXPIRY, registration.root(), None).with(registration.encode());
    assert_eq!(give(&mut state, &said), Outcome::Applied);
    let ours = story(1, 0, 0..3, None);
    let subject = Subject::Batch(other, BatchNumber(3));
    let theirs = Said::new(key(3), subject, EXPIRY, root(9, 3), Some(ours[2].id()));
    let all: Vec<Said> = ours.into_iter().chain([theirs]).collect();
    let inputs: Vec<Input<'_>> = all.iter().map(Said::input).collect();
    assert!(
        state
            .apply_all(&inputs)
            .iter()
            .all(|outcome| *outcome == Outcome::Applied)
    );
    assert_eq!(known(&state, 3, 1), BatchAnswer::NotYet);
    let forged = Subject::Batch(ISSUER, BatchNumber(3));
    let forged = Said::new(key(3), forged, EXPIRY, root(9, 3), Some(all[2].id()));
    assert_eq!(code(&give(&mut state, &forged)), "entry-unsigned");
}
