//! The view as bytes and back.

use super::{theft::any_theft, *};
use crate::entry::ReleaseNumber;

fn again(state: &State) -> State {
    let bytes = state.to_cache();
    let again = State::from_cache(&bytes, &registrar().public(), &AwsLc).unwrap();
    assert_eq!(again.to_cache(), bytes);
    again
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Written and read back at any point, the view goes on as if nothing had happened.
    #[test]
    fn a_view_goes_on_from_its_cache(
        (theft, order) in any_theft().prop_flat_map(|theft| {
            let order = Just((0..theft.said.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(theft), order)
        }),
        stop: prop::sample::Index,
        prune: bool,
    ) {
        let said: Vec<&Said> = order.iter().map(|at| &theft.said[*at]).collect();
        let (before, after) = said.split_at(stop.index(said.len()));
        let mut state = state();
        give(&mut state, &theft.said[0]);
        before.iter().for_each(|said| drop(give(&mut state, said)));
        if prune {
            state.prune(Day(EXPIRY.0 + 1));
        }
        let mut again = again(&state);
        for said in after.iter().chain(&said) {
            prop_assert_eq!(give(&mut again, said), give(&mut state, said));
        }
        for number in 0..20 {
            for signer in [1, 2] {
                prop_assert_eq!(known(&again, number, signer), known(&state, number, signer));
            }
        }
        prop_assert!(again.evidence().eq(state.evidence()));
        prop_assert_eq!(again.to_cache(), state.to_cache());
    }

    /// Any bytes return, with a good checksum too.
    #[test]
    fn anything_returns(bytes: Vec<u8>, position: prop::sample::Index, change in 1u8.., cut: prop::sample::Index) {
        let read = |bytes: &[u8]| match State::from_cache(bytes, &registrar().public(), &AwsLc) {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.code(), "cache-unusable");
                false
            }
        };
        prop_assert!(!read(&bytes));
        let mut cache = full().to_cache();
        cache.truncate(cache.len() - 32);
        if cut.index(2) == 0 {
            cache.truncate(position.index(cache.len()));
        } else {
            *position.get_mut(&mut cache) ^= change;
        }
        prop_assert!(!read(&cache));
        let checksum = Hash::of(&[&cache]);
        cache.extend(checksum.0);
        read(&cache);
    }
}

/// A view that has something everywhere.
fn full() -> State {
    let mut state = registered();
    let good = story(1, 0, 0..4, None);
    good.iter().for_each(|said| drop(give(&mut state, said)));
    let first = snapshot(0, 0..5, &[(1, 1)]);
    let said = status_entry(1, &first, None);
    give(&mut state, &said);
    let taken_back = status_entry(1, &snapshot(1, 0..5, &[]), Some(said.id()));
    assert_eq!(code(&give(&mut state, &taken_back)), "evidence-taken-back");
    let back = status_entry(1, &snapshot(2, 0..4, &[(1, 1)]), Some(taken_back.id()));
    assert_eq!(code(&give(&mut state, &back)), "evidence-taken-back");
    let other = status_entry(1, &snapshot(2, 0..5, &[]), Some(taken_back.id()));
    assert_eq!(code(&give(&mut state, &other)), "evidence-forked");
    let cut = CutOff {
        snapshot: Some((SnapshotNumber(0), first.root().unwrap())),
        ..cut_off(0, Some(9))
    };
    let registration = event(0, None, &[(1, None), (2, None)]);
    let cut = event(1, Some(registration.id()), &[(1, None), (2, Some(cut))]);
    assert_eq!(give(&mut state, &cut), Outcome::Applied);
    let restored = event(2, Some(cut.id()), &[(1, None), (2, None)]);
    assert_eq!(code(&give(&mut state, &restored)), "evidence-key-restored");
    assert_eq!(
        code(&give(
            &mut state,
            &event(1, Some(registration.id()), &[(1, None)])
        )),
        "evidence-forked"
    );
    for root in [1, 2] {
        let subject = Subject::Policy(PolicyNumber(0));
        give(
            &mut state,
            &Said::new(registrar(), subject, EXPIRY, Hash([root; 32]), None),
        );
    }
    let subject = Subject::Release(ReleaseNumber(0));
    give(
        &mut state,
        &Said::new(registrar(), subject, EXPIRY, Hash([3; 32]), None),
    );
    assert_eq!(state.evidence().count(), 6);
    state
}

#[test]
fn everything_is_kept() {
    let state = full();
    let again = again(&state);
    assert!(again.evidence().eq(state.evidence()));
    assert_eq!(again.policy(), state.policy());
    assert_eq!(
        again.releases().collect::<Vec<_>>(),
        [(ReleaseNumber(0), Hash([3; 32]))]
    );
    assert_eq!(again.status(place(1, 1)), StatusAnswer::Revoked);
    assert_eq!(again.issuer(ISSUER), IssuerAnswer::Frozen);
    assert_eq!(again.root_count(), 4);
    assert_eq!(again.issuers_with_key(id(2)).collect::<Vec<_>>(), [ISSUER]);
}

#[test]
fn a_foreign_or_damaged_cache_is_not_used() {
    let bytes = full().to_cache();
    let read = |bytes: &[u8], registrar: usize| {
        let state = State::from_cache(bytes, &key(registrar).public(), &AwsLc);
        state.map(drop).map_err(|error| error.code())
    };
    assert_eq!(read(&bytes, 0), Ok(()));
    assert_eq!(read(&bytes, 1), Err("cache-unusable"));
    assert_eq!(read(&bytes[1..], 0), Err("cache-unusable"));
    assert_eq!(read(&[], 0), Err("cache-unusable"));
    for at in [0, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert_eq!(read(&damaged, 0), Err("cache-unusable"));
    }
}
