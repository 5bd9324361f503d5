//! The same code again.

use super::{Bench, case};
use crate::{
    case::{Expected, Showing},
    door::{
        Case,
        expect::{PRESENTATION, accepted, fails},
    },
    flag::Flag,
    world::{NOW, credential::presentation_text},
};
use schemas::sd_cwt::profile::{Audience, Group};
use verifier::verdict::Check;

pub(super) fn cases(bench: &Bench<'_>) -> Vec<Case> {
    let token = bench.token();
    let text = presentation_text(&token);
    let before = Showing {
        text: text.clone(),
        clock: NOW.0 - 5,
    };
    let replayed = || fails(PRESENTATION, Check::Replay, "token-seen");
    let mut other_signature = token;
    other_signature.malleate();
    let other_signature = presentation_text(&other_signature);
    let initials = [Group::Result, Group::Initials];
    let renewed = bench
        .world
        .copy("pcr")
        .show(&initials, &Audience::AnyDoor, NOW.plus(-4));
    vec![
        case("token-seen", "The same code as five seconds ago.", Flag::Copy, text.clone(), replayed())
            .with(|case| case.already_seen.push(before.clone())),
        case(
            "token-seen-other-signature",
            "The code of five seconds ago with s replaced by n − s, which is another text and as good a signature.",
            Flag::Copy,
            other_signature,
            replayed(),
        )
        .with(|case| case.already_seen.push(before.clone())),
        case(
            "accept-renewed",
            "The wallet's next code of the copy that was shown five seconds ago.",
            Flag::Good,
            renewed,
            accepted(PRESENTATION, "anchored"),
        )
        .with(|case| case.already_seen.push(before)),
        case(
            "replay-memory-full",
            "60,000 codes within two minutes: forgetting one would let a copy of it pass.",
            Flag::Limit,
            text,
            Expected {
                verdict: "indeterminate".into(),
                ..fails(PRESENTATION, Check::Replay, "replay-memory-full")
            },
        )
        .with(|case| case.others_seen = 60_000),
    ]
}
