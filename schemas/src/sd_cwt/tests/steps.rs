//! Steps 1 to 7 and 9.

use super::*;

#[test]
fn steps_1_and_2_structure_and_types() {
    check(&[
        ("names in place of numbers", "accepted", |p| {
            set(&mut p.issuer_protected, 16, Item::text("application/sd-cwt"));
            set(&mut p.protected, 16, Item::text("kb+cwt"));
        }),
        ("no sd_alg is SHA-256", "accepted", |p| {
            unset(&mut p.issuer_protected, 170);
        }),
        ("sd_alg SHA-256", "accepted", |p| {
            set(&mut p.issuer_protected, 170, int(-16));
        }),
        ("sd_alg SHA-512", "sd-cwt-hash-unsupported", |p| {
            set(&mut p.issuer_protected, 170, int(-44));
        }),
        ("no typ", "sd-cwt-wrong-type", |p| {
            unset(&mut p.issuer_protected, 16);
        }),
        ("typ of a key binding token", "sd-cwt-wrong-type", |p| {
            set(&mut p.issuer_protected, 16, int(294));
        }),
        ("typ in the unprotected header", "sd-cwt-wrong-type", |p| {
            unset(&mut p.issuer_protected, 16);
            set(&mut p.issuer_unprotected, 16, int(293));
        }),
        ("no typ of the binding", "kbt-wrong-type", |p| {
            unset(&mut p.protected, 16);
        }),
        ("binding's typ of an SD-CWT", "kbt-wrong-type", |p| {
            set(&mut p.protected, 16, int(293));
        }),
        ("binding's typ as another text", "kbt-wrong-type", |p| {
            set(&mut p.protected, 16, Item::text("cwt"));
        }),
        ("a header in both", "sd-cwt-malformed", |p| {
            set(&mut p.issuer_unprotected, 4, Item::bytes(b"key"));
        }),
        ("the binding's header in both", "kbt-malformed", |p| {
            set(&mut p.unprotected, 16, int(294));
        }),
        ("a critical header", "sd-cwt-malformed", |p| {
            set(&mut p.issuer_protected, 2, Item::Array(vec![int(99)]));
        }),
        ("claims in the header", "sd-cwt-malformed", |p| {
            set(&mut p.issuer_protected, 15, Item::Map(vec![]));
        }),
        ("claims in the binding's header", "kbt-malformed", |p| {
            set(&mut p.protected, 15, Item::Map(vec![]));
        }),
        ("disclosures in the protected header", "sd-cwt-malformed", |p| {
            p.disclosures.clear();
            set(&mut p.issuer_protected, 17, Item::Array(vec![int(1)]));
        }),
        ("disclosures not a list", "sd-cwt-malformed", |p| {
            p.disclosures.clear();
            set(&mut p.issuer_unprotected, 17, int(1));
        }),
        ("a disclosure not bytes", "sd-cwt-malformed", |p| {
            p.disclosures.clear();
            set(&mut p.issuer_unprotected, 17, Item::Array(vec![int(1)]));
        }),
        ("an empty list of disclosures", "sd-cwt-disclosures-empty", |p| {
            p.disclosures.clear();
            set(&mut p.issuer_unprotected, 17, Item::Array(vec![]));
        }),
        (
            "an empty list of encrypted disclosures",
            "sd-cwt-disclosures-empty",
            |p| {
                set(&mut p.issuer_unprotected, 171, Item::Array(vec![]));
            },
        ),
        ("encrypted disclosures", "sd-cwt-malformed", |p| {
            set(&mut p.issuer_unprotected, 171, Item::Array(vec![int(1)]));
        }),
        ("another header", "accepted", |p| {
            set(&mut p.issuer_unprotected, -70_000, Item::bytes(b"x"));
        }),
        ("a header under a long text", "sd-cwt-malformed", |p| {
            p.issuer_protected
                .push((Item::Text("x".repeat(256).into()), int(1)));
        }),
        ("a header under bytes", "kbt-malformed", |p| {
            p.unprotected.push((Item::bytes(b"x"), int(1)));
        }),
        ("a digest tag in a header", "sd-cwt-malformed", |p| {
            set(
                &mut p.issuer_unprotected,
                99,
                Item::Tag(60, Box::new(Item::bytes(&[0; 32]))),
            );
        }),
        ("the digests' key in the binding", "kbt-malformed", |p| {
            p.binding.push((REDACTED_KEYS, Item::Array(vec![])));
        }),
        ("a digest tag in the binding", "kbt-malformed", |p| {
            set(
                &mut p.binding,
                99,
                Item::Array(vec![Item::Tag(60, Box::new(Item::bytes(&[0; 32])))]),
            );
        }),
        ("another algorithm", "algorithm-unsupported", |p| {
            set(&mut p.issuer_protected, 1, int(-35));
        }),
        ("no algorithm", "algorithm-unsupported", |p| {
            unset(&mut p.issuer_protected, 1);
        }),
        ("no issuer", "sd-cwt-claim-missing", |p| unset(&mut p.claims, 1)),
    ]);
}

#[test]
fn steps_3_and_7_times() {
    check(&[
        ("CWT: no times at all", "accepted", |p| {
            (4..=6).for_each(|claim| unset(&mut p.claims, claim));
        }),
        ("CWT: nbf = iat", "accepted", |p| {
            set(&mut p.claims, 5, int(NOW.0 - 900));
        }),
        ("CWT: nbf > iat", "sd-cwt-times-contradict", |p| {
            set(&mut p.claims, 5, int(NOW.0 - 899));
        }),
        ("CWT: nbf = exp", "sd-cwt-times-contradict", |p| {
            unset(&mut p.claims, 6);
            set(&mut p.claims, 5, int(NOW.0 + 1000));
        }),
        ("CWT: iat = exp", "sd-cwt-times-contradict", |p| {
            unset(&mut p.claims, 5);
            set(&mut p.claims, 6, int(NOW.0 + 1000));
        }),
        ("CWT: exp not a number", "sd-cwt-malformed", |p| {
            set(&mut p.claims, 4, Item::text("2030"));
        }),
        ("CWT: exp NaN", "sd-cwt-malformed", |p| {
            set(&mut p.claims, 4, Item::Float(f64::NAN));
        }),
        ("CWT: exp infinite", "sd-cwt-malformed", |p| {
            set(&mut p.claims, 4, Item::Float(f64::INFINITY));
        }),
        ("CWT: exp = now", "sd-cwt-expired", |p| {
            set(&mut p.claims, 4, int(NOW.0));
        }),
        ("CWT: exp within the second", "accepted", |p| {
            set(&mut p.claims, 4, Item::Float(1_800_000_000.5));
        }),
        ("CWT: nbf ahead of the skew", "kbt-times-contradict", |p| {
            unset(&mut p.claims, 6);
            set(&mut p.claims, 5, int(NOW.0 + 6));
        }),
        ("KBT: nbf = iat < exp", "accepted", |p| {
            set(&mut p.binding, 5, int(NOW.0 - 20));
            set(&mut p.binding, 4, int(NOW.0 + 20));
        }),
        ("KBT: neither iat nor cti", "kbt-claim-missing", |p| {
            unset(&mut p.binding, 6);
        }),
        ("KBT: cti alone, without a nonce", "kbt-claim-missing", |p| {
            unset(&mut p.binding, 6);
            set(&mut p.binding, 7, Item::bytes(b"id"));
        }),
        ("KBT: exp without iat", "kbt-times-contradict", |p| {
            unset(&mut p.binding, 6);
            set(&mut p.binding, 7, Item::bytes(b"id"));
            set(&mut p.binding, 4, int(NOW.0 + 20));
        }),
        ("KBT: nbf without iat", "kbt-times-contradict", |p| {
            unset(&mut p.binding, 6);
            set(&mut p.binding, 7, Item::bytes(b"id"));
            set(&mut p.binding, 5, int(NOW.0 - 20));
        }),
        ("KBT: nbf > iat", "kbt-times-contradict", |p| {
            set(&mut p.binding, 5, int(NOW.0 - 19));
        }),
        ("KBT: iat = exp", "kbt-times-contradict", |p| {
            set(&mut p.binding, 4, int(NOW.0 - 20));
        }),
        ("KBT: exp > CWT exp", "kbt-times-contradict", |p| {
            set(&mut p.binding, 4, int(NOW.0 + 1001));
        }),
        ("KBT: exp = CWT exp", "accepted", |p| {
            set(&mut p.binding, 4, int(NOW.0 + 1000));
        }),
        ("KBT: nbf < CWT nbf", "kbt-times-contradict", |p| {
            set(&mut p.binding, 5, int(NOW.0 - 1001));
        }),
        ("KBT: iat < CWT iat", "kbt-times-contradict", |p| {
            unset(&mut p.claims, 5);
            set(&mut p.claims, 6, int(NOW.0 - 19));
        }),
        ("KBT: iat = CWT iat", "accepted", |p| {
            set(&mut p.claims, 6, int(NOW.0 - 20));
        }),
        ("KBT: iat < CWT nbf", "kbt-times-contradict", |p| {
            unset(&mut p.claims, 6);
            set(&mut p.claims, 5, int(NOW.0 - 19));
        }),
        ("KBT: iat = CWT exp", "kbt-times-contradict", |p| {
            set(&mut p.claims, 4, int(NOW.0 + 5));
            set(&mut p.binding, 6, int(NOW.0 + 5));
        }),
        (
            "KBT: nbf = CWT exp, without its iat",
            "kbt-times-contradict",
            |p| {
                set(&mut p.claims, 4, int(NOW.0 + 5));
                set(&mut p.binding, 5, int(NOW.0 + 5));
            },
        ),
        ("KBT: too old", "kbt-stale", |p| {
            set(&mut p.binding, 6, int(NOW.0 - 91));
        }),
        ("KBT: as old as may be", "accepted", |p| {
            set(&mut p.binding, 6, int(NOW.0 - 90));
        }),
        ("KBT: too far ahead", "kbt-not-yet-valid", |p| {
            set(&mut p.binding, 6, int(NOW.0 + 6));
        }),
        ("KBT: as far ahead as may be", "accepted", |p| {
            set(&mut p.binding, 6, int(NOW.0 + 5));
        }),
        ("KBT: expired", "kbt-stale", |p| {
            set(&mut p.binding, 4, int(NOW.0));
        }),
        ("KBT: iat not a number", "kbt-malformed", |p| {
            set(&mut p.binding, 6, Item::text("now"));
        }),
    ]);
}

#[test]
fn a_credential_from_the_future_waits() {
    // Only a token by cti can reach this: iat of the binding would be before iat of the credential.
    let bench = Bench::new();
    let mut parts = bench.good();
    unset(&mut parts.claims, 5);
    set(&mut parts.claims, 6, int(NOW.0 + 6));
    unset(&mut parts.binding, 6);
    set(&mut parts.binding, 7, Item::bytes(b"id"));
    set(&mut parts.binding, 39, Item::bytes(b"nonce"));
    let nonce = ExpectedNonce::Exactly(b"nonce");
    let expected = Expected {
        audience: AUDIENCE,
        nonce,
        freshness: Freshness {
            max_age: 90,
            max_ahead: 5,
        },
    };
    let outcome = |parts: &Parts| {
        let bytes = bench.bound(parts, bench.issued(parts)).encode();
        bench
            .verify(&bytes, &expected)
            .map(|validated| validated.presented_at())
    };
    assert_eq!(outcome(&parts), Err(Error::SdCwtNotYetValid));
    set(&mut parts.claims, 6, int(NOW.0 + 5));
    assert_eq!(outcome(&parts), Ok(None));
}

#[test]
fn steps_4_and_5_holder() {
    check(&[
        ("no cnf", "sd-cwt-claim-missing", |p| unset(&mut p.claims, 8)),
        ("cnf by key identifier", "sd-cwt-holder-key", |p| {
            set(&mut p.claims, 8, Item::Map(vec![(int(3), Item::bytes(b"kid"))]));
        }),
        ("cnf of somebody else", "kbt-signature-invalid", |p| {
            set(
                &mut p.claims,
                8,
                confirmation(&SigningKey::generate().unwrap().public()),
            );
        }),
        ("cnf not on the curve", "sd-cwt-holder-key", |p| {
            let mut point = [0; 33];
            (point[0], point[32]) = (2, 1);
            set(
                &mut p.claims,
                8,
                confirmation(&crate::crypto::P256Point::from_sec1(&point).unwrap()),
            );
        }),
        ("another algorithm", "algorithm-unsupported", |p| {
            set(&mut p.protected, 1, int(-35));
        }),
        ("iss in the binding", "kbt-claim-forbidden", |p| {
            set(&mut p.binding, 1, Item::text("me"));
        }),
        ("sub in the binding", "kbt-claim-forbidden", |p| {
            set(&mut p.binding, 2, Item::text("me"));
        }),
        ("an unknown claim in the binding", "accepted", |p| {
            set(&mut p.binding, 99, Item::text("me"));
        }),
    ]);
}

#[test]
fn step_6_nonce() {
    check(&[
        ("a nonce that nobody gave", "kbt-nonce", |p| {
            set(&mut p.binding, 39, Item::bytes(b"nonce"));
        }),
        ("a nonce as text", "kbt-malformed", |p| {
            set(&mut p.binding, 39, Item::text("nonce"));
        }),
        ("the issuer's nonce is not the verifier's", "accepted", |p| {
            set(&mut p.claims, 39, Item::bytes(b"nonce"));
        }),
    ]);
    let bench = Bench::new();
    let mut parts = bench.good();
    let freshness = Freshness {
        max_age: 90,
        max_ahead: 5,
    };
    let expected = Expected {
        audience: AUDIENCE,
        nonce: ExpectedNonce::Exactly(b"nonce"),
        freshness,
    };
    for (given, refused) in [(None, true), (Some(&b"other"[..]), true), (Some(b"nonce"), false)] {
        if let Some(nonce) = given {
            set(&mut parts.binding, 39, Item::bytes(nonce));
        }
        let outcome = bench.verify(&bench.bound(&parts, bench.issued(&parts)).encode(), &expected);
        assert_eq!(outcome.err(), refused.then_some(Error::KbtNonce));
    }
}

#[test]
fn step_9_audience() {
    check(&[
        ("no audience", "kbt-claim-missing", |p| unset(&mut p.binding, 3)),
        ("another audience", "kbt-audience", |p| {
            set(&mut p.binding, 3, Item::text("https://other.example"));
        }),
        ("an audience that is no text", "kbt-malformed", |p| {
            set(&mut p.binding, 3, int(3));
        }),
        ("the credential's audience", "accepted", |p| {
            set(&mut p.claims, 3, Item::text(AUDIENCE));
        }),
        ("the credential's other audience", "sd-cwt-audience", |p| {
            set(&mut p.claims, 3, Item::text("x"));
        }),
    ]);
}

#[test]
fn signatures_cover_everything_but_the_issuers_unprotected_header() {
    let bench = Bench::new();
    let parts = bench.good();
    let issued = bench.issued(&parts);
    let bound = bench.bound(&parts, issued.clone());
    let flipped = |token: &Item<'static>, part: usize| {
        let Item::Tag(tag, array) = token.clone() else {
            panic!()
        };
        let Item::Array(mut four) = *array else { panic!() };
        let mut bytes = four[part].as_bytes().unwrap().to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        four[part] = Item::Bytes(bytes.into());
        Item::Tag(tag, Box::new(Item::Array(four)))
    };
    assert_eq!(
        bench.outcome(&flipped(&bound, 3).encode()),
        "kbt-signature-invalid"
    );
    assert_eq!(
        bench.outcome(&bench.bound(&parts, flipped(&issued, 3)).encode()),
        "signature-invalid"
    );
    // A disclosure taken out after the holder signed.
    let mut fewer = bench.good();
    fewer.disclosures.pop();
    let Item::Tag(18, swapped) = bench.bound(&fewer, bench.issued(&fewer)) else {
        panic!()
    };
    let Item::Tag(18, original) = &bound else { panic!() };
    let Item::Array(mut four) = *swapped else { panic!() };
    four[3] = original.as_array().unwrap()[3].clone();
    let moved = Item::Tag(18, Box::new(Item::Array(four)));
    assert_eq!(bench.outcome(&moved.encode()), "kbt-signature-invalid");
}

#[test]
fn only_definite_lengths_and_tag_18() {
    let bench = Bench::new();
    let parts = bench.good();
    let bytes = bench.bound(&parts, bench.issued(&parts)).encode();
    assert_eq!(bench.outcome(&bytes), "accepted");
    assert_eq!(bytes[..2], [0xd2, 0x84]);
    let indefinite = [&[0xd2, 0x9f], &bytes[2..], &[0xff]].concat();
    assert_eq!(bench.outcome(&indefinite), "cbor-indefinite-length");
    assert_eq!(bench.outcome(&bytes[1..]), "kbt-malformed");
    assert_eq!(bench.outcome(&[&bytes[..], &[0]].concat()), "cbor-trailing-bytes");
    let Item::Tag(_, untagged) = bench.issued(&parts) else {
        panic!()
    };
    assert_eq!(
        bench.outcome(&bench.bound(&parts, *untagged).encode()),
        "sd-cwt-malformed"
    );
    assert_eq!(
        bench.outcome(&bench.bound(&parts, NULL).encode()),
        "sd-cwt-malformed"
    );
    assert_eq!(bench.outcome(&bench.issued(&parts).encode()), "kbt-wrong-type");
}
