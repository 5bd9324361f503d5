//! Who issued it.

use super::{ALGORITHM, Bench, EXPIRY, ISSUER, case};
use crate::{
    door::{
        Case,
        expect::{PRESENTATION, fails},
    },
    flag::Flag,
    token::{int, put, remove, value},
    world::NOW,
};
use schemas::{
    cbor::Item,
    place::PLACE_CLAIM,
    sd_cwt::profile::{Audience, Group},
};
use verifier::verdict::Check;

pub(super) fn cases(bench: &Bench<'_>) -> Vec<Case> {
    let world = bench.world;
    let at = |check, code| fails(PRESENTATION, check, code);
    let show = |name: &str| {
        world.copy(name).show(
            &[Group::Result, Group::Initials],
            &Audience::AnyDoor,
            NOW.plus(-10),
        )
    };
    vec![
        case(
            "key-unknown",
            "Signed by a key that the registrar never listed.",
            Flag::Signature,
            show("by-nobody"),
            at(Check::Issuer, "key-unknown"),
        ),
        case(
            "key-unknown-issuer",
            "A place of an issuer whom the registrar never registered.",
            Flag::Signature,
            bench.claimed(|claims| {
                put(claims, ISSUER, Item::text("9"));
                put(claims, PLACE_CLAIM, Item::Array(vec![int(9), int(1), int(11)]));
            }),
            at(Check::Issuer, "key-unknown"),
        ),
        case(
            "key-unknown-another-issuer-s",
            "A place of one issuer, signed by the key of another.",
            Flag::KeyUse,
            bench.claimed(|claims| {
                put(claims, ISSUER, Item::text("2"));
                put(claims, PLACE_CLAIM, Item::Array(vec![int(2), int(0), int(11)]));
            }),
            at(Check::Issuer, "key-unknown"),
        ),
        case(
            "issuer-frozen-contested",
            "The registrar tells two stories of the issuer's keys.",
            Flag::TwoStories,
            show("contested"),
            at(Check::Issuer, "issuer-frozen"),
        ),
        case(
            "algorithm-unsupported-copy",
            "The issuer's header says PS256, and its key is for ES256.",
            Flag::Algorithm,
            bench.issued(|copy| copy.change_protected(|header| put(header, ALGORITHM, int(-37)))),
            at(Check::Signature, "algorithm-unsupported"),
        ),
        case(
            "algorithm-unsupported-missing",
            "The issuer's protected header names no algorithm; the unprotected one does.",
            Flag::Algorithm,
            bench.issued(|copy| {
                copy.change_protected(|header| remove(header, ALGORITHM));
            }),
            at(Check::Signature, "algorithm-unsupported"),
        ),
        case(
            "signature-invalid",
            "A bit of the issuer's signature is another.",
            Flag::Signature,
            bench.shown(|copy| copy.signature[40] ^= 1),
            at(Check::Signature, "signature-invalid"),
        ),
        case(
            "signature-invalid-zero",
            "r and s are 0 (CVE-2022-21449).",
            Flag::Signature,
            bench.shown(|copy| copy.signature = vec![0; 64]),
            at(Check::Signature, "signature-invalid"),
        ),
        case(
            "signature-invalid-length",
            "A signature of 63 bytes.",
            Flag::Signature,
            bench.shown(|copy| copy.signature.truncate(63)),
            at(Check::Signature, "signature-invalid"),
        ),
        case(
            "signature-invalid-place",
            "The holder moved the copy to another place.",
            Flag::Revocation,
            bench.shown(|copy| {
                copy.change_claims(|claims| {
                    put(claims, PLACE_CLAIM, Item::Array(vec![int(1), int(1), int(12)]));
                });
            }),
            at(Check::Signature, "signature-invalid"),
        ),
        case(
            "signature-invalid-expiry",
            "The holder put the expiry off by a day.",
            Flag::Time,
            bench.shown(|copy| {
                copy.change_claims(|claims| {
                    let later = value(claims, EXPIRY).as_int().map_or(0, |expiry| expiry + 86_400);
                    put(claims, EXPIRY, int(later));
                });
            }),
            at(Check::Signature, "signature-invalid"),
        ),
    ]
}
