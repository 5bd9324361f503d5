//! Ordering, accepting, showing.

use super::*;
use crate::{CopyState, MAX_COPIES, RENEW_EVERY, Stock, StoredCopy, VALID_FOR};
use schemas::sd_cwt::profile::{Audience, FRESHNESS, Group, Presentation};

fn refusal<T>(outcome: Result<T, Error>) -> &'static str {
    outcome.map_or_else(|error| error.code(), |_| "accepted")
}

#[test]
fn an_order_is_filled_once_and_again_with_proofs() {
    let room = Room::new(3);
    let mut vault = Vault::new();
    let number = vault.order(receipt(), room.ordered()).unwrap();
    assert_eq!(vault.pass(number).unwrap().ordered().len(), 3);
    let mut copies = [room.copy(0), room.copy(1)];
    let roots = copies.each_ref().map(|copy| batch(copy).root());
    let public = room.public();
    let root = |place: Place| roots.get(usize::try_from(place.batch.0).unwrap()).copied();
    let issuance = Issuance {
        issuer: &*public,
        root: &root,
    };

    let bytes = copies.each_ref().map(HeldCopy::encode);
    let accepted = vault.accept(number, &bytes, &issuance, NOW).unwrap();
    assert_eq!(
        accepted,
        Accepted {
            new: 2,
            proven: 0,
            stock: Stock::Out
        }
    );
    let pass = vault.pass(number).unwrap();
    assert_eq!(pass.waiting(NOW), 2);
    assert_eq!(pass.ordered().len(), 1);
    assert_eq!(pass.contents().unwrap().person, Some(person()));
    assert_eq!(pass.expires(), Some(copies[0].expires()));

    for copy in &mut copies {
        copy.set_proof(batch(copy).proof(copy.place().slot));
    }
    let bytes = copies.each_ref().map(HeldCopy::encode);
    let again = vault.accept(number, &bytes, &issuance, NOW).unwrap();
    assert_eq!(
        again,
        Accepted {
            new: 0,
            proven: 2,
            stock: Stock::Enough(2)
        }
    );
    let again = vault.accept(number, &bytes, &issuance, NOW).unwrap();
    assert_eq!((again.new, again.proven), (0, 0));
    assert!(
        vault
            .pass(number)
            .unwrap()
            .copies()
            .iter()
            .all(|held| held.copy().proof().is_some())
    );
}

#[test]
fn what_was_not_ordered_is_refused_and_changes_nothing() {
    let room = Room::new(3);
    let mut vault = Vault::new();
    let number = vault.order(receipt(), room.ordered()).unwrap();
    let public = room.public();
    let issuance = Issuance {
        issuer: &*public,
        root: &no_roots,
    };
    let good = room.copy(0);
    let with = |change: &dyn Fn(&mut Draft)| {
        let mut draft = room.draft(1);
        change(&mut draft);
        room.sign(&draft)
    };
    let stranger = SigningKey::generate().unwrap();
    let mut unproven = with(&|_| {});
    unproven.set_proof(batch(&good).proof(Slot(9)));
    let cases = [
        (
            "copy-not-ordered",
            with(&|draft| draft.holder = stranger.public()),
        ),
        (
            "copy-issuer-differs",
            with(&|draft| draft.place.issuer = IssuerNumber(4)),
        ),
        ("copies-linked", with(&|draft| draft.place.batch = BatchNumber(0))),
        (
            "copies-differ",
            with(&|draft| draft.result.outcome = Outcome::Detected),
        ),
        (
            "copies-differ",
            with(&|draft| draft.person.birth_date = BirthDate::new("1964").unwrap()),
        ),
        (
            "copy-not-ordered",
            with(&|draft| draft.holder = room.keys[0].public()),
        ),
        (
            "sd-cwt-expired",
            with(&|draft| {
                draft.issued_at = NOW.plus(-172_800);
                draft.expires = NOW.day();
            }),
        ),
    ];
    for (expected, bad) in cases {
        let outcome = vault.accept(number, &[good.encode(), bad.encode()], &issuance, NOW);
        assert_eq!(refusal(outcome), expected);
        assert_eq!(vault.pass(number).unwrap().copies().len(), 0);
        assert_eq!(vault.pass(number).unwrap().ordered().len(), 3);
    }
    let somebody = Room::new(0).public();
    let forged = Issuance {
        issuer: &*somebody,
        ..issuance
    };
    assert_eq!(
        refusal(vault.accept(number, &[good.encode()], &forged, NOW)),
        "signature-invalid"
    );
    let root = |_: Place| Some(batch(&good).root());
    let known = Issuance {
        issuer: &*public,
        root: &root,
    };
    assert_eq!(
        refusal(vault.accept(number, &[unproven.encode()], &known, NOW)),
        "copy-proof-mismatch"
    );
    assert_eq!(
        refusal(vault.accept(number, &[b"x"], &known, NOW)),
        "cbor-malformed"
    );
    assert_eq!(
        refusal(vault.accept(HoldingNumber(9), &[good.encode()], &known, NOW)),
        "not-held"
    );
}

#[test]
fn a_key_is_ordered_for_once() {
    let room = Room::new(2);
    let mut vault = Vault::new();
    let [first, second] = room.ordered().try_into().unwrap();
    assert_eq!(
        refusal(vault.order(receipt(), vec![first.clone(), first.clone()])),
        "order-key-reused"
    );
    let number = vault.order(receipt(), vec![first.clone()]).unwrap();
    assert_eq!(
        refusal(vault.order_more(number, vec![first.clone()])),
        "order-key-reused"
    );
    let renamed = OrderedKey {
        handle: handle(9),
        ..first.clone()
    };
    assert_eq!(refusal(vault.order(receipt(), vec![renamed])), "order-key-reused");
    assert_eq!(vault.held_with(&receipt()), Some(number));
    let other = Receipt::new(ISSUER, "https://issuer.example", b"another", NOW).unwrap();
    assert_eq!(vault.held_with(&other), None);
    vault.order_more(number, vec![second.clone()]).unwrap();
    assert_eq!(vault.pass(number).unwrap().ordered(), [first, second]);
    let many = (0..=MAX_COPIES).map(|index| OrderedKey {
        handle: handle(index),
        public: room.keys[0].public(),
    });
    assert_eq!(refusal(vault.order(receipt(), many.collect())), "vault-too-many");
}

#[test]
fn a_showing_spends_one_copy_and_renews_it() {
    let room = Room::new(2);
    let (mut vault, number) = stocked(&room);
    let show = |vault: &mut Vault, consent, now| {
        vault.show(
            number,
            &[Group::Result, Group::Person],
            Audience::AnyDoor,
            consent,
            Anchoring::Needed,
            now,
        )
    };
    let (presenter, stock) = show(&mut vault, Consent::FreshOnly, NOW).unwrap();
    assert_eq!(stock, Stock::Low(1));
    let mut places = vec![];
    for renewal in 0..3 {
        let now = NOW.plus(renewal * RENEW_EVERY);
        let request = presenter.renew(now).unwrap();
        let index = if *request.key() == handle(0) { 0 } else { 1 };
        let shown = request.answer(&room.keys[index].sign(&request.bytes_to_sign()).unwrap());
        assert_eq!(shown.next_at(), now.plus(RENEW_EVERY));
        assert_eq!(shown.valid_until(), now.plus(VALID_FOR));
        assert_eq!(shown.countdown(now), RENEW_EVERY);
        assert_eq!(shown.countdown(now.plus(29)), 1);
        assert_eq!(shown.countdown(now.plus(31)), 0);
        assert_eq!(shown.countdown(now.plus(-1)), 0);
        let presentation = Presentation::decode_text(shown.text()).unwrap();
        let claims = presentation
            .verify_issuer(&*room.public())
            .unwrap()
            .verify_binding(&AwsLc)
            .unwrap();
        let claims = claims
            .validate(now.plus(VALID_FOR), &Audience::AnyDoor, FRESHNESS)
            .unwrap();
        assert_eq!(claims.presented_at(), now);
        assert_eq!(claims.contents().person, Some(person()));
        assert_eq!(claims.contents().initials, None);
        places.push(claims.place());
    }
    assert_eq!(places, [places[0]; 3]);

    let (second, stock) = show(&mut vault, Consent::FreshOnly, NOW.plus(100)).unwrap();
    assert_eq!(stock, Stock::Out);
    assert_ne!(second.copy.place(), presenter.copy.place());
    assert_eq!(
        refusal(show(&mut vault, Consent::FreshOnly, NOW.plus(200))),
        "no-fresh-copy"
    );
    let (third, _) = show(&mut vault, Consent::ToReuse, NOW.plus(200)).unwrap();
    assert_eq!(third.copy.place(), presenter.copy.place());
    let states = vault.pass(number).unwrap().copies().iter().map(StoredCopy::state);
    let mut showings: Vec<_> = states
        .map(|state| match state {
            CopyState::Fresh => 0,
            CopyState::Spent { showings, .. } => showings,
        })
        .collect();
    showings.sort_unstable();
    assert_eq!(showings, [1, 2]);
}

#[test]
fn copies_without_a_proof_are_shown_only_when_asked_for() {
    let room = Room::new(3);
    let (mut vault, number) = awaiting_proofs(&room);
    let show = |vault: &mut Vault, consent, anchoring| {
        vault.show(number, &[], Audience::AnyDoor, consent, anchoring, NOW)
    };
    let (fresh, reuse) = (Consent::FreshOnly, Consent::ToReuse);
    let refused = refusal(show(&mut vault, fresh, Anchoring::Needed));
    assert_eq!(refused, "copy-not-anchored");
    let refused = refusal(show(&mut vault, reuse, Anchoring::Needed));
    assert_eq!(refused, "copy-not-anchored");
    let left = |vault: &Vault| {
        let pass = vault.pass(number).unwrap();
        (pass.stock(NOW), pass.waiting(NOW), pass.runs_low(NOW))
    };
    assert_eq!(left(&vault), (Stock::Out, 3, false));

    let mut copy = room.copy(2);
    copy.set_proof(batch(&copy).proof(copy.place().slot));
    let public = room.public();
    let issuance = Issuance {
        issuer: &*public,
        root: &no_roots,
    };
    // The signature is another one than at first; the commitment is the same.
    let accepted = vault.accept(number, &[copy.encode()], &issuance, NOW).unwrap();
    assert_eq!((accepted.new, accepted.proven), (0, 1));
    assert_eq!(left(&vault), (Stock::Low(1), 2, false));
    let (presenter, _) = show(&mut vault, fresh, Anchoring::MayFollow).unwrap();
    assert_eq!(presenter.copy.place(), copy.place());
    // What a door can find goes before what nobody saw.
    let refused = refusal(show(&mut vault, fresh, Anchoring::Needed));
    assert_eq!(refused, "copy-not-anchored");
    let (presenter, _) = show(&mut vault, reuse, Anchoring::Needed).unwrap();
    assert_eq!(presenter.copy.place(), copy.place());
    for waiting in [1, 0] {
        let (presenter, _) = show(&mut vault, fresh, Anchoring::MayFollow).unwrap();
        assert_ne!(presenter.copy.place(), copy.place());
        assert_eq!(left(&vault), (Stock::Out, waiting, true));
    }
    let refused = refusal(show(&mut vault, fresh, Anchoring::MayFollow));
    assert_eq!(refused, "no-fresh-copy");
}

#[test]
fn what_no_door_would_take_is_not_shown() {
    let room = Room::new(1);
    let (mut vault, number) = stocked(&room);
    let expired = room.draft(0).expires.start();
    let show = |vault: &mut Vault, now| {
        vault.show(
            number,
            &[],
            Audience::AnyDoor,
            Consent::ToReuse,
            Anchoring::Needed,
            now,
        )
    };
    assert_eq!(refusal(show(&mut vault, expired)), "expired");
    assert_eq!(refusal(show(&mut vault, NOW.plus(-4_000))), "clock-behind");
    assert_eq!(vault.pass(number).unwrap().stock(NOW), Stock::Low(1));
    assert_eq!(vault.pass(number).unwrap().stock(expired), Stock::Out);
    let (presenter, _) = show(&mut vault, NOW).unwrap();
    assert_eq!(presenter.renew(expired).err(), Some(Error::Expired));
    let empty = vault.order(receipt(), vec![]).unwrap();
    assert_eq!(
        refusal(vault.show(
            empty,
            &[],
            Audience::AnyDoor,
            Consent::ToReuse,
            Anchoring::Needed,
            NOW
        )),
        "no-fresh-copy"
    );
}
