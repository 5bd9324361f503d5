//! What the ledger says: revoked, cut off, two stories, not there, too old.

use super::{
    Case,
    expect::{CERTIFICATE, Course, PRESENTATION, ends_open, fails, open},
};
use crate::{
    case::Expected,
    flag::Flag,
    token::remove,
    world::{
        NOW, World,
        credential::{paper_text, presentation_text},
    },
};
use schemas::{
    proof::PROOF_HEADER,
    sd_cwt::profile::{Audience, Group},
};
use serde_json::json;
use verifier::verdict::Check;

const INITIALS: [Group; 2] = [Group::Result, Group::Initials];

pub(super) fn cases(world: &World) -> Vec<Case> {
    [places(world), views(world)].into_iter().flatten().collect()
}

fn case(name: &'static str, description: &str, flag: Flag, text: String, expect: Expected) -> Case {
    Case::new(name, description, &[flag], text, expect)
}

fn places(world: &World) -> Vec<Case> {
    let show = |name: &str| {
        world
            .copy(name)
            .show(&INITIALS, &Audience::AnyDoor, NOW.plus(-10))
    };
    let paper = |name: &str| paper_text(&world.paper(name));
    let at = |course: Course, check: Check, code: &str| fails(course, check, code);
    let without_proof = |name: &str| {
        let copy = world.copy(name);
        let mut token = copy.token(&INITIALS, &Audience::AnyDoor, NOW.plus(-10));
        token.change_inner(|inner| remove(&mut inner.unprotected, PROOF_HEADER));
        token.sign(&copy.holder);
        presentation_text(&token)
    };
    let paper_without_proof = |name: &str| {
        let mut paper = world.paper(name);
        remove(&mut paper.unprotected, PROOF_HEADER);
        paper_text(&paper)
    };
    // The anchor stays open, and the revocation decides.
    let still_revoked = |course| {
        let mut expected = fails(course, Check::Status, "revoked");
        expected
            .checks
            .insert(Check::Anchor.name().into(), "proof-missing".into());
        expected
    };
    vec![
        case(
            "revoked",
            "A copy that was revoked.",
            Flag::Revocation,
            show("revoked"),
            at(PRESENTATION, Check::Status, "revoked"),
        ),
        case(
            "revoked-paper",
            "A certificate that was revoked.",
            Flag::Revocation,
            paper("revoked"),
            at(CERTIFICATE, Check::Status, "revoked"),
        ),
        case(
            "revoked-without-proof",
            "A revoked copy whose holder left the proof out.",
            Flag::Revocation,
            without_proof("revoked"),
            still_revoked(PRESENTATION),
        ),
        case(
            "revoked-paper-without-proof",
            "A revoked certificate whose proof was taken out.",
            Flag::Revocation,
            paper_without_proof("revoked"),
            still_revoked(CERTIFICATE),
        ),
        case(
            "proof-missing",
            "A copy without its proof.",
            Flag::Anchor,
            without_proof("pcr"),
            open(PRESENTATION, &[(Check::Anchor, "proof-missing")]),
        ),
        case(
            "proof-missing-paper",
            "A certificate without its proof.",
            Flag::Anchor,
            paper_without_proof("pcr"),
            open(CERTIFICATE, &[(Check::Anchor, "proof-missing")]),
        ),
        case(
            "proof-missing-with-grace",
            "Grace is for batches that are not in the view; this one is.",
            Flag::Anchor,
            without_proof("pcr"),
            open(PRESENTATION, &[(Check::Anchor, "proof-missing")]),
        )
        .policy(json!({ "ledger": { "grace": "10m" } })),
        case(
            "key-cut-off",
            "Signed and anchored by the thief of a key.",
            Flag::Theft,
            paper("after-theft"),
            at(CERTIFICATE, Check::Anchor, "key-cut-off"),
        ),
        case(
            "key-cut-off-without-proof",
            "Signed by the thief of a key, without a proof.",
            Flag::Theft,
            paper_without_proof("after-theft"),
            at(CERTIFICATE, Check::Anchor, "key-cut-off"),
        ),
        case(
            "key-cut-off-with-grace",
            "Signed five minutes ago by the thief of a key, at a door that lets pass what is new.",
            Flag::Theft,
            paper("after-theft"),
            at(CERTIFICATE, Check::Anchor, "key-cut-off"),
        )
        .policy(json!({ "ledger": { "grace": "10m" } })),
        case(
            "issuer-frozen",
            "The issuer anchored two batches of this number.",
            Flag::TwoStories,
            show("two-stories"),
            at(PRESENTATION, Check::Anchor, "issuer-frozen"),
        ),
        case(
            "issuer-frozen-paper",
            "The issuer anchored two batches of this number.",
            Flag::TwoStories,
            paper("two-stories"),
            at(CERTIFICATE, Check::Anchor, "issuer-frozen"),
        ),
        case(
            "issuer-frozen-snapshots",
            "The issuer published two snapshots of one number: it could show each door another one.",
            Flag::TwoStories,
            show("two-snapshots"),
            at(PRESENTATION, Check::Status, "issuer-frozen"),
        ),
        case(
            "batch-expired",
            "A copy that outlives its batch, of which no snapshot speaks any more.",
            Flag::Revocation,
            show("expired-batch"),
            at(PRESENTATION, Check::Status, "batch-expired"),
        ),
        case(
            "batch-missing",
            "Issued five minutes ago; its batch is not in the view.",
            Flag::Anchor,
            show("new"),
            open(PRESENTATION, &[(Check::Anchor, "batch-missing")]),
        ),
        case(
            "batch-missing-grace-over",
            "The grace ended a second ago.",
            Flag::Anchor,
            world.copy("new").show(&INITIALS, &Audience::AnyDoor, NOW),
            open(PRESENTATION, &[(Check::Anchor, "batch-missing")]),
        )
        .policy(json!({ "ledger": { "grace": "10m" } }))
        .clock(NOW.plus(1)),
        case(
            "batch-missing-old-view",
            "The view was made before the batch was anchored.",
            Flag::View,
            show("pcr"),
            open(PRESENTATION, &[(Check::Anchor, "batch-missing")]),
        )
        .view("before-batch"),
        case(
            "status-missing",
            "The issuer never published a snapshot.",
            Flag::Revocation,
            show("unwatched"),
            open(PRESENTATION, &[(Check::Status, "status-missing")]),
        ),
        case(
            "status-missing-paper",
            "The issuer never published a snapshot.",
            Flag::Revocation,
            paper("unwatched"),
            open(CERTIFICATE, &[(Check::Status, "status-missing")]),
        ),
        case(
            "status-missing-behind",
            "The ledger names a snapshot that could not be fetched.",
            Flag::Revocation,
            show("pcr"),
            open(PRESENTATION, &[(Check::Status, "status-missing")]),
        )
        .view("without-last-snapshot"),
    ]
}

fn views(world: &World) -> Vec<Case> {
    let show_at = |seconds: i64| {
        world
            .copy("pcr")
            .show(&INITIALS, &Audience::AnyDoor, NOW.plus(seconds))
    };
    let paper = paper_text(&world.paper("pcr"));
    let never_synced = || {
        ends_open(
            &[Check::Shape, Check::Decoding, Check::View],
            Check::View,
            "view-missing",
        )
    };
    let not_good_enough = || {
        let course = &[Check::Shape, Check::Decoding, Check::Clock, Check::View];
        ends_open(course, Check::View, "view-too-old")
    };
    let week = json!({ "tests": { "pcr": "168h" } });
    vec![
        case(
            "view-missing",
            "A door that never synced.",
            Flag::View,
            show_at(-10),
            never_synced(),
        )
        .with(|case| case.view = None),
        case(
            "view-too-old",
            "The last sync was two hours ago; the policy allows one.",
            Flag::View,
            show_at(-10),
            open(PRESENTATION, &[(Check::View, "view-too-old")]),
        )
        .view("stale"),
        case(
            "view-too-old-key-unknown",
            "A key that the view does not list, two hours after the last sync: it may have been registered since.",
            Flag::View,
            world.copy("by-nobody").show(&INITIALS, &Audience::AnyDoor, NOW.plus(-10)),
            not_good_enough(),
        )
        .view("stale"),
        case(
            "view-too-old-key-unknown-paper",
            "A key that the view does not list, on paper, two hours after the last sync.",
            Flag::View,
            paper_text(&world.paper("by-nobody")),
            not_good_enough(),
        )
        .view("stale"),
        case(
            "quorum-missing",
            "Seven members cosigned, and the policy asks for eight.",
            Flag::View,
            show_at(-10),
            open(PRESENTATION, &[(Check::View, "quorum-missing")]),
        )
        .view("seven-cosigners")
        .policy(json!({ "ledger": { "quorum": 8 } })),
        case(
            "clock-behind",
            "The door's clock was set back by an hour.",
            Flag::Clock,
            show_at(-40),
            open(PRESENTATION, &[(Check::Clock, "clock-behind")]),
        )
        .clock(NOW.plus(-3_600)),
        case(
            "kbt-stale-clock-behind",
            "The door's clock was set back by an hour to revive a screenshot: the ledger's time is a floor.",
            Flag::Clock,
            show_at(-3_600),
            {
                let mut expected = fails(PRESENTATION, Check::Freshness, "kbt-stale");
                expected.checks.insert(Check::Clock.name().into(), "clock-behind".into());
                expected
            },
        )
        .clock(NOW.plus(-3_600)),
        case(
            "clock-ahead",
            "The door's clock is 73 hours ahead.",
            Flag::Clock,
            paper,
            open(CERTIFICATE, &[(Check::Clock, "clock-ahead"), (Check::View, "view-too-old")]),
        )
        .clock(NOW.plus(73 * 3_600))
        .policy(week),
        case(
            "view-missing-paper",
            "A certificate of a registered issuer at a door that never synced: nobody can say that the issuer is unknown.",
            Flag::View,
            paper_text(&world.paper("pcr")),
            never_synced(),
        )
        .with(|case| case.view = None),
    ]
}
