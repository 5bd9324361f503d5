//! The holder's signature.

use super::{ALGORITHM, AUDIENCE, Bench, CONFIRMATION, ISSUED_AT, NONCE, case};
use crate::{
    case::Challenge,
    door::{
        Case,
        expect::{PRESENTATION, fails},
    },
    flag::Flag,
    seed::{bytes, key},
    token::{Entries, int, put, remove},
    world::{NOW, credential::presentation_text},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schemas::{Hash, cbor::Item, sd_cwt::confirmation};
use verifier::verdict::Check;

pub(super) fn cases(bench: &Bench<'_>) -> Vec<Case> {
    let at = |check, code| fails(PRESENTATION, check, code);
    let off_curve = |claims: &mut Entries| {
        let mut point = [0; 33];
        (point[0], point[32]) = (2, 1);
        let point = schemas::crypto::P256Point::from_sec1(&point).expect("33 bytes");
        put(claims, CONFIRMATION, confirmation(&point));
    };
    vec![
        case(
            "kbt-signature-invalid",
            "Somebody else's key signed what is shown: a copy that was stolen without its key.",
            Flag::Copy,
            {
                let mut token = bench.token();
                token.sign(&key("a thief of copies"));
                presentation_text(&token)
            },
            at(Check::Holder, "kbt-signature-invalid"),
        ),
        case(
            "kbt-signature-invalid-time",
            "The time was changed after it was signed.",
            Flag::Copy,
            {
                let mut token = bench.token();
                token.change_claims(|claims| put(claims, ISSUED_AT, int(NOW.0 - 9)));
                presentation_text(&token)
            },
            at(Check::Holder, "kbt-signature-invalid"),
        ),
        case(
            "kbt-signature-invalid-proof",
            "The proof was taken out after it was signed.",
            Flag::Anchor,
            {
                let mut token = bench.token();
                token.change_inner(|copy| remove(&mut copy.unprotected, schemas::proof::PROOF_HEADER));
                presentation_text(&token)
            },
            at(Check::Holder, "kbt-signature-invalid"),
        ),
        case(
            "algorithm-unsupported-holder",
            "The holder's header says EdDSA, and the key is for ES256.",
            Flag::Algorithm,
            bench.bound(|token| token.change_protected(|header| put(header, ALGORITHM, int(-8)))),
            at(Check::Holder, "algorithm-unsupported"),
        ),
        case(
            "sd-cwt-holder-key-off-curve",
            "The copy is bound to a point that does not lie on the curve.",
            Flag::Copy,
            bench.claimed(off_curve),
            at(Check::Holder, "sd-cwt-holder-key"),
        ),
        case(
            "kbt-audience",
            "A presentation for another door.",
            Flag::Copy,
            bench.bound(|token| token.change_claims(|claims| put(claims, AUDIENCE, Item::text("attest/2")))),
            at(Check::Freshness, "kbt-audience"),
        ),
        case(
            "kbt-nonce",
            "A nonce that this door did not ask for.",
            Flag::Copy,
            bench.bound(|token| {
                token.change_claims(|claims| {
                    put(claims, NONCE, Item::Bytes(bytes::<16>("nonce").to_vec().into()));
                });
            }),
            at(Check::Freshness, "kbt-nonce"),
        ),
        case(
            "kbt-nonce-missing",
            "A door shows a challenge, and the presentation does not answer it.",
            Flag::Copy,
            presentation_text(&bench.token()),
            at(Check::Freshness, "kbt-nonce"),
        )
        .with(|case| {
            case.challenge = Some(Challenge {
                door: URL_SAFE_NO_PAD.encode(Hash::of(&[b"a door's key"]).as_bytes()),
                nonce: URL_SAFE_NO_PAD.encode(bytes::<16>("nonce")),
            });
        }),
    ]
}
