//! Presentations that their issuer or their holder did not sign so, or not now.

use super::{
    Case,
    expect::{PRESENTATION, accepted, ends_before, fails, without},
};
use crate::{
    case::{Challenge, Expected, Showing},
    flag::Flag,
    seed::{bytes, key},
    token::{Entries, Token, int, put, remove, value},
    world::{GOOD, NOW, World, credential::presentation_text},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schemas::{
    Hash,
    cbor::{FALSE, Item, NULL, TRUE},
    crypto::p256::SigningKey,
    place::PLACE_CLAIM,
    sd_cwt::{
        confirmation,
        profile::{Audience, Group, INITIALS_CLAIM, RESULT_CLAIM},
    },
};
use verifier::verdict::Check;

/// COSE header parameters and CWT claims that faults are about.
const ALGORITHM: i64 = 1;
const KEY_ID: i64 = 4;
const TYPE: i64 = 16;
const SD_CLAIMS: i64 = 17;
const SD_ALGORITHM: i64 = 170;
const ISSUER: i64 = 1;
const SUBJECT: i64 = 2;
const AUDIENCE: i64 = 3;
const EXPIRY: i64 = 4;
const ISSUED_AT: i64 = 6;
const CONFIRMATION: i64 = 8;
const NONCE: i64 = 39;

struct Bench<'w> {
    world: &'w World,
}

impl Bench<'_> {
    fn token(&self) -> Token {
        let groups = [Group::Result, Group::Initials];
        self.world
            .copy("pcr")
            .token(&groups, &Audience::AnyDoor, NOW.plus(-10))
    }

    fn holder(&self) -> &SigningKey {
        &self.world.copy("pcr").holder
    }

    fn issuer(&self) -> &SigningKey {
        &self.world.keys[GOOD]
    }

    /// The text after a change of the copy, which its issuer and its holder then sign.
    fn issued(&self, change: impl FnOnce(&mut Token)) -> String {
        let mut token = self.token();
        token.change_inner(|copy| {
            change(copy);
            copy.sign(self.issuer());
        });
        token.sign(self.holder());
        presentation_text(&token)
    }

    /// The text after a change of what the copy's issuer does not sign, which its holder then signs.
    fn shown(&self, change: impl FnOnce(&mut Token)) -> String {
        let mut token = self.token();
        token.change_inner(change);
        token.sign(self.holder());
        presentation_text(&token)
    }

    /// The text after a change of the key binding token, which the holder then signs.
    fn bound(&self, change: impl FnOnce(&mut Token)) -> String {
        let mut token = self.token();
        change(&mut token);
        token.sign(self.holder());
        presentation_text(&token)
    }

    /// The text after a change of the copy's claims.
    fn claimed(&self, change: impl FnOnce(&mut Entries)) -> String {
        self.issued(|copy| copy.change_claims(change))
    }

    /// The text of a copy in which other claims are disclosed, each with its value.
    fn disclosing(&self, claims: &[(i64, Item<'static>)]) -> String {
        self.issued(|copy| {
            let disclosures: Vec<Vec<u8>> = (0..)
                .zip(claims)
                .map(|(number, (claim, value))| {
                    let salt = bytes::<16>(&format!("another salt {number}"));
                    Item::Array(vec![Item::bytes(&salt), value.clone(), int(*claim)]).encode()
                })
                .collect();
            let digest = |disclosure: &Vec<u8>| Item::Bytes(digest(disclosure).0.to_vec().into());
            let digests = disclosures.iter().map(digest).collect();
            copy.change_claims(|entries| {
                entries.retain(|(key, _)| *key != Item::Simple(59));
                entries.push((Item::Simple(59), Item::Array(digests)));
            });
            let listed = disclosures
                .into_iter()
                .map(|disclosure| Item::Bytes(disclosure.into()));
            put(&mut copy.unprotected, SD_CLAIMS, Item::Array(listed.collect()));
        })
    }
}

/// The digest of a disclosure: of the byte string that holds it (section "SD-CWT Definition").
fn digest(disclosure: &[u8]) -> Hash {
    Hash::of(&[&Item::bytes(disclosure).encode()])
}

pub(super) fn cases(world: &World) -> Vec<Case> {
    let bench = Bench { world };
    [
        structure(&bench),
        issuer(&bench),
        disclosures(&bench),
        binding(&bench),
        times(&bench),
        copies(&bench),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn decoding(code: &str) -> Expected {
    fails(PRESENTATION, Check::Decoding, code)
}

fn case(name: &'static str, description: &str, flag: Flag, text: String, expect: Expected) -> Case {
    Case::new(name, description, &[flag], text, expect)
}

/// What is no presentation, whoever signed it.
fn structure(bench: &Bench<'_>) -> Vec<Case> {
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

/// Who issued it.
fn issuer(bench: &Bench<'_>) -> Vec<Case> {
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

/// What is disclosed, and whether it was signed.
fn disclosures(bench: &Bench<'_>) -> Vec<Case> {
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

/// The holder's signature.
fn binding(bench: &Bench<'_>) -> Vec<Case> {
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

/// When it was issued, when it is shown, and until when it is good.
fn times(bench: &Bench<'_>) -> Vec<Case> {
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
        .clock(schemas::Day(NOW.day().0 + 1).start()),
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

/// The same code again.
fn copies(bench: &Bench<'_>) -> Vec<Case> {
    let token = bench.token();
    let text = presentation_text(&token);
    let before = Showing {
        text: text.clone(),
        clock: NOW.0 - 5,
    };
    let replayed = || fails(PRESENTATION, Check::Replay, "token-seen");
    let mut other_signature = token;
    other_signature.signature = malleated(&other_signature.signature);
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

/// The other signature of the same message: r and n − s (SEC 1 section 4.1.3).
fn malleated(signature: &[u8]) -> Vec<u8> {
    let signature = p256::ecdsa::Signature::from_slice(signature).expect("made here");
    let (r, s) = signature.split_scalars();
    let other = p256::ecdsa::Signature::from_scalars(r, -s).expect("neither is 0");
    other.to_bytes().to_vec()
}
