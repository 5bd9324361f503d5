//! Trust lists: what cannot be used is left out, and says so.

use super::Case;
use crate::{
    case::{Format::TrustList, FormatExpected},
    der::{AUSTRIA, P384, Signer},
    flag::Flag,
    seed::key,
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use schemas::crypto::SigningKey;
use serde_json::{Value as Json, json};

pub(super) fn cases() -> Vec<Case> {
    [forms(), signed(), left_out()].into_iter().flatten().collect()
}

fn entry(der: &[u8]) -> Json {
    json!({ "certificate": STANDARD.encode(der) })
}

fn pem(der: &[u8]) -> String {
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode(der)
    )
}

fn forms() -> Vec<Case> {
    let der = AUSTRIA.der();
    let good =
        |name, description, document: super::Document| Case::good((TrustList, name), description, document);
    let refused = |name, description, document: super::Document| {
        Case::refused((TrustList, name), description, document, "trust-list-malformed")
    };
    let published = json!([{
        "certificateType": "DSC", "country": "AT", "kid": STANDARD.encode(AUSTRIA.key_id().0),
        "rawData": STANDARD.encode(&der), "signature": "…", "thumbprint": "…", "timestamp": "2026-10-01T00:00:00Z",
    }]);
    vec![
        good(
            "accept",
            "Our own form.",
            json!({ "certificates": [entry(&der)] }).to_string().into(),
        ),
        good(
            "accept-published",
            "A list as member states publish it.",
            published.to_string().into(),
        ),
        good("accept-pem", "PEM.", pem(&der).into()),
        good(
            "accept-der",
            "DER, two certificates one after the other.",
            [der.clone(), der.clone()].concat().into(),
        ),
        refused(
            "trust-list-malformed",
            "Text that is no list.",
            "certificates of signers".into(),
        ),
        refused(
            "trust-list-malformed-json",
            "JSON of another form.",
            json!({ "certificates": "none" }).to_string().into(),
        ),
        refused(
            "trust-list-malformed-array",
            "An entry by position.",
            json!([[STANDARD.encode(&der)]]).to_string().into(),
        ),
        refused(
            "trust-list-malformed-trailing",
            "Something after the list.",
            "[] []".into(),
        ),
        refused(
            "trust-list-malformed-pem",
            "PEM without its end.",
            pem(&der).replacen("-----END", "-----", 1).into(),
        ),
        refused(
            "trust-list-malformed-der",
            "DER that ends early.",
            der[..der.len() - 1].to_vec().into(),
        ),
    ]
}

fn signed() -> Vec<Case> {
    let (publisher, other) = (key("publisher"), key("another publisher"));
    let list = json!({ "certificates": [entry(&AUSTRIA.der())] }).to_string();
    let by = |key: &dyn SigningKey| {
        let signature = key.sign(list.as_bytes()).expect("a key in memory signs");
        format!("{}\n{list}", STANDARD.encode(signature.0))
    };
    let point = Some(URL_SAFE_NO_PAD.encode(publisher.public().as_bytes()));
    let asked = |mut case: Case| {
        case.case.publisher.clone_from(&point);
        case
    };
    let altered = by(&publisher).replacen("\"certificates\"", " \"certificates\"", 1);
    vec![
        asked(Case::good(
            (TrustList, "accept-signed"),
            "A list that its publisher signed.",
            by(&publisher),
        )),
        asked(Case::refused(
            (TrustList, "trust-list-unsigned"),
            "A list without the signature that is asked for.",
            list.clone(),
            "trust-list-unsigned",
        )),
        asked(Case::refused(
            (TrustList, "signature-invalid"),
            "A list that somebody else signed.",
            by(&other),
            "signature-invalid",
        )),
        asked(Case::refused(
            (TrustList, "signature-invalid-altered"),
            "A list with a space more than was signed.",
            altered,
            "signature-invalid",
        )),
    ]
}

fn left_out() -> Vec<Case> {
    let der = AUSTRIA.der();
    let without = |name, description, flag, entry: Json, code: &str| {
        let list = json!({ "certificates": [entry] }).to_string();
        Case::new(
            (TrustList, name),
            description,
            flag,
            list,
            FormatExpected::Taken(vec![code.into()]),
        )
    };
    let mut off_curve = vec![4; 65];
    off_curve[1..].fill(1);
    vec![
        without(
            "not-a-signer",
            "The certificate of an authority.",
            Flag::KeyUse,
            json!({ "rawData": STANDARD.encode(&der), "certificateType": "CSCA" }),
            "not-a-signer",
        ),
        without(
            "x509-malformed",
            "Bytes that are no certificate.",
            Flag::Structure,
            entry(b"no certificate"),
            "x509-malformed",
        ),
        without(
            "x509-malformed-trailing",
            "A byte follows the certificate.",
            Flag::Encoding,
            entry(&[&der[..], &[0]].concat()),
            "x509-malformed",
        ),
        without(
            "algorithm-unsupported",
            "A key on another curve.",
            Flag::Algorithm,
            entry(
                &Signer {
                    curve: P384,
                    ..AUSTRIA
                }
                .with_point(&[4; 97]),
            ),
            "algorithm-unsupported",
        ),
        without(
            "key-malformed",
            "A key that is not on the curve.",
            Flag::KeyUse,
            entry(&AUSTRIA.with_point(&off_curve)),
            "key-malformed",
        ),
        without(
            "trust-list-malformed-entry",
            "A certificate that is not base64.",
            Flag::Encoding,
            json!({ "certificate": "*" }),
            "trust-list-malformed",
        ),
    ]
}
