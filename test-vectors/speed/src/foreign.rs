//! Certificates of many other countries' signers, as those issue them: without our claims, which the peer does not read.

use crate::{
    input::{Input, Raw, parsed},
    people::person,
    world::result,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use generate::{
    der::{AUSTRIA, Signer},
    seed::bytes,
    world::NOW,
};
use schemas::{
    BatchNumber, IssuerNumber, Place, Slot,
    cbor::{self, Item, Lengths},
    cose::{Sign1, ToBeSigned},
    crypto::{Es256Signature, SigningKey as _, aws_lc::AwsLc},
    hcert::{Draft, Terms, TestDetails, Uvci, to_text},
    place::PLACE_CLAIM,
    value_sets::Device,
};
use serde_json::json;
use std::sync::Arc;
use verifier::trust::{Publisher, TrustList};

/// `cti` (RFC 8392).
const CWT_ID: i64 = 7;

const COUNTRIES: [&str; 26] = [
    "AT", "BE", "BG", "CY", "CZ", "DK", "EE", "ES", "FI", "FR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "CH",
];

/// Certificates, and who is trusted to sign them.
pub struct Foreign {
    /// The certificates.
    pub certificates: Vec<Input>,
    /// The signers, as our door has them.
    pub trust: TrustList,
    /// The same, as the peer has them.
    pub peer: dgc::TrustList,
}

impl Foreign {
    /// `signers` signers with `each` certificates each.
    pub fn new(signers: u32, each: usize) -> Self {
        let (mut certificates, mut list, mut peer) = (Vec::new(), Vec::new(), dgc::TrustList::default());
        for number in 0..signers as usize {
            let country = COUNTRIES[number % COUNTRIES.len()];
            let label = format!("{country}, {number}").leak();
            let signer = Signer {
                label,
                country: Some(country),
                ..AUSTRIA
            };
            let der = STANDARD.encode(signer.der());
            peer.add_key_from_certificate(&der)
                .expect("a certificate that it reads");
            list.push(json!({ "certificate": der, "country": country }));
            let key = Arc::new(parsed(&signer.key().public()));
            for _ in 0..each {
                let sign1 = certificate(certificates.len(), &signer, country);
                certificates.push(Input {
                    text: to_text(&sign1),
                    signatures: vec![Raw::of_issuer(&sign1, &key)],
                });
            }
        }
        let list = json!({ "certificates": list }).to_string();
        let imported = TrustList::import(list.as_bytes(), Publisher::NotChecked, &AwsLc).expect("a list");
        assert_eq!(imported.list.len(), signers as usize);
        Self {
            certificates,
            trust: imported.list,
            peer,
        }
    }
}

fn certificate(number: usize, signer: &Signer, country: &str) -> Sign1 {
    let country = issuer::draft::country(country).expect("a country");
    let details = TestDetails {
        device: Device::from_code("1232"),
        test_name: None,
        centre: Some("Testzentrum Nord".into()),
        country,
        issuer: "Gesundheitsamt Musterstadt".into(),
        id: Uvci::new(country, &bytes(&format!("foreign identifier {number}"))),
    };
    let terms = Terms {
        key_id: signer.key_id(),
        country,
        issued_at: NOW.plus(-3_600),
        expires_at: NOW.plus(2 * 86_400),
        id: [0; 16],
        place: Place {
            issuer: IssuerNumber(1),
            batch: BatchNumber(0),
            slot: Slot(0),
        },
    };
    let draft = Draft::of_test(&person(number), &result(), details).expect("it can be issued");
    let ours = draft
        .to_be_signed(&terms)
        .expect("times in order")
        .signed(Es256Signature([0; 64]));
    let payload = ours.unverified_payload().expect("it is attached");
    let Ok(Item::Map(mut claims)) = cbor::read(payload, Lengths::DefiniteOnly) else {
        unreachable!("claims are a map");
    };
    claims.retain(|(claim, _)| ![Some(CWT_ID), Some(PLACE_CLAIM)].contains(&claim.as_int()));
    let request = ToBeSigned::new(
        ours.protected().clone(),
        Default::default(),
        Item::Map(claims).encode(),
    );
    let signature = signer
        .key()
        .sign(&request.bytes())
        .expect("a key in memory signs");
    request.signed(signature)
}
