//! Step 8.

use super::*;

#[test]
fn step_8_disclosures() {
    check(&[
        ("nothing disclosed", "accepted", |p| p.disclosures.clear()),
        ("any order", "accepted", |p| p.disclosures.reverse()),
        (
            "a disclosure without a digest",
            "sd-cwt-disclosure-unmatched",
            |p| {
                p.disclosures.push(claim_disclosure(9, int(700), NULL));
            },
        ),
        ("a changed disclosure", "sd-cwt-disclosure-unmatched", |p| {
            p.disclosures[0] = claim_disclosure(1, int(501), Item::text("ABCE"));
        }),
        ("the same disclosure twice", "sd-cwt-digest-repeated", |p| {
            let again = p.disclosures[0].clone();
            p.disclosures.push(again);
        }),
        (
            "the same digest twice, disclosed",
            "sd-cwt-digest-repeated",
            |p| {
                let digest = Item::Tag(60, Box::new(digest(&p.disclosures[1])));
                set(&mut p.claims, 601, Item::Array(vec![digest]));
            },
        ),
        ("the same digest twice, withheld", "sd-cwt-digest-repeated", |p| {
            let digest = Item::Tag(60, Box::new(digest(&claim_disclosure(3, int(502), NULL))));
            set(&mut p.claims, 601, Item::Array(vec![digest]));
        }),
        ("a claim for an element", "sd-cwt-disclosure-unmatched", |p| {
            let claim = claim_disclosure(9, int(700), NULL);
            set(
                &mut p.claims,
                601,
                Item::Array(vec![Item::Tag(60, Box::new(digest(&claim)))]),
            );
            p.disclosures.push(claim);
        }),
        ("an element for a claim", "sd-cwt-disclosure-unmatched", |p| {
            let element = element_disclosure(9, NULL);
            set(&mut p.claims, 601, Item::Map(vec![redacted(&[&element])]));
            p.disclosures.push(element);
        }),
        ("a decoy", "accepted", |p| {
            let decoy = Disclosure::new(Salt([9; 16]), Content::Decoy);
            set(&mut p.claims, 601, Item::Map(vec![redacted(&[&decoy])]));
            p.disclosures.push(decoy);
        }),
        (
            "a claim that stands there already",
            "sd-cwt-claim-repeated",
            |p| {
                set(&mut p.claims, 501, NULL);
            },
        ),
        (
            "a claim disclosed twice under two salts",
            "sd-cwt-claim-repeated",
            |p| {
                let again = claim_disclosure(9, int(501), NULL);
                p.claims.retain(|(key, _)| *key != REDACTED_KEYS);
                p.claims.push(redacted(&[&p.disclosures[0], &again]));
                p.disclosures.push(again);
            },
        ),
        ("a redacted exp", "sd-cwt-claim-redacted", |p| {
            let expiry = claim_disclosure(9, int(4), int(NOW.0 + 5));
            unset(&mut p.claims, 4);
            p.claims.retain(|(key, _)| *key != REDACTED_KEYS);
            p.claims.push(redacted(&[&p.disclosures[0], &expiry]));
            p.disclosures.push(expiry);
        }),
        ("a redacted key 4 deeper down", "accepted", |p| {
            let nested = claim_disclosure(9, int(4), NULL);
            set(&mut p.claims, 601, Item::Map(vec![redacted(&[&nested])]));
            p.disclosures.push(nested);
        }),
        ("a nested disclosure before its parent", "accepted", |p| {
            let inner = claim_disclosure(8, int(1), NULL);
            let outer = element_disclosure(9, Item::Map(vec![redacted(&[&inner])]));
            set(
                &mut p.claims,
                601,
                Item::Array(vec![Item::Tag(60, Box::new(digest(&outer)))]),
            );
            p.disclosures.extend([inner, outer]);
        }),
        (
            "a nested disclosure without its parent",
            "sd-cwt-disclosure-unmatched",
            |p| {
                let inner = claim_disclosure(8, int(1), NULL);
                let outer = element_disclosure(9, Item::Map(vec![redacted(&[&inner])]));
                set(
                    &mut p.claims,
                    601,
                    Item::Array(vec![Item::Tag(60, Box::new(digest(&outer)))]),
                );
                p.disclosures.push(inner);
            },
        ),
        ("disclosures that nest too deeply", "sd-cwt-malformed", |p| {
            let mut inner = NULL;
            for salt in 100..117 {
                let disclosure = element_disclosure(salt, inner);
                inner = Item::Array(vec![Item::Tag(60, Box::new(digest(&disclosure)))]);
                p.disclosures.push(disclosure);
            }
            set(&mut p.claims, 601, inner);
        }),
        ("a short digest", "sd-cwt-malformed", |p| {
            set(
                &mut p.claims,
                601,
                Item::Map(vec![(REDACTED_KEYS, Item::Array(vec![Item::bytes(&[0; 31])]))]),
            );
        }),
        ("digests not in a list", "sd-cwt-malformed", |p| {
            set(&mut p.claims, 601, Item::Map(vec![(REDACTED_KEYS, NULL)]));
        }),
        ("a digest tag outside a list", "sd-cwt-malformed", |p| {
            set(&mut p.claims, 601, Item::Tag(60, Box::new(Item::bytes(&[0; 32]))));
        }),
        ("simple(59) as a value", "sd-cwt-malformed", |p| {
            set(&mut p.claims, 601, REDACTED_KEYS);
        }),
        ("a mark for the issuer", "sd-cwt-malformed", |p| {
            set(
                &mut p.claims,
                601,
                Item::Array(vec![Item::Tag(58, Box::new(NULL))]),
            );
        }),
        ("a marked key", "sd-cwt-malformed", |p| {
            p.claims.push((Item::Tag(58, Box::new(int(7))), NULL));
        }),
        ("a key of another type", "sd-cwt-malformed", |p| {
            p.claims.push((FALSE, NULL));
        }),
        ("an empty text as key", "sd-cwt-malformed", |p| {
            p.claims.push((Item::text(""), NULL));
        }),
        ("a short salt", "sd-cwt-malformed", |p| {
            let bytes = Item::Array(vec![Item::bytes(&[1; 15]), NULL, int(700)]).encode();
            p.disclosures.push(Disclosure::received(&bytes));
        }),
        ("a disclosure of four parts", "sd-cwt-malformed", |p| {
            let bytes = Item::Array(vec![Item::bytes(&[1; 16]), NULL, int(700), NULL]).encode();
            p.disclosures.push(Disclosure::received(&bytes));
        }),
        ("a disclosure that is no CBOR", "cbor-malformed", |p| {
            p.disclosures.push(Disclosure::received(&[0xff]));
        }),
        ("a duplicate key in a disclosure", "cbor-duplicate-key", |p| {
            let twice = Item::Map(vec![(int(1), NULL), (int(1), NULL)]);
            p.disclosures.push(element_disclosure(9, twice));
        }),
        ("too many disclosures", "too-long", |p| {
            let many = (0..=MAX_DISCLOSURES).map(|n| element_disclosure(9, Item::Int(n as i128)));
            p.disclosures.extend(many);
        }),
    ]);
}
