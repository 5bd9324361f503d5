//! What is accepted, on each basis and to the edge of what is.

use super::{
    Case,
    expect::{CERTIFICATE, PRESENTATION, accepted, without},
};
use crate::{
    case::Challenge,
    flag::Flag,
    token::{int, remove},
    world::{
        NOW, World,
        credential::{compressed_text, paper_text},
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schemas::{
    Hash,
    cbor::Item,
    sd_cwt::profile::{self, Audience, Group},
};
use serde_json::json;
use verifier::verdict::Check;

pub(super) fn cases(world: &World) -> Vec<Case> {
    let anchored = || accepted(PRESENTATION, "anchored");
    let show =
        |name: &str, groups: &[Group]| world.copy(name).show(groups, &Audience::AnyDoor, NOW.plus(-10));
    let initials = [Group::Result, Group::Initials];
    let good = |name, description, text, expect| Case::new(name, description, &[Flag::Good], text, expect);
    let paper = world.paper("pcr");
    let untagged = match paper.to_item() {
        Item::Tag(_, inner) => *inner,
        item => item,
    };
    let cwt = Item::Tag(61, Box::new(paper.to_item()));
    let challenge = profile::Challenge {
        door: Hash::of(&[b"a door's key"]),
        nonce: crate::seed::bytes("nonce"),
    };
    let answer = world
        .copy("pcr")
        .show(&initials, &Audience::Door(challenge), NOW.plus(-10));
    vec![
        good(
            "accept-result-only",
            "A presentation that shows the result alone, at a door that asks for no more.",
            show("pcr", &[Group::Result]),
            anchored(),
        )
        .policy(json!({ "disclosure": "result-only" })),
        good("accept-initials", "A presentation with initials.", show("pcr", &initials), anchored()),
        good(
            "accept-person",
            "A presentation with the full name, at a door that asks for it.",
            show("pcr", &[Group::Result, Group::Person]),
            anchored(),
        )
        .policy(json!({ "disclosure": "person" })),
        good(
            "accept-person-for-initials",
            "Full names hold the initials.",
            show("pcr", &[Group::Result, Group::Person]),
            anchored(),
        ),
        good("accept-rapid", "A rapid test of three hours ago.", show("rapid", &initials), anchored()),
        good(
            "accept-presented-90-seconds-ago",
            "A presentation at the edge of its freshness.",
            world.copy("pcr").show(&initials, &Audience::AnyDoor, NOW.plus(-90)),
            anchored(),
        ),
        good(
            "accept-presented-30-seconds-ahead",
            "A presentation by a telephone whose clock is as far ahead as clocks may be.",
            world.copy("pcr").show(&initials, &Audience::AnyDoor, NOW.plus(30)),
            anchored(),
        ),
        good("accept-challenge", "The answer to a challenge of this door.", answer, anchored()).with(|case| {
            case.challenge = Some(Challenge {
                door: URL_SAFE_NO_PAD.encode(challenge.door.as_bytes()),
                nonce: URL_SAFE_NO_PAD.encode(challenge.nonce),
            });
        }),
        good(
            "accept-line-end",
            "A hand-held reader puts a line end after the text.",
            show("pcr", &initials) + "\r\n",
            anchored(),
        ),
        good(
            "accept-after-snapshot",
            "The batch is younger than the last status snapshot, so nothing in it was revoked.",
            show("after-snapshot", &initials),
            anchored(),
        ),
        good(
            "accept-before-theft",
            "The key was stolen after this batch was anchored.",
            show("before-theft", &initials),
            anchored(),
        ),
        good(
            "accept-grace",
            "A presentation issued ten minutes ago by its rounded time, whose batch is not in the view, at a door that \
             lets that pass.",
            show("new", &initials),
            without(accepted(PRESENTATION, "grace"), &[Check::Anchor]),
        )
        .policy(json!({ "ledger": { "grace": "10m" } })),
        good(
            "accept-paper",
            "A certificate on paper with its proof.",
            paper_text(&paper),
            accepted(CERTIFICATE, "anchored"),
        ),
        good(
            "accept-paper-untagged",
            "A COSE_Sign1 without its tag.",
            compressed_text(&untagged.encode()),
            accepted(CERTIFICATE, "anchored"),
        ),
        good(
            "accept-paper-cwt-tag",
            "A COSE_Sign1 within the tag of a CWT.",
            compressed_text(&cwt.encode()),
            accepted(CERTIFICATE, "anchored"),
        ),
        good(
            "accept-paper-other-signature",
            "The certificate's other signature, with n − s in place of s: the proof is of what was signed.",
            {
                let mut paper = paper.clone();
                paper.malleate();
                paper_text(&paper)
            },
            accepted(CERTIFICATE, "anchored"),
        ),
        good(
            "accept-paper-before-theft",
            "A certificate by a key that was stolen after its batch was anchored.",
            paper_text(&world.paper("before-theft")),
            accepted(CERTIFICATE, "anchored"),
        ),
        good(
            "accept-paper-grace",
            "A certificate issued five minutes ago, whose batch is not in the view, at a door that lets that pass.",
            paper_text(&world.paper("new")),
            without(accepted(CERTIFICATE, "grace"), &[Check::Anchor]),
        )
        .policy(json!({ "ledger": { "grace": "10m" } })),
        good(
            "accept-paper-lenient",
            "The algorithm stands in the unprotected header alone, and the door reads leniently.",
            {
                let mut paper = world.paper("new");
                paper.change_protected(|header| remove(header, 1));
                paper.unprotected.push((int(1), int(-7)));
                paper.sign(&world.keys[crate::world::GOOD]);
                paper_text(&paper)
            },
            without(accepted(CERTIFICATE, "grace"), &[Check::Anchor]),
        )
        .policy(json!({ "reading": "lenient", "ledger": { "grace": "10m" } })),
    ]
}
