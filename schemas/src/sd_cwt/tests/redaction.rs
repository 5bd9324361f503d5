//! The issuer's side.

use super::*;

#[test]
fn what_is_redacted_can_be_disclosed() {
    let tagged = |tag, item| Item::Tag(tag, Box::new(item));
    let holder = SigningKey::generate().unwrap();
    let claims = Item::Map(vec![
        (int(1), Item::text("issuer")),
        (int(8), confirmation(&holder.public())),
        (
            tagged(REDACT, int(500)),
            Item::Map(vec![(tagged(REDACT, Item::text("a")), NULL)]),
        ),
        (
            int(501),
            Item::Array(vec![tagged(REDACT, int(7)), tagged(REDACT_DECOY, int(1)), int(8)]),
        ),
        (tagged(REDACT_DECOY, int(2)), NULL),
    ]);
    let salts = || (0..5).map(|n| Salt([n; 16]));
    let bench = Bench::new();
    let token = ToBeIssued::new(redact(&claims, salts()).unwrap(), Algorithm::ES256, b"key").unwrap();
    let signature = bench.issuer.sign(&token.bytes()).unwrap();
    let token = token.signed(&signature.0).unwrap();
    assert_eq!(token.disclosures().len(), 5);
    let read = SdCwt::decode(&token.encode()).unwrap();
    assert_eq!(read.encode(), token.encode());
    let issuer = AwsLc.es256(&bench.issuer.public()).unwrap();
    let signed = read.clone().verify(&*issuer).unwrap();
    let all = signed.receive(&holder.public(), NOW, 0).unwrap();
    let nested = Item::Map(vec![(Item::text("a"), NULL)]);
    assert_eq!(all.claims().get(500), Some(&nested));
    assert_eq!(all.claims().get(501), Some(&Item::Array(vec![int(7), int(8)])));

    let somebody = bench.holder.public();
    assert_eq!(
        signed.receive(&somebody, NOW, 0).err(),
        Some(Error::SdCwtHolderKey)
    );
    let first = token.disclosures()[0].clone();
    let without = token
        .disclosing(|disclosure| *disclosure != first)
        .verify(&*issuer)
        .unwrap();
    assert_eq!(
        without.receive(&holder.public(), NOW, 0).err(),
        Some(Error::SdCwtUndisclosed)
    );
    let disclosed = without.disclosed().unwrap();
    assert_eq!(disclosed.claims().get(500), Some(&Item::Map(vec![])));
    assert_eq!(disclosed.undisclosed(), 1);
}

#[test]
fn marks_that_cannot_be_issued() {
    let tagged = |tag, item| Item::Tag(tag, Box::new(item));
    let outcome = |extra: Entries, salts: u8| {
        let mut claims = vec![(int(1), Item::text("issuer")), (int(8), NULL)];
        claims.extend(extra);
        let salts = (0..salts).map(|n| Salt([n; 16]));
        redact(&Item::Map(claims), salts).map_or_else(|error| error.code(), |_| "issued")
    };
    let one = |key, value| outcome(vec![(key, value)], 9);
    assert_eq!(one(tagged(REDACT, int(500)), NULL), "issued");
    assert_eq!(one(tagged(REDACT, int(4)), NULL), "sd-cwt-claim-redacted");
    assert_eq!(
        one(tagged(REDACT, tagged(REDACT, int(500))), NULL),
        "sd-cwt-malformed"
    );
    assert_eq!(one(tagged(REDACT, FALSE), NULL), "sd-cwt-malformed");
    assert_eq!(one(tagged(REDACT_DECOY, int(1)), FALSE), "sd-cwt-malformed");
    assert_eq!(one(tagged(REDACT_DECOY, int(0)), NULL), "sd-cwt-malformed");
    assert_eq!(one(REDACTED_KEYS, Item::Array(vec![])), "sd-cwt-malformed");
    assert_eq!(
        one(int(500), tagged(60, Item::bytes(&[0; 32]))),
        "sd-cwt-malformed"
    );
    assert_eq!(one(int(500), tagged(REDACT, NULL)), "sd-cwt-malformed");
    let both = vec![(int(500), NULL), (tagged(REDACT, int(500)), NULL)];
    assert_eq!(outcome(both, 9), "sd-cwt-claim-repeated");
    let decoys = vec![
        (tagged(REDACT_DECOY, int(1)), NULL),
        (int(5), Item::Array(vec![tagged(REDACT_DECOY, int(1))])),
    ];
    assert_eq!(outcome(decoys, 9), "sd-cwt-malformed");
    assert_eq!(
        outcome(vec![(tagged(REDACT, int(500)), NULL)], 0),
        "sd-cwt-malformed"
    );
    let two = Item::Map(vec![
        (int(1), Item::text("issuer")),
        (int(8), NULL),
        (tagged(REDACT, int(500)), NULL),
        (tagged(REDACT, int(501)), NULL),
    ]);
    assert_eq!(
        redact(&two, [Salt([0; 16]); 2]).err().map(|e| e.code()),
        Some("sd-cwt-malformed")
    );
    assert_eq!(
        redact(&Item::Map(vec![]), []).err(),
        Some(Error::SdCwtClaimMissing { claim: 1 })
    );
    assert_eq!(
        redact(&NULL, []).err().map(|e| e.code()),
        Some("sd-cwt-malformed")
    );
    let hidden = Item::Map(vec![(int(1), NULL), (tagged(REDACT, int(8)), NULL)]);
    assert_eq!(
        redact(&hidden, [Salt([0; 16])]).err(),
        Some(Error::SdCwtClaimRedacted { claim: 8 })
    );
    let many = (0..=MAX_DISCLOSURES)
        .map(|n| tagged(REDACT, Item::Int(n as i128)))
        .collect();
    let many = Item::Map(vec![(int(1), NULL), (int(8), NULL), (int(5), Item::Array(many))]);
    let salts = (0..1000u16).map(|n| Salt(std::array::from_fn(|i| n.to_be_bytes()[i % 2])));
    assert_eq!(redact(&many, salts).err().map(|e| e.code()), Some("too-long"));
}

proptest! {
    #[test]
    fn any_claims_come_back(values in prop::collection::vec((any::<i64>(), any::<bool>(), any::<String>()), 0..20)) {
        let mut claims = vec![(int(1), Item::text("issuer")), (int(8), NULL)];
        for (number, hidden, text) in values {
            let key = int(number.saturating_abs().saturating_add(1000));
            let key = if hidden { Item::Tag(REDACT, Box::new(key)) } else { key };
            claims.push((key, Item::Text(text.into())));
        }
        let salts = (0..=255).map(|n| Salt([n; 16]));
        if let Ok(redacted) = redact(&Item::Map(claims.clone()), salts) {
            let disclosed = disclosed::disclose(redacted.claims, &redacted.disclosures).unwrap();
            prop_assert_eq!(disclosed.undisclosed(), 0);
            for (key, value) in claims {
                let key = match key { Item::Tag(_, key) => *key, key => key };
                prop_assert_eq!(disclosed.claims().get(key.as_int().unwrap()), Some(&value));
            }
        }
    }
}
