//! Import of trust lists in every form. The certificates in `trust/` were made for these tests with OpenSSL.

mod common;

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use schemas::{
    crypto::{Crypto, SigningKey as _, aws_lc},
    hcert::{Reading, Scanned},
    key_id::KeyId,
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use verifier::{
    CountryCode, Error,
    trust::{Imported, LeftOut, MAX_CERTIFICATES, MAX_FILE, Publisher, TrustList},
};

const SIGNER: &str = include_str!("trust/signer.pem");
const OTHER_CURVE: &str = include_str!("trust/other-curve.pem");
const NO_COUNTRY: &str = include_str!("trust/no-country.pem");

/// The body of a PEM certificate, which is its DER in base64.
fn base64_of(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("---")).collect()
}

fn der_of(pem: &str) -> Vec<u8> {
    STANDARD.decode(base64_of(pem)).expect("base64 in PEM")
}

fn import(file: &[u8]) -> Result<Imported, Error> {
    TrustList::import(file, Publisher::NotChecked, &aws_lc::AwsLc)
}

fn imported(file: &[u8]) -> Imported {
    import(file).expect("a trust list")
}

fn code(file: &[u8]) -> &'static str {
    import(file).map_or_else(|error| error.code(), |_| "imported")
}

#[test]
fn every_form_says_the_same() {
    let (der, text) = (der_of(SIGNER), base64_of(SIGNER));
    let published = json!({
        "certificateType": "DSC", "country": "SE", "kid": STANDARD.encode(KeyId::of_certificate(&der).0),
        "rawData": text, "signature": "…", "thumbprint": "…", "timestamp": "2021-05-12T21:48:50.583Z",
    });
    let signed = format!(
        "{}\n{}",
        STANDARD.encode([7; 64]),
        json!({ "certificates": [published] })
    );
    for file in [
        json!({ "certificates": [{ "certificate": text }] })
            .to_string()
            .into_bytes(),
        json!({ "certificates": [published] }).to_string().into_bytes(),
        json!([published]).to_string().into_bytes(),
        signed.into_bytes(),
        SIGNER.into(),
        format!("subject=C = SE\n{SIGNER}{SIGNER}").into_bytes(),
        SIGNER.replace('\n', "\r\n").into_bytes(),
        der.clone(),
        [der.clone(), der.clone()].concat(),
    ] {
        let Imported { list, left_out } = imported(&file);
        assert_eq!((list.len(), left_out), (1, vec![]));
        let [signer] = list.candidates(KeyId::of_certificate(&der)) else {
            panic!("one candidate");
        };
        assert_eq!(signer.country(), CountryCode::parse("SE"));
        assert_eq!(signer.certificate().key_id, KeyId::of_certificate(&der));
    }
    assert!(imported(b"[]").list.is_empty());
}

#[test]
fn the_list_says_country_and_key_identifier() {
    let alias = KeyId([1; 8]);
    let entry = json!({
        "certificate": base64_of(NO_COUNTRY), "country": "FI", "kid": STANDARD.encode(alias.0),
    });
    let mut list = imported(json!({ "certificates": [entry] }).to_string().as_bytes()).list;
    let by_hash = KeyId::of_certificate(&der_of(NO_COUNTRY));
    for key_id in [alias, by_hash] {
        assert_eq!(list.candidates(key_id).len(), 1);
        assert_eq!(list.candidates(key_id)[0].country(), CountryCode::parse("FI"));
    }
    assert_eq!(list.len(), 1);
    let silent = imported(NO_COUNTRY.as_bytes()).list;
    assert_eq!(silent.candidates(by_hash)[0].country(), None);
    // Another certificate under the same identifier is another candidate.
    let entry = json!({ "certificate": base64_of(SIGNER), "kid": STANDARD.encode(alias.0) });
    let other = imported(json!([entry]).to_string().as_bytes()).list;
    list.extend(&other);
    list.extend(&other);
    assert_eq!((list.candidates(alias).len(), list.len()), (2, 2));
    assert!(list.candidates(KeyId([2; 8])).is_empty());
}

#[test]
fn what_cannot_be_used_is_left_out_and_reported() {
    let file = json!([
        { "certificate": base64_of(OTHER_CURVE), "country": "SE" },
        { "certificate": base64_of(SIGNER), "certificateType": "CSCA" },
        { "certificate": "AAAA" },
        { "certificate": "not base64" },
        { "certificate": base64_of(SIGNER), "kid": "not base64" },
    ]);
    let Imported { list, left_out } = imported(file.to_string().as_bytes());
    assert_eq!(list.len(), 1);
    let codes: Vec<(usize, &str)> = left_out
        .iter()
        .map(|LeftOut { index, reason }| (*index, reason.code()))
        .collect();
    assert_eq!(
        codes,
        [
            (0, "algorithm-unsupported"),
            (1, "not-a-signer"),
            (2, "x509-malformed"),
            (3, "trust-list-malformed"),
        ]
    );
}

#[test]
fn the_publishers_signature_is_checked_when_asked_for() {
    let publisher = aws_lc::SigningKey::generate().unwrap();
    let key = aws_lc::AwsLc.es256(&publisher.public()).unwrap();
    let list = json!({ "certificates": [{ "rawData": base64_of(SIGNER) }] }).to_string();
    let signature = STANDARD.encode(publisher.sign(list.as_bytes()).unwrap().0);
    let import = |file: &str| {
        TrustList::import(file.as_bytes(), Publisher::Key(&*key), &aws_lc::AwsLc)
            .map_or_else(|error| error.code(), |_| "imported")
    };
    assert_eq!(import(&format!("{signature}\n{list}")), "imported");
    assert_eq!(import(&format!("{signature}\n{list} ")), "signature-invalid");
    assert_eq!(import(&format!("AAAA\n{list}")), "signature-invalid");
    for unsigned in [list.as_str(), SIGNER, "\n[]", &format!("\n{list}")] {
        assert_eq!(import(unsigned), "trust-list-unsigned");
    }
}

#[test]
fn refuses_files_that_are_no_lists() {
    let der = der_of(SIGNER);
    for file in [
        b"" as &[u8],
        b"{}",
        b"[1]",
        b"[[]]",
        b"[] []",
        b"{\"certificates\": {}}",
        b"[{\"country\": \"SE\"}]",
        b"certificates",
        b"-----BEGIN CERTIFICATE-----\nAAAA",
        b"\xff",
        b"\x30",
        b"\x30\x80\x00\x00",
        b"\x30\x84\x00\x00\x00\x00",
        &der[..der.len() - 1],
        &[der.as_slice(), b"\n"].concat(),
    ] {
        assert_eq!(
            code(file),
            "trust-list-malformed",
            "{:?}",
            String::from_utf8_lossy(&file[..file.len().min(40)])
        );
    }
    assert_eq!(code(&vec![b' '; MAX_FILE + 1]), "too-long");
    assert_eq!(code(&b"0\0".repeat(MAX_CERTIFICATES + 1)), "too-long");
}

#[test]
fn our_form_is_as_the_schema_says() {
    let schema = common::schema("trust-list");
    let complete = json!({ "certificates": [
        { "certificate": base64_of(SIGNER) },
        { "certificate": base64_of(NO_COUNTRY), "country": "FI", "kid": STANDARD.encode([1; 8]) },
    ] });
    assert!(schema.is_valid(&complete));
    assert_eq!(imported(complete.to_string().as_bytes()).list.len(), 2);
    for wrong in [
        json!([]),
        json!({}),
        json!({ "certificates": [{ "rawData": "AAAA" }] }),
    ] {
        assert!(!schema.is_valid(&wrong));
    }
}

/// All certificates of the public vectors in one list, and every credential that one of them signed.
#[test]
fn finds_the_signers_of_the_public_certificates() {
    let Some(vectors) = common::vectors() else {
        println!("left out: 581 vector tests (no ../shared/vectors)");
        return;
    };
    let lines = std::fs::read_to_string(vectors.join("dcc/hcert.jsonl")).unwrap();
    let rows: Vec<Json> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let certificates: BTreeMap<&str, Json> = rows
        .iter()
        .filter_map(|row| row["cert_b64"].as_str())
        .map(|text| (text, json!({ "certificateType": "DSC", "rawData": text })))
        .collect();
    let file = json!({ "certificates": certificates.values().collect::<Vec<_>>() });
    let Imported { list, left_out } = imported(file.to_string().as_bytes());
    // One is of a curve that EU certificates do not use, and signs none that is to be accepted.
    let reasons: Vec<&str> = left_out.iter().map(|left_out| left_out.reason.code()).collect();
    assert_eq!(reasons, ["algorithm-unsupported"]);
    assert_eq!(list.len(), certificates.len() - 1);

    let (mut signed, mut found) = (0, 0);
    for row in rows
        .iter()
        .filter(|row| row["hard_expected"]["EXPECTEDVERIFY"] == json!(true))
    {
        signed += 1;
        let decoded = Scanned::new(row["prefix"].as_str().unwrap())
            .and_then(|scanned| scanned.decode(Reading::Lenient));
        let Ok(decoded) = decoded else { continue };
        let Some(key_id) = decoded.key_id() else { continue };
        let candidates = list.candidates(key_id);
        let keys = candidates.iter().map(|signer| &**signer.key());
        found += usize::from(decoded.verify(keys).is_ok());
    }
    println!(
        "hcert.jsonl: {found} of {signed} certificates verified with a list of {} signers",
        list.len()
    );
    assert_eq!(found, signed);
}

proptest! {
    #[test]
    fn any_file_is_read_or_refused(file: Vec<u8>, first in "[\\x00-\\x7f]{0,4}", der in prop::bool::ANY) {
        let _ = import(&file);
        let _ = import(&[first.as_bytes(), &file].concat());
        if der {
            let _ = import(&[&[0x30, 0x82], file.as_slice()].concat());
        }
    }

    #[test]
    fn any_json_is_read_or_refused(text in "[\\[\\]{}\":,a-zA-Z0-9 ]{0,80}") {
        let _ = import(text.as_bytes());
    }
}
