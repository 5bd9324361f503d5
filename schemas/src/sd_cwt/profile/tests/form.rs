//! One fault a case: what the profile refuses.

use super::*;

/// A good copy's parts after a change, signed again: what the profile says to it.
fn after(
    change: impl FnOnce(&mut Vec<(Item<'static>, Item<'static>)>, &mut Vec<(i64, Item<'static>)>),
) -> &'static str {
    let bench = Bench::new();
    let draft = bench.draft(person("Erika", "Mustermann"));
    let int = |value: i64| Item::Int(value.into());
    let marked = |key: i64| Item::Tag(58, Box::new(int(key)));
    let mut claims = vec![
        (int(1), Item::text("1000")),
        (int(4), int(draft.expires.start().0)),
        (int(6), int(1_795_410_600)),
        (int(8), confirmation(&draft.holder)),
        (int(PLACE_CLAIM), draft.place.to_item()),
        (marked(2), Item::text("Mustermann<Erika<1964-08-12")),
        (
            marked(RESULT_CLAIM),
            Item::Array(vec![int(2), int(0), int(1_795_406_400)]),
        ),
        (
            marked(INITIALS_CLAIM),
            Item::Array(vec![Item::text("E"), Item::text("M"), int(812)]),
        ),
    ];
    let mut headers = vec![];
    change(&mut claims, &mut headers);
    let salts = (0..9).map(|n| Salt([n; 16]));
    let redacted: Redacted = redact(&Item::Map(claims), salts).unwrap();
    let unsigned = ToBeIssued::new(redacted, Algorithm::ES256, &[7; 8]).unwrap();
    let mut token = unsigned
        .clone()
        .signed(&bench.issuer.sign(&unsigned.bytes()).unwrap().0)
        .unwrap();
    for (label, value) in headers {
        token.set_unprotected(label, value);
    }
    let request = token.bind(&crate::sd_cwt::BindingClaims {
        audience: "attest/1",
        issued_at: NOW,
        nonce: None,
    });
    let text = to_text(&request.answer(&bench.holder.sign(&request.bytes()).unwrap()));
    bench
        .verify(&text, &Audience::AnyDoor)
        .map_or_else(|error| error.code(), |_| "accepted")
}

fn replaced(key: &Item<'static>, value: Item<'static>) -> &'static str {
    after(|claims, _| {
        let entry = claims.iter_mut().find(|(other, _)| other == key).unwrap();
        entry.1 = value;
    })
}

#[test]
fn nothing_beside_the_profile() {
    let int = |value: i64| Item::Int(value.into());
    let marked = |key: i64| Item::Tag(58, Box::new(int(key)));
    let refused = "presentation-malformed";
    assert_eq!(after(|_, _| {}), "accepted");
    assert_eq!(
        after(|claims, _| claims.push((int(99), NULL))),
        refused,
        "another claim"
    );
    assert_eq!(
        after(|claims, _| claims.push((marked(99), NULL))),
        refused,
        "a fourth digest"
    );
    assert_eq!(after(|claims, _| claims.truncate(7)), refused, "two digests");
    assert_eq!(
        after(|claims, _| claims[7] = (marked(99), NULL)),
        refused,
        "another disclosure"
    );
    assert_eq!(
        after(|_, headers| headers.push((-70_000, NULL))),
        refused,
        "another header"
    );
    let proof = Item::Bytes(proof().to_bytes().to_vec().into());
    assert_eq!(
        after(|_, headers| headers.push((PROOF_HEADER, proof))),
        "accepted"
    );
    assert_eq!(
        after(|_, headers| headers.push((PROOF_HEADER, NULL))),
        "proof-malformed"
    );
    assert_eq!(replaced(&int(1), Item::text("1001")), refused, "another issuer");
    assert_eq!(
        replaced(&int(4), int(NOW.0 + 86_400)),
        refused,
        "exp within a day"
    );
    assert_eq!(
        replaced(&int(6), int(1_795_410_601)),
        refused,
        "iat within ten minutes"
    );
    assert_eq!(
        replaced(&int(6), Item::Float(1_795_410_600.0)),
        refused,
        "iat as a float"
    );
    assert_eq!(replaced(&int(PLACE_CLAIM), NULL), "place-malformed");
    let uncompressed = confirmation(&Bench::new().holder.public());
    let Item::Map(mut entries) = uncompressed.get(1).unwrap().clone() else {
        panic!()
    };
    entries[3].1 = Item::bytes(&[1; 32]).into_owned();
    assert_eq!(
        replaced(&int(8), Item::Map(vec![(int(1), Item::Map(entries))])),
        refused,
        "an uncompressed key"
    );

    let result = |kind, outcome, hour| Item::Array(vec![int(kind), int(outcome), int(hour)]);
    assert_eq!(
        replaced(&marked(RESULT_CLAIM), result(1, 1, 1_795_406_400)),
        "accepted"
    );
    assert_eq!(
        replaced(&marked(RESULT_CLAIM), result(3, 0, 1_795_406_400)),
        refused,
        "another kind"
    );
    assert_eq!(
        replaced(&marked(RESULT_CLAIM), result(1, 2, 1_795_406_400)),
        refused,
        "another outcome"
    );
    assert_eq!(
        replaced(&marked(RESULT_CLAIM), result(1, 0, 1_795_406_401)),
        refused,
        "not a full hour"
    );
    assert_eq!(replaced(&marked(RESULT_CLAIM), NULL), refused);
    for person in ["Mustermann<Erika", "Mustermann<Erika<1964-08-12<"] {
        assert_eq!(replaced(&marked(2), Item::text(person)), refused, "{person}");
    }
    assert_eq!(
        replaced(&marked(2), Item::text("<Erika<1964-08-12")),
        "health-malformed"
    );
    assert_eq!(
        replaced(&marked(2), Item::text("Mustermann<Erika<1964-02-30")),
        "health-malformed"
    );
    let initials = |given, day| Item::Array(vec![Item::text(given), Item::text("M"), int(day)]);
    assert_eq!(replaced(&marked(INITIALS_CLAIM), initials("E", 0)), "accepted");
    for (given, day) in [
        ("", 812),
        ("Erika", 812),
        ("E", 1301),
        ("E", 832),
        ("E", 100),
        ("E", -1),
    ] {
        assert_eq!(
            replaced(&marked(INITIALS_CLAIM), initials(given, day)),
            refused,
            "{given} {day}"
        );
    }
}
