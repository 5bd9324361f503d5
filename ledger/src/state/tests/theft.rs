//! Honest, forked, cut off, in any order and in any parts.

use super::*;

/// A theft: the first key's story, a thief's from `fork` on, the registrar's cut-off at `last`, the second key's story.
#[derive(Clone, Debug)]
pub(super) struct Theft {
    pub(super) said: Vec<Said>,
    last: u32,
    end: u32,
}

pub(super) fn any_theft() -> impl Strategy<Value = Theft> {
    (1u32..12, 0u32..12, 0u32..12, 1u32..6, 0u32..6).prop_map(|(length, fork, last, stolen, after)| {
        let (fork, last) = (fork % length, last % length);
        let good = story(1, 0, 0..length, None);
        let before = |number: u32| number.checked_sub(1).map(|n| good[n as usize].id());
        let stolen = story(1, 1, fork..fork + stolen, before(fork));
        let registration = event(0, None, &[(1, None)]);
        let keys = [(1, Some(cut_off(0, Some(last)))), (2, None)];
        let cut = event(1, Some(registration.id()), &keys);
        let go_on = story(2, 2, last + 1..last + 1 + after, Some(good[last as usize].id()));
        let end = last + after;
        let said = [vec![registration, cut], good, stolen, go_on].concat();
        Theft { said, last, end }
    })
}

/// Gives everything again until nothing changes any more.
fn give_all(state: &mut State, said: &[Said], together: bool) {
    for _ in 0..4 {
        if together {
            state.apply_all(&said.iter().map(Said::input).collect::<Vec<_>>());
        } else {
            said.iter().for_each(|said| drop(give(state, said)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever the order, a cut-off leaves what the registrar vouches for, and what the next key says.
    #[test]
    fn a_theft_ends_the_same_in_every_order(
        (theft, order) in any_theft().prop_flat_map(|theft| {
            let order = Just((0..theft.said.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(theft), order)
        }),
        together: bool,
    ) {
        let said: Vec<Said> = order.iter().map(|at| theft.said[*at].clone()).collect();
        let mut state = state();
        give_all(&mut state, &said, together);
        for number in 0..20 {
            let expected = match number {
                _ if number <= theft.last => BatchAnswer::Known(root(0, number)),
                _ if number <= theft.end => BatchAnswer::Known(root(2, number)),
                _ => BatchAnswer::NotYet,
            };
            prop_assert_eq!(known(&state, number, 2), expected, "batch {}", number);
            if number > theft.last {
                prop_assert_eq!(known(&state, number, 1), BatchAnswer::AfterCutOff);
            }
        }
    }

    /// Many at once do what one by one does, whatever is among them.
    #[test]
    fn runs_change_no_outcome(
        theft in any_theft(),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
        parts in prop::collection::vec(1usize..20, 1..10),
        in_order: bool,
    ) {
        let mut said: Vec<Said> = picks.iter().map(|pick| pick.get(&theft.said).clone()).collect();
        if in_order {
            said.splice(0..0, theft.said.clone());
        }
        let (mut single, mut many) = (state(), state());
        let expected: Vec<Outcome> = said.iter().map(|said| give(&mut single, said)).collect();
        let inputs: Vec<Input<'_>> = said.iter().map(Said::input).collect();
        let (mut rest, mut found) = (&inputs[..], Vec::new());
        for size in parts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (part, after) = rest.split_at((*size).min(rest.len()));
            found.extend(many.apply_all(part));
            rest = after;
        }
        prop_assert_eq!(found, expected);
        for number in 0..20 {
            for signer in [1, 2] {
                prop_assert_eq!(known(&many, number, signer), known(&single, number, signer));
            }
        }
    }

    /// Any leaf bytes and any object return.
    #[test]
    fn anything_returns(bytes in prop::collection::vec(any::<u8>(), 144..145), head in prop::array::uniform4(0u8..9), object: Option<Vec<u8>>) {
        let mut bytes = bytes;
        bytes[..4].copy_from_slice(&head);
        bytes[4..7].fill(0);
        let mut state = registered();
        if let Ok(leaf) = Leaf::decode(&bytes) {
            let input = Input { index: LeafIndex(1), leaf, object: object.as_deref() };
            let _ = state.apply(&input);
            let _ = state.apply_all(&[input, input]);
        }
        let _ = state.supply_snapshot(ISSUER, &bytes);
    }
}
