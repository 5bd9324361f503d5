//! What hashes lead to from signed heads.

use super::*;
use crate::heads::{Chain, Head};
use schemas::crypto::ml_dsa;

fn secret(seed: u8) -> ml_dsa::SecretKey {
    ml_dsa::SecretKey::from_seed(&[seed; 32])
}

const REGISTRAR: u8 = 1;
const OURS: u8 = 2;
const OTHER: u8 = 3;

/// A key event that names an ML-DSA-44 key.
fn with_key(number: u32, previous: Option<EntryId>, seed: u8) -> Said {
    let plain = event(number, previous, &[(1, None), (2, None)]);
    let event = KeyEvent::decode(plain.object.as_deref().unwrap()).unwrap();
    let event = event.with_post_quantum(Some(secret(seed).public()));
    let subject = Subject::KeyEvent(ISSUER, EventNumber(number));
    Said::new(registrar(), subject, EXPIRY, event.root(), previous).with(event.encode())
}

fn post_quantum() -> State {
    let mut state = state().with_post_quantum(Some(secret(REGISTRAR).public()));
    assert_eq!(give(&mut state, &with_key(0, None, OURS)), Outcome::Applied);
    state
}

fn head_of(said: &Said, seed: u8, time: i64) -> SignedHead {
    let subject = said.entry().subject();
    let head = Head {
        issuer: subject.issuer(),
        chain: Chain::of(&subject).unwrap(),
        number: subject.number(),
        entry: said.id(),
        time: UnixTime(time),
    };
    head.sign(&secret(seed))
}

fn signed(state: &State, number: u32) -> Option<i64> {
    match state.batch_signed(ISSUER, BatchNumber(number)) {
        HeadAnswer::Signed(time) => Some(time.0),
        HeadAnswer::NotYet { .. } => None,
    }
}

/// Up to which batch, from 0 on, everything is signed.
fn signed_up_to(state: &State) -> Option<u32> {
    (0..3_000)
        .take_while(|number| signed(state, *number).is_some())
        .last()
}

#[test]
fn a_head_speaks_for_all_before_it_and_none_after() {
    let mut state = post_quantum();
    let all = story(1, 0, 0..1_500, None);
    all.iter().for_each(|said| drop(give(&mut state, said)));
    assert_eq!(signed(&state, 0), None);
    assert_eq!(
        code(&state.apply_head(&head_of(&all[1_400], OURS, 100))),
        "applied"
    );
    assert_eq!(signed_up_to(&state), Some(1_400));
    assert_eq!(signed(&state, 1_401), None);
    assert_eq!(
        state.batch_signed(ISSUER, BatchNumber(1_401)),
        HeadAnswer::NotYet {
            latest: Some(UnixTime(100))
        }
    );
    // An older one changes nothing, and the next one reaches further.
    assert_eq!(code(&state.apply_head(&head_of(&all[1_400], OURS, 100))), "known");
    assert_eq!(
        code(&state.apply_head(&head_of(&all[1_300], OURS, 99))),
        "superseded"
    );
    assert_eq!(
        code(&state.apply_head(&head_of(&all[1_300], OURS, 101))),
        "superseded"
    );
    assert_eq!(
        code(&state.apply_head(&head_of(&all[1_499], OURS, 99))),
        "superseded"
    );
    assert_eq!(
        code(&state.apply_head(&head_of(&all[1_499], OURS, 200))),
        "applied"
    );
    assert_eq!(
        (signed_up_to(&state), signed(&state, 0)),
        (Some(1_499), Some(200))
    );
    // What is no longer kept whole cannot be looked up.
    let mut late = post_quantum();
    all.iter().for_each(|said| drop(give(&mut late, said)));
    assert_eq!(
        code(&late.apply_head(&head_of(&all[1_500 - 1_025], OURS, 1))),
        "head-unknown"
    );
    assert_eq!(
        code(&late.apply_head(&head_of(&all[1_500 - 1_024], OURS, 1))),
        "applied"
    );
    // Its cache says the same.
    let again = State::from_cache(&state.to_cache(), &registrar().public(), &AwsLc).unwrap();
    assert_eq!(signed_up_to(&again), Some(1_499));
    // What expired is forgotten.
    state.prune(Day(EXPIRY.0 + 1));
    assert_eq!(signed(&state, 0), None);
}

#[test]
fn only_the_key_of_the_event_signs() {
    let mut state = post_quantum();
    let all = story(1, 0, 0..3, None);
    all.iter().for_each(|said| drop(give(&mut state, said)));
    for seed in [REGISTRAR, OTHER] {
        assert_eq!(
            code(&state.apply_head(&head_of(&all[2], seed, 1))),
            "head-unsigned"
        );
    }
    assert_eq!(signed(&state, 0), None);
    // One of another story, signed as it should be.
    let other = story(1, 1, 0..3, None);
    assert_eq!(
        code(&state.apply_head(&head_of(&other[2], OURS, 1))),
        "head-unknown"
    );
    assert_eq!(code(&state.apply_head(&head_of(&all[2], OURS, 1))), "applied");
    assert_eq!(signed_up_to(&state), Some(2));
    // An event with another key takes back what the one before signed; the same key again does not give it back.
    let first = with_key(0, None, OURS);
    let second = with_key(1, Some(first.id()), OTHER);
    assert_eq!(give(&mut state, &second), Outcome::Applied);
    assert_eq!(signed(&state, 0), None);
    let third = with_key(2, Some(second.id()), OURS);
    assert_eq!(give(&mut state, &third), Outcome::Applied);
    assert_eq!(signed(&state, 0), None);
    assert_eq!(code(&state.apply_head(&head_of(&all[2], OURS, 1))), "applied");
    // One with the same key leaves it.
    let fourth = with_key(3, Some(third.id()), OURS);
    assert_eq!(give(&mut state, &fourth), Outcome::Applied);
    assert_eq!(signed_up_to(&state), Some(2));
    // An issuer without a key has no heads.
    let mut plain = registered();
    all.iter().for_each(|said| drop(give(&mut plain, said)));
    assert_eq!(
        code(&plain.apply_head(&head_of(&all[2], OURS, 1))),
        "head-unsigned"
    );
    assert_eq!(
        code(&super::state().apply_head(&head_of(&all[2], OURS, 1))),
        "issuer-unknown"
    );
}

#[test]
fn the_registrar_signs_the_latest_event() {
    let mut state = post_quantum();
    let first = with_key(0, None, OURS);
    let is_signed = |state: &State| matches!(state.keys_signed(ISSUER), HeadAnswer::Signed(_));
    assert!(!is_signed(&state));
    for seed in [OURS, OTHER] {
        assert_eq!(
            code(&state.apply_head(&head_of(&first, seed, 1))),
            "head-unsigned"
        );
    }
    assert_eq!(code(&state.apply_head(&head_of(&first, REGISTRAR, 1))), "applied");
    assert!(is_signed(&state));
    let again = State::from_cache(&state.to_cache(), &registrar().public(), &AwsLc).unwrap();
    assert!(is_signed(&again));
    assert!(is_signed(
        &again.with_post_quantum(Some(secret(REGISTRAR).public()))
    ));
    let again = State::from_cache(&state.to_cache(), &registrar().public(), &AwsLc).unwrap();
    assert!(!is_signed(&again.with_post_quantum(Some(secret(OTHER).public()))));
    // A later event, such as one that somebody forged, is not signed by what was said of the one before.
    let second = with_key(1, Some(first.id()), OTHER);
    assert_eq!(give(&mut state, &second), Outcome::Applied);
    assert!(!is_signed(&state));
    assert_eq!(code(&state.apply_head(&head_of(&first, REGISTRAR, 2))), "applied");
    assert!(!is_signed(&state));
    assert_eq!(
        code(&state.apply_head(&head_of(&second, REGISTRAR, 3))),
        "applied"
    );
    assert!(is_signed(&state));
}

#[test]
fn a_status_is_signed_with_its_snapshot_or_one_that_it_continues() {
    let signed = |state: &State| match state.status_signed(ISSUER) {
        HeadAnswer::Signed(time) => Some(time.0),
        HeadAnswer::NotYet { .. } => None,
    };
    let zero = status_entry(1, &snapshot(0, 0..2, &[]), None);
    let one = status_entry(1, &snapshot(1, 0..3, &[(1, 1)]), Some(zero.id()));
    let two = status_entry(1, &snapshot(2, 0..3, &[(1, 1), (2, 2)]), Some(one.id()));

    // Followed from the first on.
    let mut state = post_quantum();
    give(&mut state, &zero);
    assert_eq!(signed(&state), None);
    assert_eq!(code(&state.apply_head(&head_of(&zero, OURS, 5))), "applied");
    assert_eq!(signed(&state), Some(5));
    give(&mut state, &one);
    assert_eq!(signed(&state), Some(5));
    assert_eq!(code(&state.apply_head(&head_of(&two, OURS, 6))), "head-unknown");
    assert_eq!(code(&state.apply_head(&head_of(&one, OTHER, 6))), "head-unsigned");
    let again = State::from_cache(&state.to_cache(), &registrar().public(), &AwsLc).unwrap();
    assert_eq!(signed(&again), Some(5));

    // Begun at the last one, which nobody signed: what it leaves out of those before is not known.
    let mut late = post_quantum();
    for said in [&zero, &one, &two] {
        late.apply(&Input {
            object: None,
            ..said.input()
        });
    }
    late.apply_head(&head_of(&one, OURS, 7));
    assert_eq!(signed(&late), None);
    assert_eq!(
        code(&late.supply_snapshot(ISSUER, two.object.as_deref().unwrap())),
        "applied"
    );
    assert_eq!(signed(&late), None);
    late.apply_head(&head_of(&two, OURS, 8));
    assert_eq!(signed(&late), Some(8));
    // The head may be there before the object.
    let mut early = post_quantum();
    for said in [&zero, &one, &two] {
        early.apply(&Input {
            object: None,
            ..said.input()
        });
    }
    early.apply_head(&head_of(&two, OURS, 9));
    assert_eq!(signed(&early), None);
    early.supply_snapshot(ISSUER, two.object.as_deref().unwrap());
    assert_eq!(signed(&early), Some(9));
    // Another key signs anew.
    assert_eq!(
        give(
            &mut early,
            &with_key(1, Some(with_key(0, None, OURS).id()), OTHER)
        ),
        Outcome::Applied
    );
    assert_eq!(signed(&early), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// In whatever order and with whatever holes entries of two stories come: what is said to be signed is what the signed
    /// story has.
    #[test]
    fn nothing_counts_that_the_signed_story_does_not_have(
        order in Just((0..24usize).collect::<Vec<_>>()).prop_shuffle(),
        taken in prop::collection::vec(any::<bool>(), 24),
        fork in 0u32..12,
        head in 0usize..12,
        cut in prop::option::of(0u32..12),
    ) {
        let good = story(1, 0, 0..12, None);
        // A thief's story leaves the good one at the fork.
        let before = fork.checked_sub(1).map(|at| good[at as usize].id());
        let mut forged: Vec<Said> = good[..fork as usize].to_vec();
        forged.extend(story(2, 1, fork..12, before));
        let mut state = post_quantum();
        for (at, _) in order.iter().zip(&taken).filter(|(_, taken)| **taken) {
            let said = if *at < 12 { &good[*at] } else { &forged[*at - 12] };
            give(&mut state, said);
        }
        state.apply_head(&head_of(&good[head], OURS, 1));
        if let Some(last) = cut {
            // The registrar settles it, for the good story.
            let keys = [(1, None), (2, Some(cut_off(0, Some(last.min(fork)))))];
            let plain = event(1, Some(with_key(0, None, OURS).id()), &keys);
            let settled = KeyEvent::decode(plain.object.as_deref().unwrap()).unwrap();
            let settled = settled.with_post_quantum(Some(secret(OURS).public()));
            let subject = Subject::KeyEvent(ISSUER, EventNumber(1));
            let previous = plain.entry().previous();
            give(&mut state, &Said::new(registrar(), subject, EXPIRY, settled.root(), previous).with(settled.encode()));
            good.iter().for_each(|said| drop(give(&mut state, said)));
            state.apply_head(&head_of(&good[head], OURS, 2));
        }
        for number in 0..12u32 {
            if signed(&state, number).is_some() {
                prop_assert!(number as usize <= head);
                if let BatchAnswer::Known(known) = known(&state, number, 1) {
                    prop_assert_eq!(known, root(0, number));
                }
            }
        }
        let again = State::from_cache(&state.to_cache(), &registrar().public(), &AwsLc).unwrap();
        for number in 0..12 {
            prop_assert_eq!(signed(&again, number), signed(&state, number));
        }
    }
}
