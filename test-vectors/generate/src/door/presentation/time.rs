//! When it was issued, when it is shown, and until when it is good.

use super::{Bench, EXPIRY, ISSUED_AT, case};
use crate::{
    door::{
        Case,
        expect::{PRESENTATION, ends_before, fails, without},
    },
    flag::Flag,
    token::{int, put},
    world::{NOW, credential::presentation_text},
};
use schemas::sd_cwt::profile::{Audience, Group};
use serde_json::json;
use verifier::verdict::Check;

pub(super) fn cases(bench: &Bench<'_>) -> Vec<Case> {
    let world = bench.world;
    let validity = |code: &str| without(fails(PRESENTATION, Check::Validity, code), &[Check::Freshness]);
    let freshness = |code: &str| fails(PRESENTATION, Check::Freshness, code);
    let show_at = |seconds: i64| {
        let groups = [Group::Result, Group::Initials];
        world
            .copy("pcr")
            .show(&groups, &Audience::AnyDoor, NOW.plus(seconds))
    };
    vec![
        case(
            "kbt-stale",
            "A screenshot of 91 seconds ago.",
            Flag::Copy,
            show_at(-91),
            freshness("kbt-stale"),
        ),
        case(
            "kbt-not-yet-valid",
            "A presentation made 31 seconds from now.",
            Flag::Clock,
            show_at(31),
            freshness("kbt-not-yet-valid"),
        ),
        case(
            "kbt-times-contradict",
            "Shown before it was issued.",
            Flag::Time,
            bench.bound(|token| token.change_claims(|claims| put(claims, ISSUED_AT, int(NOW.0 - 3 * 3_600)))),
            freshness("kbt-times-contradict"),
        ),
        case(
            "kbt-times-contradict-expiry",
            "Shown after the copy had expired, at the start of this day.",
            Flag::Time,
            bench.issued(|copy| {
                copy.change_claims(|claims| {
                    put(claims, EXPIRY, int(NOW.day().start().0));
                    put(claims, ISSUED_AT, int(NOW.day().start().0 - 7_200));
                });
            }),
            freshness("kbt-times-contradict"),
        ),
        case(
            "sd-cwt-expired",
            "The copy expires at this second, and was shown a moment before.",
            Flag::Time,
            bench.issued(|copy| {
                copy.change_claims(|claims| {
                    put(claims, EXPIRY, int(schemas::Day(NOW.day().0 + 1).start().0));
                });
            }),
            validity("sd-cwt-expired"),
        )
        .clock(schemas::Day(NOW.day().0 + 1).start())
        .policy(json!({ "ledger": { "max-view-age": "72h" } })),
        case(
            "sd-cwt-not-yet-valid",
            "The copy is issued ten minutes from now.",
            Flag::Time,
            {
                let mut token = bench.token();
                token.change_inner(|copy| {
                    copy.change_claims(|claims| put(claims, ISSUED_AT, int(NOW.0 + 600)));
                    copy.sign(bench.issuer());
                });
                token.change_claims(|claims| put(claims, ISSUED_AT, int(NOW.0 + 600)));
                token.sign(bench.holder());
                presentation_text(&token)
            },
            validity("sd-cwt-not-yet-valid"),
        ),
        case(
            "sd-cwt-times-contradict",
            "The copy expires before it is issued.",
            Flag::Time,
            bench.claimed(|claims| put(claims, EXPIRY, int(NOW.day().start().0))),
            ends_before(
                PRESENTATION,
                Check::Signature,
                Check::Validity,
                "sd-cwt-times-contradict",
            ),
        ),
        case(
            "x509-validity-copy-early",
            "The copy was issued before its issuer's key was good.",
            Flag::KeyUse,
            bench.claimed(|claims| put(claims, ISSUED_AT, int(NOW.0 - 31 * 86_400))),
            fails(PRESENTATION, Check::Validity, "x509-validity"),
        ),
        case(
            "x509-validity-copy",
            "The copy is good for longer than its issuer's key.",
            Flag::KeyUse,
            world.copy("by-ending-key").show(
                &[Group::Result, Group::Initials],
                &Audience::AnyDoor,
                NOW.plus(-10),
            ),
            fails(PRESENTATION, Check::Validity, "x509-validity"),
        ),
    ]
}
