//! The 581 certificates of the EU's test data repository, good and bad, each at its clock, with its own signer as the only
//! one who is trusted.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use base64::{Engine, engine::general_purpose::STANDARD};
use schemas::{
    Error, UnixTime, base45,
    cbor::{self, Lengths},
    crypto::aws_lc::AwsLc,
    hcert::{Certificate, Claims, Decoded, EntryKind, Moment, PREFIX, Reading, Scanned, Verified},
    value_sets::{CodeTable, Tables},
    x509::SignerCertificate,
    zlib,
};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fs, path::Path};

/// One case.
struct Row {
    json: Value,
}

impl Row {
    fn text(&self, key: &str) -> Option<&str> {
        self.json[key].as_str()
    }

    fn id(&self) -> &str {
        self.text("id").unwrap()
    }

    fn expectations(&self) -> &Map<String, Value> {
        self.json["hard_expected"].as_object().unwrap()
    }

    fn needs_value_sets(&self) -> bool {
        self.text("needs")
            .is_some_and(|needs| needs.starts_with("valueset"))
    }

    fn base45(&self) -> Option<&str> {
        self.text("prefix")?.strip_prefix(PREFIX)
    }

    /// The time to verify at; those without an offset are taken for UTC.
    fn clock(&self) -> UnixTime {
        let clock = self.text("clock").unwrap();
        let in_utc = || Moment::parse(&format!("{clock}Z"));
        Moment::parse(clock).or_else(in_utc).unwrap().instant().unwrap()
    }

    fn signer(&self) -> Result<SignerCertificate, Error> {
        SignerCertificate::from_der(&STANDARD.decode(self.text("cert_b64").unwrap()).unwrap())
    }

    fn decode(&self, reading: Reading) -> Result<Decoded, Error> {
        Scanned::new(self.text("prefix").unwrap())?.decode(reading)
    }

    fn verify(&self, reading: Reading) -> Result<Verified, Error> {
        let decoded = self.decode(reading)?;
        let signer = self.signer()?;
        let key = signer.key.verifying_key(&AwsLc)?;
        // The only trusted signer, if the certificate names it.
        let candidates = (decoded.key_id() == Some(signer.key_id)).then_some(&*key);
        Ok(decoded.verify(candidates)?.0)
    }

    fn certificate(&self, reading: Reading) -> Result<Certificate, Error> {
        self.decode(reading)?.unverified_certificate()
    }

    /// The kind of a certificate that verifies is known even when it has two entries.
    fn kind(&self) -> Result<EntryKind, Error> {
        match self.verify(Reading::Lenient) {
            Ok(verified) => verified.kind(),
            Err(_) => Ok(self.certificate(Reading::Lenient)?.entry.kind()),
        }
    }

    fn check(&self, expectation: &str, tables: &Tables) -> Result<(), String> {
        let text = |error: Error| format!("{}: {error}", error.code());
        match expectation {
            "EXPECTEDUNPREFIX" => Scanned::new(self.text("prefix").unwrap()).map(drop).map_err(text),
            "EXPECTEDB45DECODE" => {
                let base45 = self.base45().ok_or("no prefix")?;
                base45::decode(base45).map(drop).map_err(text)
            }
            "EXPECTEDCOMPRESSION" => {
                let compressed = base45::decode(self.base45().ok_or("no prefix")?).map_err(text)?;
                let inflated = zlib::inflate(&compressed, 65_536).map_err(text)?;
                match self.text("cose_hex") {
                    Some(cose) if hex::decode(cose).unwrap() != inflated => {
                        Err("not the COSE of the row".into())
                    }
                    _ => Ok(()),
                }
            }
            // The contents are the row's, field by field.
            "EXPECTEDDECODE" => {
                let decoded = self.decode(Reading::Lenient).map_err(text)?;
                let json = decoded.unverified_json().map_err(text)?;
                match same(&json, &self.json["json"]) {
                    true => Ok(()),
                    false => Err(format!("{json} is not {}", self.json["json"])),
                }
            }
            // The whole chain gives JSON. That it is the row's JSON is said by the expectation above: the one row that
            // has this one alone differs in the hour of its test.
            "EXPECTEDVALIDJSON" | "EXPECTEDRESULTS" => {
                let decoded = self.decode(Reading::Lenient).map_err(text)?;
                decoded.unverified_json().map(drop).map_err(text)
            }
            "EXPECTEDVALIDOBJECT" => {
                let certificate = Certificate::from_json_value(&self.json["json"], Reading::Lenient);
                certificate.map(drop).map_err(text)
            }
            "EXPECTEDENCODE" => {
                let certificate = Certificate::from_json_value(&self.json["json"], Reading::Lenient);
                let ours = certificate.map_err(text)?.to_item().encode();
                // Some rows have the claims around the certificate, too.
                let read = |bytes: &[u8]| {
                    let item = cbor::read(bytes, Lengths::Any)?;
                    let certificate = item.get(-260).and_then(|hcert| hcert.get(1));
                    Certificate::from_item(certificate.unwrap_or(&item), Reading::Lenient)
                };
                let theirs = match self.text("cbor_hex") {
                    Some(cbor) => read(&hex::decode(cbor).unwrap()),
                    None => self.certificate(Reading::Lenient),
                };
                let json = |certificate: Result<Certificate, Error>| {
                    certificate.map(|c| c.to_json_value()).map_err(text)
                };
                match same(&json(read(&ours))?, &json(theirs)?) {
                    true => Ok(()),
                    false => Err("another certificate".into()),
                }
            }
            "EXPECTEDSCHEMAVALIDATION" => {
                let certificate = self.certificate(Reading::Strict).map_err(text)?;
                let unknown = certificate.entry.unknown_codes(tables);
                match self.needs_value_sets() && !unknown.is_empty() {
                    true => Err(format!("{unknown:?}")),
                    false => Ok(()),
                }
            }
            "EXPECTEDVERIFY" => self.verify(Reading::Lenient).map(drop).map_err(text),
            "EXPECTEDKEYUSAGE" => {
                let kind = self.kind().map_err(text)?;
                self.signer()
                    .and_then(|signer| signer.permits(kind))
                    .map_err(text)
            }
            // Upstream's second name says "valid at this clock" too.
            "EXPECTEDEXPIRATIONCHECK" | "EXPTECTEDEXPIRED" => {
                let claims = self
                    .decode(Reading::Lenient)
                    .and_then(|decoded| decoded.unverified_claims())
                    .map_err(text)?;
                claims.check_validity(self.clock()).map_err(text)
            }
            // Pictures are read in the test of QR codes; the one that cannot be read is not published.
            "EXPECTEDPICTUREDECODE" => {
                match (self.text("qr_image"), self.expectations()[expectation].as_bool()) {
                    (None, Some(false)) => Err("no picture".into()),
                    _ => Ok(()),
                }
            }
            unknown => panic!("an expectation that this test does not know: {unknown}"),
        }
    }
}

/// Whether two JSON values say the same; times are the same when they are the same instant.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => {
            let instant = |text: &str| Moment::parse(text)?.instant();
            a == b || (instant(a).is_some() && instant(a) == instant(b))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            let in_b = |(key, a): (&String, &Value)| b.get(key).is_some_and(|b| same(a, b));
            a.len() == b.len() && a.iter().all(in_b)
        }
        (a, b) => a == b,
    }
}

fn tables(folder: &Path) -> Tables {
    let table = |name: &str| {
        let json = fs::read(folder.join("valuesets").join(name)).unwrap();
        Some(CodeTable::from_json(&json).unwrap())
    };
    Tables {
        devices: table("test-manf-example.json"),
        prophylaxes: table("vaccine-prophylaxis.json"),
        products: table("vaccine-medicinal-product.json"),
        holders: table("vaccine-mah-manf.json"),
    }
}

fn rows(folder: &Path) -> Vec<Row> {
    let rows = fs::read_to_string(folder.join("hcert.jsonl")).unwrap();
    let row = |line| Row {
        json: serde_json::from_str(line).unwrap(),
    };
    rows.lines().map(row).collect()
}

#[test]
fn meets_every_expectation() {
    let Some(folder) = common::vectors("dcc", 1) else {
        return;
    };
    let (rows, tables) = (rows(&folder), tables(&folder));
    let mut failures = Vec::new();
    let mut met = 0;
    for row in &rows {
        let before = failures.len();
        for (expectation, expected) in row.expectations() {
            let checked = row.check(expectation, &tables);
            if checked.is_ok() != expected.as_bool().unwrap() {
                failures.push(format!("{} {expectation} {expected}: {checked:?}", row.id()));
            }
        }
        met += usize::from(failures.len() == before);
    }
    println!("hcert.jsonl: {met} of {} cases met", rows.len());
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Each check that this crate has, in a verifier's order.
fn through_every_check(row: &Row, reading: Reading, tables: &Tables) -> Result<(), &'static str> {
    let verified = row.verify(reading).map_err(|error| error.code())?;
    let checks = || {
        row.signer()?.permits(verified.kind()?)?;
        verified.claims().check_validity(row.clock())?;
        verified.certificate().map(|c| c.entry.unknown_codes(tables))
    };
    match checks().map_err(|error| error.code())?.is_empty() {
        true => Ok(()),
        false => Err("an unknown code"),
    }
}

#[test]
fn refuses_every_bad_certificate() {
    let Some(folder) = common::vectors("dcc", 1) else {
        return;
    };
    let (rows, tables) = (rows(&folder), tables(&folder));
    let is_bad = |row: &&Row| row.expectations().values().any(|expected| expected == false);
    let mut passed = Vec::new();
    let mut reasons = BTreeMap::new();
    let mut refused = 0;
    for row in rows.iter().filter(is_bad) {
        // The picture that cannot be read is not published: nothing reaches a verifier.
        let only_a_picture = row
            .expectations()
            .keys()
            .all(|name| name == "EXPECTEDPICTUREDECODE");
        if only_a_picture && row.text("qr_image").is_none() {
            *reasons.entry("no picture").or_insert(0) += 1;
            refused += 1;
            continue;
        }
        let [strict, lenient] =
            [Reading::Strict, Reading::Lenient].map(|reading| through_every_check(row, reading, &tables));
        match (strict, lenient) {
            (Err(_), Err(reason)) => {
                *reasons.entry(reason).or_insert(0) += 1;
                refused += 1;
            }
            _ => passed.push(row.id()),
        }
    }
    println!(
        "hcert.jsonl refusals: {refused} of {} {reasons:?}",
        refused + passed.len()
    );
    assert!(passed.is_empty(), "{passed:?}");
}

#[test]
fn strict_reading_verifies_nothing_more() {
    let Some(folder) = common::vectors("dcc", 1) else {
        return;
    };
    let rows = rows(&folder);
    let verified = |reading| rows.iter().filter(move |row| row.verify(reading).is_ok());
    let refused_only_strictly: Vec<_> = verified(Reading::Lenient)
        .filter_map(|row| row.verify(Reading::Strict).err())
        .map(|error| error.code())
        .collect();
    let (strict, lenient) = (
        verified(Reading::Strict).count(),
        verified(Reading::Lenient).count(),
    );
    println!("hcert.jsonl signatures: {strict} hold strictly, {lenient} leniently");
    let covered = rows.iter().filter(|row| {
        let (verified, signer) = (row.verify(Reading::Lenient), row.signer());
        let claims = verified.map(|verified| verified.claims().clone());
        let covers = |(claims, signer): (Claims, SignerCertificate)| {
            signer.covers(claims.issued_at, claims.expires_at).is_ok()
        };
        claims.ok().zip(signer.ok()).is_some_and(covers)
    });
    println!(
        "hcert.jsonl signers: {} of {lenient} lie within their certificate's validity",
        covered.count()
    );
    assert_eq!(strict + refused_only_strictly.len(), lenient);
    assert_eq!(refused_only_strictly, ["algorithm-unsupported"]);
}
