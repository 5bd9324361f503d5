//! What a door does not accept.

use super::{
    Case,
    expect::{CERTIFICATE, PRESENTATION, fails, open, without},
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
    let show =
        |name: &str, groups: &[Group]| world.copy(name).show(groups, &Audience::AnyDoor, NOW.plus(-10));
    let initials = [Group::Result, Group::Initials];
    let paper = |name: &str| paper_text(&world.paper(name));
    let case = |name, description: &str, flag, text, expect: Expected| {
        Case::new(name, description, &[flag], text, expect)
    };
    let at = |check, code| fails(PRESENTATION, check, code);
    let shape = |code| at(Check::Shape, code);
    // Its outcome is not said, since it could be taken for more than it is.
    let test = |code| without(at(Check::Test, code), &[Check::Outcome]);
    let test_on_paper = |code| without(fails(CERTIFICATE, Check::Test, code), &[Check::Outcome]);
    vec![
        case(
            "shape-not-accepted",
            "A presentation at a door that takes paper alone.",
            Flag::Policy,
            show("pcr", &initials),
            shape("shape-not-accepted"),
        )
        .policy(json!({ "shapes": ["hcert"] })),
        case(
            "shape-not-accepted-paper",
            "Paper at a door that takes presentations alone.",
            Flag::Policy,
            paper("pcr"),
            shape("shape-not-accepted"),
        )
        .policy(json!({ "shapes": ["sd-cwt"] })),
        case(
            "result-detected",
            "A positive result.",
            Flag::Outcome,
            show("detected", &initials),
            at(Check::Outcome, "result-detected"),
        ),
        case(
            "result-detected-paper",
            "A positive result on paper.",
            Flag::Outcome,
            paper("detected"),
            fails(CERTIFICATE, Check::Outcome, "result-detected"),
        ),
        case(
            "result-detected-lax",
            "A positive result at a door with the laxest policy there is.",
            Flag::Outcome,
            show("detected", &initials),
            at(Check::Outcome, "result-detected"),
        )
        .policy(json!({
            "disclosure": "result-only", "reading": "lenient", "foreign": { "by-rules-of": "DE" },
            "tests": { "pcr": "168h", "rapid": "168h" },
            "ledger": { "quorum": 1, "max-view-age": "72h", "grace": "10m" },
        })),
        case(
            "test-kind-not-accepted",
            "A rapid test at a door that takes PCR tests alone.",
            Flag::Policy,
            show("rapid", &initials),
            test("test-kind-not-accepted"),
        )
        .policy(json!({ "tests": { "rapid": "refused" } })),
        case(
            "test-too-old",
            "A PCR test of 49 hours ago.",
            Flag::Time,
            show("old-pcr", &initials),
            test("test-too-old"),
        ),
        case(
            "test-too-old-rapid",
            "A rapid test of 25 hours ago: it must not have a PCR test's time.",
            Flag::Time,
            show("old-rapid", &initials),
            test("test-too-old"),
        ),
        case(
            "test-too-old-paper",
            "A rapid test of 25 hours ago, on paper.",
            Flag::Time,
            paper("old-rapid"),
            test_on_paper("test-too-old"),
        ),
        case(
            "sampled-in-future",
            "A sample taken an hour from now.",
            Flag::Time,
            show("future-sample", &initials),
            test("sampled-in-future"),
        ),
        case(
            "disclosure-missing",
            "The result alone, at a door that asks for initials.",
            Flag::Policy,
            show("pcr", &[Group::Result]),
            open(PRESENTATION, &[(Check::Disclosure, "disclosure-missing")]),
        ),
        case(
            "disclosure-missing-person",
            "Initials, at a door that asks for the full name.",
            Flag::Policy,
            show("pcr", &initials),
            open(PRESENTATION, &[(Check::Disclosure, "disclosure-missing")]),
        )
        .policy(json!({ "disclosure": "person" })),
        case(
            "disclosure-missing-result",
            "Initials without the result.",
            Flag::Outcome,
            show("pcr", &[Group::Initials]),
            without(
                open(PRESENTATION, &[(Check::Disclosure, "disclosure-missing")]),
                &[Check::Outcome, Check::Test],
            ),
        ),
    ]
}
