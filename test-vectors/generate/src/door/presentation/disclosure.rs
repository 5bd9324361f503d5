//! What is disclosed, and whether it was signed.

use super::{Bench, EXPIRY, SD_CLAIMS, SUBJECT, case};
use crate::{
    door::{
        Case,
        expect::{PRESENTATION, ends_before},
    },
    flag::Flag,
    seed::bytes,
    token::{int, value},
    world::{NOW, credential::presentation_text},
};
use schemas::{
    cbor::{FALSE, Item, TRUE},
    sd_cwt::profile::{Audience, Group, INITIALS_CLAIM, RESULT_CLAIM},
};
use verifier::verdict::Check;

pub(super) fn cases(bench: &Bench<'_>) -> Vec<Case> {
    let world = bench.world;
    // The signatures held, and what is disclosed is not under the issuer's.
    let unsigned = |code: &str| ends_before(PRESENTATION, Check::Freshness, Check::Signature, code);
    let unread = |code: &str| ends_before(PRESENTATION, Check::Freshness, Check::Decoding, code);
    let result = |kind, outcome, hour| Item::Array(vec![int(kind), int(outcome), int(hour)]);
    let hour = NOW.0 - 3 * 3_600;
    let person = (SUBJECT, Item::text("Mustermann<Erika<1964-08-12"));
    let initials = (
        INITIALS_CLAIM,
        Item::Array(vec![Item::text("E"), Item::text("M"), int(812)]),
    );
    let good = (RESULT_CLAIM, result(1, 0, hour));
    let with_result =
        |item: Item<'static>| bench.disclosing(&[person.clone(), (RESULT_CLAIM, item), initials.clone()]);
    let with_person =
        |text: &'static str| bench.disclosing(&[(SUBJECT, Item::text(text)), good.clone(), initials.clone()]);
    let malformed = |name, description, text| {
        case(
            name,
            description,
            Flag::Structure,
            text,
            unread("presentation-malformed"),
        )
    };
    vec![
        case(
            "sd-cwt-disclosure-unmatched",
            "The holder of a positive result shows a negative one, which was not signed.",
            Flag::Disclosure,
            {
                let copy = world.copy("detected");
                let mut token = copy.token(&[Group::Initials], &Audience::AnyDoor, NOW.plus(-10));
                token.change_inner(|copy| {
                    let Item::Array(listed) = value(&mut copy.unprotected, SD_CLAIMS) else {
                        unreachable!("a list")
                    };
                    let salt = bytes::<16>("the holder's own salt");
                    let forged = Item::Array(vec![Item::bytes(&salt), result(1, 0, hour), int(RESULT_CLAIM)]);
                    listed.push(Item::Bytes(forged.encode().into()));
                });
                token.sign(&copy.holder);
                presentation_text(&token)
            },
            unsigned("sd-cwt-disclosure-unmatched"),
        ),
        case(
            "sd-cwt-disclosure-unmatched-another-copy-s",
            "The initials of another person's copy.",
            Flag::Disclosure,
            {
                let other = world
                    .copy("rapid")
                    .token(&[Group::Initials], &Audience::AnyDoor, NOW.plus(-10));
                let mut theirs = vec![];
                let mut other = other;
                other.change_inner(|copy| {
                    let Item::Array(listed) = value(&mut copy.unprotected, SD_CLAIMS) else {
                        unreachable!("a list")
                    };
                    theirs.clone_from(listed);
                });
                let copy = world.copy("pcr");
                let mut token = copy.token(&[Group::Result], &Audience::AnyDoor, NOW.plus(-10));
                token.change_inner(|copy| {
                    let Item::Array(listed) = value(&mut copy.unprotected, SD_CLAIMS) else {
                        unreachable!("a list")
                    };
                    listed.extend(theirs);
                });
                token.sign(&copy.holder);
                presentation_text(&token)
            },
            unsigned("sd-cwt-disclosure-unmatched"),
        ),
        case(
            "sd-cwt-digest-repeated",
            "The same disclosure twice.",
            Flag::Disclosure,
            bench.shown(|copy| {
                let Item::Array(listed) = value(&mut copy.unprotected, SD_CLAIMS) else {
                    unreachable!("a list")
                };
                listed.push(listed[0].clone());
            }),
            unsigned("sd-cwt-digest-repeated"),
        ),
        case(
            "sd-cwt-claim-repeated",
            "Two results under one key: readers could differ in which one counts.",
            Flag::Disclosure,
            bench.disclosing(&[good.clone(), (RESULT_CLAIM, result(1, 1, hour)), initials.clone()]),
            unsigned("sd-cwt-claim-repeated"),
        ),
        case(
            "sd-cwt-claim-redacted",
            "The expiry stands in a disclosure, where a holder could leave it out.",
            Flag::Disclosure,
            bench.disclosing(&[(EXPIRY, int(NOW.0 + 86_400)), good.clone(), initials.clone()]),
            unsigned("sd-cwt-claim-redacted"),
        ),
        malformed(
            "presentation-malformed-kind",
            "A kind of test that is not known.",
            with_result(result(3, 0, hour)),
        ),
        malformed(
            "presentation-malformed-outcome",
            "An outcome that is neither detected nor not.",
            with_result(result(1, 2, hour)),
        ),
        malformed(
            "presentation-malformed-hour",
            "A sample time that is not rounded to the hour: it could single out a person.",
            with_result(result(1, 0, hour + 1)),
        ),
        malformed(
            "presentation-malformed-result",
            "A result that is true.",
            with_result(TRUE),
        ),
        malformed(
            "presentation-malformed-group",
            "A group of claims that the profile does not have.",
            bench.disclosing(&[(99, FALSE), good.clone(), initials.clone()]),
        ),
        malformed(
            "presentation-malformed-person",
            "A person without a date of birth.",
            with_person("Mustermann<Erika"),
        ),
        malformed(
            "presentation-malformed-initials",
            "Initials of four letters.",
            bench.disclosing(&[
                person.clone(),
                good.clone(),
                (
                    INITIALS_CLAIM,
                    Item::Array(vec![Item::text("ERIK"), Item::text("M"), int(812)]),
                ),
            ]),
        ),
        case(
            "health-malformed",
            "A date of birth that does not exist.",
            Flag::Structure,
            with_person("Mustermann<Erika<1964-02-30"),
            unread("health-malformed"),
        ),
    ]
}
