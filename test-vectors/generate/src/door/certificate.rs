//! Certificates of registered issuers that they should not have signed, or did not.

use super::{
    Case,
    expect::{CERTIFICATE, Course, ends_before, fails, without},
};
use crate::{
    case::Expected,
    flag::Flag,
    token::{Entries, Token, int, put, remove, value},
    world::{
        EXPIRES, GOOD, NOW, World,
        credential::{compressed_text, paper_text, prove},
    },
};
use schemas::{BatchProof, Day, cbor::Item, place::PLACE_CLAIM, proof::PROOF_HEADER};
use verifier::verdict::Check;

const ALGORITHM: i64 = 1;
const KEY_ID: i64 = 4;
const EXPIRATION_TIME: i64 = 4;
const ISSUED_AT: i64 = 6;
const HCERT: i64 = -260;

struct Bench<'w> {
    world: &'w World,
}

impl Bench<'_> {
    /// A certificate after a change, which its issuer then signs.
    fn signed(&self, change: impl FnOnce(&mut Token)) -> String {
        let mut paper = self.world.paper("pcr");
        change(&mut paper);
        paper.sign(&self.world.keys[GOOD]);
        paper_text(&paper)
    }

    fn claimed(&self, change: impl FnOnce(&mut Entries)) -> String {
        self.signed(|paper| paper.change_claims(change))
    }

    /// After a change of the test entry.
    fn tested(&self, change: impl FnOnce(&mut Entries)) -> String {
        self.claimed(|claims| change(test_of(claims)))
    }

    /// After a change that nobody signs.
    fn altered(&self, change: impl FnOnce(&mut Token)) -> String {
        let mut paper = self.world.paper("pcr");
        change(&mut paper);
        paper_text(&paper)
    }
}

/// The certificate within the claims.
fn certificate_of(claims: &mut Entries) -> &mut Entries {
    let Item::Map(hcert) = value(claims, HCERT) else {
        unreachable!("a map")
    };
    let Item::Map(certificate) = value(hcert, 1) else {
        unreachable!("a map")
    };
    certificate
}

/// Its test entry.
fn test_of(claims: &mut Entries) -> &mut Entries {
    let Item::Array(tests) = named(certificate_of(claims), "t") else {
        unreachable!("an array")
    };
    let Item::Map(test) = &mut tests[0] else {
        unreachable!("a map")
    };
    test
}

fn named<'e>(entries: &'e mut Entries, key: &str) -> &'e mut Item<'static> {
    let found = entries.iter_mut().find(|(other, _)| other.as_text() == Some(key));
    &mut found.expect("the field is there").1
}

fn case(name: &'static str, description: &str, flag: Flag, text: String, expect: Expected) -> Case {
    Case::new(name, description, &[flag], text, expect)
}

pub(super) fn cases(world: &World) -> Vec<Case> {
    let bench = Bench { world };
    [
        structure(&bench),
        signer(&bench),
        contents(&bench),
        places(&bench),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const COURSE: Course = CERTIFICATE;

fn structure(bench: &Bench<'_>) -> Vec<Case> {
    let decoding = |code: &str| fails(COURSE, Check::Decoding, code);
    let paper = bench.world.paper("pcr");
    vec![
        case(
            "cose-malformed",
            "A COSE_Sign1 of three parts.",
            Flag::Structure,
            {
                let Item::Tag(18, inner) = paper.to_item() else {
                    unreachable!("a token has a tag")
                };
                let Item::Array(mut parts) = *inner else {
                    unreachable!("an array")
                };
                parts.pop();
                compressed_text(&Item::Tag(18, Box::new(Item::Array(parts))).encode())
            },
            decoding("cose-malformed"),
        ),
        case(
            "cose-malformed-tag",
            "A COSE_Mac0: the tag is 17.",
            Flag::Algorithm,
            {
                let Item::Tag(18, inner) = paper.to_item() else {
                    unreachable!("a token has a tag")
                };
                compressed_text(&Item::Tag(17, inner).encode())
            },
            decoding("cose-malformed"),
        ),
        case(
            "cose-malformed-critical",
            "A critical header, which must be understood.",
            Flag::Structure,
            bench.signed(|paper| {
                paper.change_protected(|header| put(header, 2, Item::Array(vec![int(-70_000)])));
            }),
            decoding("cose-malformed"),
        ),
        case(
            "algorithm-unsupported",
            "The protected header says EdDSA.",
            Flag::Algorithm,
            bench.signed(|paper| paper.change_protected(|header| put(header, ALGORITHM, int(-8)))),
            decoding("algorithm-unsupported"),
        ),
        case(
            "algorithm-unsupported-unprotected",
            "The algorithm stands in the unprotected header alone, where anybody could change it.",
            Flag::Algorithm,
            bench.signed(|paper| {
                paper.change_protected(|header| remove(header, ALGORITHM));
                paper.unprotected.push((int(ALGORITHM), int(-7)));
            }),
            decoding("algorithm-unsupported"),
        ),
        case(
            "algorithm-unsupported-key",
            "The protected header says PS256, and the key is for ES256.",
            Flag::Algorithm,
            bench.signed(|paper| paper.change_protected(|header| put(header, ALGORITHM, int(-37)))),
            fails(COURSE, Check::Signature, "algorithm-unsupported"),
        ),
    ]
}

fn signer(bench: &Bench<'_>) -> Vec<Case> {
    let world = bench.world;
    // Nobody is known to have signed, and a view that is good enough says so.
    let issuer = |code: &str| without(fails(COURSE, Check::Issuer, code), &[Check::Signature]);
    let signature = |code: &str| fails(COURSE, Check::Signature, code);
    vec![
        case(
            "key-unknown-paper",
            "Signed by a key that the registrar never listed.",
            Flag::Signature,
            paper_text(&world.paper("by-nobody")),
            issuer("key-unknown"),
        ),
        case(
            "key-unknown-identifier",
            "A key identifier of 7 bytes.",
            Flag::Structure,
            bench.signed(|paper| {
                paper.change_protected(|header| put(header, KEY_ID, Item::Bytes(vec![1; 7].into())));
            }),
            without(issuer("key-unknown"), &[Check::Clock, Check::View]),
        ),
        case(
            "issuer-frozen-contested-paper",
            "The registrar tells two stories of the issuer's keys.",
            Flag::TwoStories,
            paper_text(&world.paper("contested")),
            without(issuer("issuer-frozen"), &[Check::Clock, Check::View]),
        ),
        case(
            "signature-invalid-paper",
            "A bit of the signature is another.",
            Flag::Signature,
            bench.altered(|paper| paper.signature[40] ^= 1),
            signature("signature-invalid"),
        ),
        case(
            "signature-invalid-paper-zero",
            "r and s are 0 (CVE-2022-21449).",
            Flag::Signature,
            bench.altered(|paper| paper.signature = vec![0; 64]),
            signature("signature-invalid"),
        ),
        case(
            "signature-invalid-paper-length",
            "A signature with a byte after it.",
            Flag::Signature,
            bench.altered(|paper| paper.signature.push(0)),
            signature("signature-invalid"),
        ),
        case(
            "signature-invalid-paper-result",
            "Somebody made a positive result a negative one.",
            Flag::Signature,
            {
                let mut paper = world.paper("detected");
                paper.change_claims(|claims| *named(test_of(claims), "tr") = Item::text("260415000"));
                paper_text(&paper)
            },
            signature("signature-invalid"),
        ),
        case(
            "signature-invalid-paper-another-key-s",
            "The identifier of a registered key over the signature of another.",
            Flag::Signature,
            {
                let mut paper = world.paper("pcr");
                paper.sign(&crate::seed::key("nobody's"));
                paper_text(&paper)
            },
            signature("signature-invalid"),
        ),
    ]
}

fn contents(bench: &Bench<'_>) -> Vec<Case> {
    let world = bench.world;
    // Nobody has signed a claim that cannot be read.
    let decoding = |code: &str| ends_before(COURSE, Check::Signature, Check::Decoding, code);
    // After the dates, the content is looked at before the ledger is.
    let read = |code: &str| ends_before(COURSE, Check::Anchor, Check::Decoding, code);
    let test = |code: &str| ends_before(COURSE, Check::Anchor, Check::Test, code);
    let validity = |code: &str| fails(COURSE, Check::Validity, code);
    vec![
        case(
            "hcert-malformed-claims",
            "No time of expiry.",
            Flag::Time,
            bench.claimed(|claims| remove(claims, EXPIRATION_TIME)),
            decoding("hcert-malformed"),
        ),
        case(
            "hcert-malformed-without-certificate",
            "A CWT without a health certificate.",
            Flag::Structure,
            bench.claimed(|claims| remove(claims, HCERT)),
            decoding("hcert-malformed"),
        ),
        case(
            "place-malformed-paper",
            "A place with slot 256.",
            Flag::Anchor,
            bench.claimed(|claims| put(claims, PLACE_CLAIM, Item::Array(vec![int(1), int(1), int(256)]))),
            decoding("place-malformed"),
        ),
        case(
            "cbor-malformed-payload",
            "A payload that is no CBOR, signed.",
            Flag::Encoding,
            bench.signed(|paper| {
                paper.payload.pop();
            }),
            decoding("cbor-malformed"),
        ),
        case(
            "hcert-malformed",
            "Two test entries: readers could differ in which one counts.",
            Flag::Structure,
            bench.claimed(|claims| {
                let Item::Array(tests) = named(certificate_of(claims), "t") else {
                    unreachable!("an array")
                };
                tests.push(tests[0].clone());
            }),
            read("hcert-malformed"),
        ),
        case(
            "hcert-malformed-name",
            "A standardised name in lower case.",
            Flag::Structure,
            bench.claimed(|claims| {
                let Item::Map(name) = named(certificate_of(claims), "nam") else {
                    unreachable!("a map")
                };
                *named(name, "fnt") = Item::text("Mustermann");
            }),
            read("hcert-malformed"),
        ),
        case(
            "proof-malformed-paper",
            "A proof of 255 bytes.",
            Flag::Structure,
            bench.altered(|paper| {
                put(
                    &mut paper.unprotected,
                    PROOF_HEADER,
                    Item::Bytes(vec![0; 255].into()),
                );
            }),
            read("proof-malformed"),
        ),
        case(
            "result-unknown-outcome",
            "An outcome that is in no value set.",
            Flag::Outcome,
            bench.tested(|test| *named(test, "tr") = Item::text("419984006")),
            test("result-unknown"),
        ),
        case(
            "result-unknown-disease",
            "A test for another disease.",
            Flag::Outcome,
            bench.tested(|test| *named(test, "tg") = Item::text("6142004")),
            test("result-unknown"),
        ),
        case(
            "result-unknown-kind",
            "A kind of test that is in no value set.",
            Flag::Outcome,
            bench.tested(|test| *named(test, "tt") = Item::text("LP0000-0")),
            test("result-unknown"),
        ),
        case(
            "test-kind-not-accepted-vaccination",
            "A registered issuer certifies a vaccination, which is no test.",
            Flag::Policy,
            bench.claimed(|claims| {
                let certificate = certificate_of(claims);
                certificate.retain(|(key, _)| key.as_text() != Some("t"));
                certificate.insert(
                    0,
                    (
                        Item::text("v"),
                        Item::Array(vec![super::foreign::vaccination(2, 2)]),
                    ),
                );
            }),
            test("test-kind-not-accepted"),
        ),
        case(
            "hcert-not-yet-valid",
            "Issued a minute from now.",
            Flag::Time,
            bench.claimed(|claims| put(claims, ISSUED_AT, int(NOW.0 + 60))),
            validity("hcert-not-yet-valid"),
        ),
        case(
            "hcert-expired",
            "It expired a second ago.",
            Flag::Time,
            bench.claimed(|claims| put(claims, EXPIRATION_TIME, int(NOW.0 - 1))),
            validity("hcert-expired"),
        ),
        case(
            "x509-validity",
            "Good for longer than its issuer's key.",
            Flag::KeyUse,
            paper_text(&world.paper("by-ending-key")),
            validity("x509-validity"),
        ),
        case(
            "x509-validity-early",
            "Issued before its issuer's key was good.",
            Flag::KeyUse,
            bench.claimed(|claims| put(claims, ISSUED_AT, int(Day(EXPIRES.0 - 60).start().0))),
            validity("x509-validity"),
        ),
    ]
}

fn places(bench: &Bench<'_>) -> Vec<Case> {
    let world = bench.world;
    let anchor = |code: &str| fails(COURSE, Check::Anchor, code);
    let proof_of = |token: &Token| {
        let mut token = token.clone();
        let proof = value(&mut token.unprotected, PROOF_HEADER)
            .as_bytes()
            .map(BatchProof::from_bytes);
        proof.and_then(Result::ok).expect("a proof of 256 bytes")
    };
    vec![
        case(
            "place-missing",
            "A certificate without a place: with the key stolen, nobody could revoke it.",
            Flag::Anchor,
            bench.claimed(|claims| remove(claims, PLACE_CLAIM)),
            anchor("place-missing"),
        ),
        case(
            "place-of-another",
            "A place of another issuer than the signer.",
            Flag::Anchor,
            bench.claimed(|claims| put(claims, PLACE_CLAIM, Item::Array(vec![int(2), int(0), int(11)]))),
            anchor("place-of-another"),
        ),
        case(
            "proof-invalid",
            "The proof of another certificate.",
            Flag::Anchor,
            {
                let mut paper = world.paper("pcr");
                prove(&mut paper, &proof_of(&world.paper("rapid")));
                paper_text(&paper)
            },
            anchor("proof-invalid"),
        ),
        case(
            "proof-invalid-bit",
            "A bit of the proof is another.",
            Flag::Anchor,
            {
                let mut paper = world.paper("pcr");
                let mut proof = proof_of(&paper);
                proof.0[7].0[31] ^= 1;
                prove(&mut paper, &proof);
                paper_text(&paper)
            },
            anchor("proof-invalid"),
        ),
        case(
            "proof-invalid-not-in-batch",
            "A good signature for a place that the batch gave to somebody else.",
            Flag::Anchor,
            bench.tested(|test| *named(test, "is") = Item::text("Somebody")),
            anchor("proof-invalid"),
        ),
    ]
}
