//! Certificates as we issue them, with `cti`, the place and (but for one) the batch proof inside, and the same ones
//! altered; and one of every structure that `schemas/spec/cddl` describes. The keys are public and trusted by nobody.

use base64::{Engine, engine::general_purpose::STANDARD};
use schemas::{
    BatchNumber, BatchProof, IssuerNumber, Place, Slot, UnixTime,
    cbor::{self, Item, Lengths},
    cose::{Sign1, ToBeSigned},
    crypto::{SigningKey as _, p256::SigningKey},
    hcert::{Draft, Terms, TestDetails, Uvci, to_text},
    health::{BirthDate, Name, Outcome, Person, TestKind, TestResult},
    place::PLACE_CLAIM,
    value_sets::{Country, Device},
    x509::SignerCertificate,
};

pub mod encodings;

/// 2026-11-23T08:00:00Z.
const NOW: UnixTime = UnixTime(1_795_420_800);
/// Far enough for verifiers that look at the clock.
const LIFETIME_SECONDS: i64 = 20 * 365 * 86_400;

/// `cti` (RFC 8392).
const CWT_ID: i64 = 7;

/// One text and what a verifier has to say to it.
pub struct Case {
    /// What it is.
    pub name: &'static str,
    /// The text of the QR code.
    pub text: String,
    /// Whether the signature holds.
    pub holds: bool,
}

/// The signer's certificate, DER in base64.
pub fn signer() -> String {
    let lines = include_str!("../signer.pem").lines();
    lines.filter(|line| !line.starts_with('-')).collect()
}

/// All cases.
pub fn cases() -> Vec<Case> {
    let rapid = signed(TestKind::RapidAntigen, Outcome::NotDetected);
    let laboratory = signed(TestKind::Naat, Outcome::Detected);
    let case = |name, sign1: &Sign1, holds| Case {
        name,
        text: to_text(sign1),
        holds,
    };
    let payload = rapid.unverified_payload().expect("attached").to_vec();
    vec![
        case("rapid test with proof", &with_proof(&rapid), true),
        case("laboratory test with proof", &with_proof(&laboratory), true),
        case("rapid test for travel, without proof", &rapid, true),
        case(
            "another result",
            &replaced(&rapid, b"260415000", b"260373001"),
            false,
        ),
        case("another name", &replaced(&rapid, b"ERIKA", b"ERICA"), false),
        case("another cti", &replaced(&rapid, &[1; 16], &[2; 16]), false),
        case(
            "another place",
            &replaced(&rapid, &payload[payload.len() - 3..], &[0x70, 0x18, 0xc9]),
            false,
        ),
        case(
            "another signature",
            &replaced(&rapid, rapid.signature(), &altered(rapid.signature())),
            false,
        ),
    ]
}

/// A certificate with its proof, but without the claims that foreign verifiers do not know, and the same one altered.
pub fn cases_without_our_claims() -> Vec<Case> {
    let rapid = signed(TestKind::RapidAntigen, Outcome::NotDetected);
    let payload = rapid.unverified_payload().expect("attached");
    let Ok(Item::Map(mut claims)) = cbor::read(payload, Lengths::DefiniteOnly) else {
        unreachable!("claims are a map");
    };
    claims.retain(|(key, _)| ![Some(CWT_ID), Some(PLACE_CLAIM)].contains(&key.as_int()));
    let payload = Item::Map(claims).encode();
    let plain = sign(ToBeSigned::new(
        rapid.protected().clone(),
        Default::default(),
        payload,
    ));
    let altered = replaced(&plain, b"260415000", b"260373001");
    let case = |name, sign1: &Sign1, holds| Case {
        name,
        text: to_text(sign1),
        holds,
    };
    vec![
        case("with proof, without cti and place", &with_proof(&plain), true),
        case("another result, without cti and place", &altered, false),
    ]
}

/// The cases and encodings as JSON:
/// `{"signer": base64, "cases": [{"name", "text", "holds"}], "encodings": [{"page", "rule", "base64"}]}`.
pub fn to_json() -> String {
    let cases: Vec<_> = cases()
        .iter()
        .map(|case| serde_json::json!({"name": case.name, "text": case.text, "holds": case.holds}))
        .collect();
    let encodings: Vec<_> = encodings::encodings()
        .iter()
        .map(|one| serde_json::json!({"page": one.page, "rule": one.rule, "base64": STANDARD.encode(&one.bytes)}))
        .collect();
    serde_json::json!({"signer": signer(), "cases": cases, "encodings": encodings}).to_string()
}

fn signed(kind: TestKind, outcome: Outcome) -> Sign1 {
    let person = Person {
        given_name: Name::new("Erika").expect("a name"),
        family_name: Name::new("Mustermann").expect("a name"),
        birth_date: BirthDate::new("1964-08-12").expect("a date"),
    };
    let result = TestResult {
        kind,
        outcome,
        sampled_at: NOW.plus(-1800),
    };
    let is_rapid = kind == TestKind::RapidAntigen;
    let details = TestDetails {
        device: is_rapid.then(|| Device::from_code("1232").expect("in the set")),
        test_name: (!is_rapid).then(|| "Roche LightCycler qPCR".into()),
        centre: Some("Testzentrum Rathausplatz".into()),
        country: Country::GERMANY,
        issuer: "Landeshauptstadt Musterstadt".into(),
        id: Uvci::new(Country::GERMANY, b"0123456789"),
    };
    let der = STANDARD.decode(signer()).expect("base64");
    let terms = Terms {
        key_id: SignerCertificate::from_der(&der).expect("a certificate").key_id,
        country: Country::GERMANY,
        issued_at: NOW,
        expires_at: NOW.plus(LIFETIME_SECONDS),
        id: [1; 16],
        place: Place {
            issuer: IssuerNumber(49),
            batch: BatchNumber(70_000),
            slot: Slot(200),
        },
    };
    let draft = Draft::of_test(&person, &result, details).expect("issuable");
    sign(draft.to_be_signed(&terms).expect("times in order"))
}

fn key() -> SigningKey {
    SigningKey::from_scalar(&[7; 32]).expect("a scalar")
}

fn sign(to_be_signed: ToBeSigned) -> Sign1 {
    let signature = key().sign(&to_be_signed.bytes()).expect("in memory");
    to_be_signed.signed(signature)
}

fn with_proof(sign1: &Sign1) -> Sign1 {
    let mut byte = 0u8;
    let bytes = [(); 256].map(|()| {
        byte = byte.wrapping_mul(5).wrapping_add(1);
        byte
    });
    let mut sign1 = sign1.clone();
    let proof = BatchProof::from_bytes(&bytes).expect("256 bytes");
    proof.insert_into(sign1.unprotected_mut());
    sign1
}

/// The same structure with the last place of some bytes replaced by as many others, and a proof.
fn replaced(sign1: &Sign1, from: &[u8], to: &[u8]) -> Sign1 {
    let mut bytes = sign1.encode();
    let last = bytes.windows(from.len()).rposition(|window| window == from);
    let start = last.expect("in the structure");
    bytes[start..start + to.len()].copy_from_slice(to);
    with_proof(&Sign1::decode(&bytes, Lengths::DefiniteOnly).expect("as long as before"))
}

fn altered(signature: &[u8]) -> Vec<u8> {
    let mut signature = signature.to_vec();
    signature[40] ^= 1;
    signature
}
