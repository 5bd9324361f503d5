//! What is no presentation, whoever signed it.

use super::{
    AUDIENCE, Bench, CONFIRMATION, ISSUED_AT, ISSUER, KEY_ID, SD_ALGORITHM, SD_CLAIMS, TYPE, case, decoding,
};
use crate::{
    door::Case,
    flag::Flag,
    token::{int, put, remove, value},
    world::NOW,
};
use schemas::{
    cbor::{Item, NULL},
    place::PLACE_CLAIM,
};

pub(super) fn cases(bench: &Bench<'_>) -> Vec<Case> {
    let malformed = || decoding("presentation-malformed");
    vec![
        case(
            "kbt-malformed",
            "An array without the tag of a COSE_Sign1.",
            Flag::Structure,
            {
                let token = bench.token();
                let Item::Tag(_, untagged) = token.to_item() else {
                    unreachable!("a token has a tag")
                };
                ["AT1:", &schemas::base45::encode(&untagged.encode())].concat()
            },
            decoding("kbt-malformed"),
        ),
        case(
            "kbt-malformed-critical",
            "A critical header, which must be understood.",
            Flag::Structure,
            bench.bound(|token| {
                token.change_protected(|header| put(header, 2, Item::Array(vec![int(-70_000)])));
            }),
            decoding("kbt-malformed"),
        ),
        case(
            "kbt-wrong-type",
            "The outer token says that it is an SD-CWT.",
            Flag::Structure,
            bench.bound(|token| token.change_protected(|header| put(header, TYPE, int(293)))),
            decoding("kbt-wrong-type"),
        ),
        case(
            "kbt-claim-forbidden",
            "The holder names an issuer.",
            Flag::Structure,
            bench.bound(|token| token.change_claims(|claims| put(claims, ISSUER, Item::text("1")))),
            decoding("kbt-claim-forbidden"),
        ),
        case(
            "kbt-claim-missing-audience",
            "The holder says not for whom.",
            Flag::Copy,
            bench.bound(|token| token.change_claims(|claims| remove(claims, AUDIENCE))),
            decoding("kbt-claim-missing"),
        ),
        case(
            "kbt-claim-missing-time",
            "The holder says not when.",
            Flag::Copy,
            bench.bound(|token| token.change_claims(|claims| remove(claims, ISSUED_AT))),
            decoding("kbt-claim-missing"),
        ),
        case(
            "sd-cwt-malformed",
            "A critical header of the issuer, which must be understood.",
            Flag::Structure,
            bench.issued(|copy| {
                copy.change_protected(|header| put(header, 2, Item::Array(vec![int(-70_000)])));
            }),
            decoding("sd-cwt-malformed"),
        ),
        case(
            "sd-cwt-wrong-type",
            "The copy says that it is a key binding token.",
            Flag::Structure,
            bench.issued(|copy| copy.change_protected(|header| put(header, TYPE, int(294)))),
            decoding("sd-cwt-wrong-type"),
        ),
        case(
            "sd-cwt-hash-unsupported",
            "The disclosures are hashed by SHA-384.",
            Flag::Algorithm,
            bench.issued(|copy| copy.change_protected(|header| put(header, SD_ALGORITHM, int(-43)))),
            decoding("sd-cwt-hash-unsupported"),
        ),
        case(
            "sd-cwt-disclosures-empty",
            "A list of disclosures without any.",
            Flag::Structure,
            bench.shown(|copy| put(&mut copy.unprotected, SD_CLAIMS, Item::Array(vec![]))),
            decoding("sd-cwt-disclosures-empty"),
        ),
        case(
            "sd-cwt-holder-key",
            "A copy that is bound to no key.",
            Flag::Copy,
            bench.claimed(|claims| put(claims, CONFIRMATION, Item::Map(vec![]))),
            decoding("sd-cwt-holder-key"),
        ),
        case(
            "place-malformed",
            "A place with slot 256.",
            Flag::Anchor,
            bench.claimed(|claims| put(claims, PLACE_CLAIM, Item::Array(vec![int(1), int(1), int(256)]))),
            decoding("place-malformed"),
        ),
        case(
            "presentation-malformed-no-place",
            "A copy without a place.",
            Flag::Anchor,
            bench.claimed(|claims| remove(claims, PLACE_CLAIM)),
            malformed(),
        ),
        case(
            "presentation-malformed-issuer",
            "The issuer's name is another than the place's.",
            Flag::Structure,
            bench.claimed(|claims| put(claims, ISSUER, Item::text("2"))),
            malformed(),
        ),
        case(
            "presentation-malformed-claim",
            "A claim of the issuer's own beside those of the profile: it could single out a person.",
            Flag::Structure,
            bench.claimed(|claims| claims.push((int(99), NULL))),
            malformed(),
        ),
        case(
            "presentation-malformed-digests",
            "A fourth digest.",
            Flag::Structure,
            bench.claimed(|claims| {
                let listed = claims.iter_mut().find(|(key, _)| *key == Item::Simple(59));
                if let Some((_, Item::Array(digests))) = listed {
                    digests.push(Item::Bytes(vec![0; 32].into()));
                }
            }),
            malformed(),
        ),
        case(
            "presentation-malformed-header",
            "An unprotected header that the profile does not have: it could say to one door what another wrote.",
            Flag::Structure,
            bench.shown(|copy| copy.unprotected.push((int(-70_000), NULL))),
            malformed(),
        ),
        case(
            "presentation-malformed-time",
            "A time of issue that is not rounded to ten minutes: it could single out a person.",
            Flag::Structure,
            bench.claimed(|claims| put(claims, ISSUED_AT, int(NOW.0 - 7_199))),
            malformed(),
        ),
        case(
            "presentation-malformed-key-form",
            "The holder's key as a point that is not compressed.",
            Flag::Encoding,
            bench.claimed(|claims| {
                let Item::Map(confirmed) = value(claims, CONFIRMATION) else {
                    unreachable!("a map")
                };
                let Item::Map(key) = &mut confirmed[0].1 else {
                    unreachable!("a COSE_Key")
                };
                key[3].1 = Item::Bytes(vec![1; 32].into());
            }),
            malformed(),
        ),
        case(
            "presentation-malformed-key-id",
            "A key identifier of 9 bytes.",
            Flag::Structure,
            bench.issued(|copy| {
                copy.change_protected(|header| put(header, KEY_ID, Item::Bytes(vec![0; 9].into())));
            }),
            malformed(),
        ),
    ]
}
