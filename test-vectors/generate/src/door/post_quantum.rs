//! Doors that count nothing but hashes and ML-DSA-44.

use super::{
    Case,
    expect::{CERTIFICATE, Course, PRESENTATION, accepted, ends_open, fails, open, without},
};
use crate::{
    case::Expected,
    flag::Flag,
    world::{NOW, World, credential::paper_text},
};
use schemas::sd_cwt::profile::{Audience, Group};
use serde_json::json;
use verifier::verdict::Check;

pub(super) fn cases(world: &World) -> Vec<Case> {
    let show = |name: &str| {
        let groups = [Group::Result, Group::Initials];
        world.copy(name).show(&groups, &Audience::AnyDoor, NOW.plus(-10))
    };
    let paper = |name: &str| paper_text(&world.paper(name));
    let case = |name, description: &str, flag, text, expect: Expected| {
        Case::new(name, description, &[flag], text, expect)
            .view("post-quantum")
            .policy(json!({ "ledger": { "signatures": "post-quantum" } }))
    };
    let noted = |expected: Expected| Expected {
        notes: vec!["holder-binding-classical".into()],
        ..expected
    };
    let open_at = |course: Course, check: Check, code: &str| open(course, &[(check, code)]);
    vec![
        case(
            "accept-post-quantum",
            "Hashes lead from what was signed with ML-DSA-44 to a copy; its holder signed with ES256.",
            Flag::Good,
            show("post-quantum"),
            noted(accepted(PRESENTATION, "post-quantum")),
        ),
        case(
            "accept-post-quantum-paper",
            "Hashes lead from what was signed with ML-DSA-44 to a certificate, which no holder signs.",
            Flag::Good,
            paper("post-quantum"),
            accepted(CERTIFICATE, "post-quantum"),
        ),
        case(
            "batch-not-signed",
            "Its batch is on the ledger, and the issuer has not signed so far yet.",
            Flag::PostQuantum,
            show("not-yet-signed"),
            open_at(PRESENTATION, Check::Anchor, "batch-not-signed"),
        ),
        case(
            "batch-not-signed-paper",
            "Its batch is on the ledger, and the issuer has not signed so far yet.",
            Flag::PostQuantum,
            paper("not-yet-signed"),
            open_at(CERTIFICATE, Check::Anchor, "batch-not-signed"),
        ),
        case(
            "post-quantum-quorum-missing",
            "Six members cosigned with ML-DSA-44, and ten with Ed25519.",
            Flag::PostQuantum,
            show("post-quantum"),
            without(
                open_at(PRESENTATION, Check::View, "post-quantum-quorum-missing"),
                &[Check::Clock],
            ),
        )
        .view("post-quantum-six-cosigners"),
        case(
            "keys-not-signed",
            "The registrar did not sign with ML-DSA-44 which keys the issuer has.",
            Flag::PostQuantum,
            show("post-quantum"),
            open_at(PRESENTATION, Check::Issuer, "keys-not-signed"),
        )
        .view("post-quantum-keys-not-signed"),
        case(
            "keys-not-signed-forged",
            "Somebody who forges ES256 and Ed25519 made a batch, its credential, and an event that names an ML-DSA-44 key of theirs.",
            Flag::PostQuantum,
            show("forged"),
            open_at(PRESENTATION, Check::Issuer, "keys-not-signed"),
        )
        .view("post-quantum-forged"),
        case(
            "status-not-signed",
            "The issuer signed its status with ML-DSA-44 four hours ago for the last time.",
            Flag::PostQuantum,
            show("post-quantum"),
            open_at(PRESENTATION, Check::Status, "status-not-signed"),
        )
        .view("post-quantum-status-old"),
        case(
            "batch-missing-post-quantum",
            "What is new would pass on an ES256 signature alone: not here.",
            Flag::PostQuantum,
            show("new"),
            open_at(PRESENTATION, Check::Anchor, "batch-missing"),
        ),
        case(
            "keys-not-signed-of-another",
            "An issuer without a key of ML-DSA-44.",
            Flag::PostQuantum,
            show("pcr"),
            open(
                PRESENTATION,
                &[
                    (Check::Issuer, "keys-not-signed"),
                    (Check::Anchor, "batch-not-signed"),
                    (Check::Status, "status-not-signed"),
                ],
            ),
        ),
        case(
            "classical-signature",
            "A certificate of another country: nothing but its signature speaks for it.",
            Flag::PostQuantum,
            super::foreign::good_text(),
            {
                let mut expected = fails(CERTIFICATE, Check::Signature, "classical-signature");
                expected.codes = vec!["classical-signature".into()];
                expected
            },
        )
        .with(|case| case.trust = Some("trust/signers.json".into())),
        case(
            "view-missing-post-quantum",
            "A door that never synced.",
            Flag::View,
            show("post-quantum"),
            ends_open(&[Check::Shape, Check::Decoding, Check::View], Check::View, "view-missing"),
        )
        .with(|case| case.view = None),
    ]
}
