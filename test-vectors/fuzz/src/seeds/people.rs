//! What wallets keep, what stations and wallets send, and pictures.

use super::Seeds;
use crate::{ES256, files::join, office};
use generate::world::{NOW, World};
use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};
use issuer::Draft;
use schemas::{
    IssuerNumber,
    crypto::{P256Point, SigningKey as _},
    health::{BirthDate, Name, Outcome, Person, TestKind, TestResult},
    qr::Code,
    value_sets::Device,
};
use serde_json::json;
use wallet_core::{Issuance, KeyHandle, OrderedKey, Receipt, Vault};
use wallet_file::{Passphrase, write_export};

pub fn collect(seeds: &mut Seeds) {
    vaults(seeds);
    issuer(seeds);
    pictures(seeds);
}

fn vaults(seeds: &mut Seeds) {
    let mut vault = Vault::new();
    for text in seeds.0.get("hcert_text").cloned().unwrap_or_default() {
        if String::from_utf8(text.clone()).is_ok_and(|text| vault.import_text(&text, NOW).is_ok()) {
            seeds.add("wallet_import", text);
        }
    }
    let receipt = Receipt::new(IssuerNumber(1), "https://issuer.example", b"reference", NOW);
    let handle = KeyHandle::new(&[1; 16]).expect("a handle");
    let public = P256Point::from_sec1(&[&[2][..], &[7; 32]].concat()).expect("a point");
    let key = OrderedKey {
        handle: handle.clone(),
        public,
    };
    let mut vault = Vault::new();
    vault
        .order(receipt.expect("a receipt"), vec![key])
        .expect("an order");
    vault.keep_key(handle, vec![1; 32].into()).expect("a key");
    for text in seeds
        .0
        .get("wallet_import")
        .cloned()
        .unwrap_or_default()
        .iter()
        .take(2)
    {
        let text = core::str::from_utf8(text).expect("a text");
        vault.import_text(text, NOW).expect("as before");
    }
    seeds.add("vault", vault.encode().expect("a vault").to_vec());
    let world = World::new();
    let copy = world.copy("pcr");
    let key = OrderedKey {
        handle: KeyHandle::new(&[2; 16]).expect("a handle"),
        public: copy.holder.public(),
    };
    let receipt = Receipt::new(IssuerNumber(1), "https://issuer.example", b"another", NOW);
    let number = vault
        .order(receipt.expect("a receipt"), vec![key])
        .expect("an order");
    let issuance = Issuance {
        issuer: &ES256,
        root: &|_| None,
    };
    vault
        .accept(number, &[copy.held.encode()], &issuance, NOW)
        .expect("what was ordered");
    seeds.add("vault", vault.encode().expect("a vault").to_vec());
    seeds.add("vault_export", vault.export().expect("an export").to_vec());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("wallet.age");
    write_export(&path, &vault, &Passphrase::new("passphrase".into())).expect("a file");
    seeds.add("vault_file", std::fs::read(path).expect("a file"));
}

fn issuer(seeds: &mut Seeds) {
    let name = |text| Name::new(text).expect("a name");
    let person = Person {
        given_name: name("Erika"),
        family_name: name("Mustermann"),
        birth_date: BirthDate::new("1964-08-12").expect("a day"),
    };
    let result = TestResult {
        kind: TestKind::RapidAntigen,
        outcome: Outcome::NotDetected,
        sampled_at: NOW,
    };
    let draft = Draft::new(
        person,
        result,
        Device::from_code("1232"),
        None,
        Some("Testzentrum".into()),
        NOW,
    );
    seeds.add("draft", draft.expect("a draft").encode());
    let calls: [(u8, String); 16] = [
        (0, office::submission().to_string()),
        (1, office::submission().to_string()),
        (2, json!({ "reason": "wrong-person" }).to_string()),
        (
            3,
            json!({ "name": "Station", "role": "station", "daily_quota": 5 }).to_string(),
        ),
        (4, json!({ "entry": "AQMA", "event": "pQEH" }).to_string()),
        (5, office::TOKEN_FORM.to_owned()),
        (5, "grant_type=refresh_token&refresh_token=$REFRESH".to_owned()),
        (
            5,
            "grant_type=refresh_token&refresh_token=$REFRESH&attest_moves=true".to_owned(),
        ),
        (6, String::new()),
        (
            7,
            json!({ "credential_configuration_id": "attest-hcert" }).to_string(),
        ),
        (
            7,
            json!({ "credential_configuration_id": "attest-sd-cwt", "proofs": { "jwt": ["e30.e30."] } })
                .to_string(),
        ),
        (
            8,
            json!({ "notification_id": "$NOTIFICATION", "event": "credential_failure" }).to_string(),
        ),
        (
            10,
            "/v1/results/00000000000000000000000000000000/certificate".to_owned(),
        ),
        (10, "/status-lists/1".to_owned()),
        (9, "$CODE".to_owned()),
        (9, "$REFRESH".to_owned()),
    ];
    for (call, body) in calls {
        seeds.add("issuer_http", [&[call], body.as_bytes()].concat());
    }
    // The name stands for an object, not for a text.
    let header = json!({ "alg": "ES256", "typ": "openid4vci-proof+jwt", "jwk": "$JWK" }).to_string();
    let header = header.replace("\"$JWK\"", "$JWK");
    let payload =
        json!({ "aud": "https://issuer.example", "iat": office::NOW.0, "nonce": "$NONCE" }).to_string();
    seeds.add(
        "key_proof",
        join([(0, header.as_bytes()), (0, payload.as_bytes())]),
    );
}

fn pictures(seeds: &mut Seeds) {
    for text in ["A", "AT1:0123456789", "https://example.org/1"] {
        seeds.add("qr_text", text);
        let code = Code::new(text).expect("a code");
        let png = code.to_png(2);
        seeds.add("picture", &*png);
        seeds.add("wallet_import", &*png);
        let grey = image::load_from_memory(&png).expect("a picture").into_luma8();
        let (width, height) = grey.dimensions();
        let mut jpeg = Vec::new();
        JpegEncoder::new(&mut jpeg)
            .write_image(&grey, width, height, ExtendedColorType::L8)
            .expect("a picture");
        seeds.add("picture", jpeg);
        let width = u8::try_from(width).expect("a small code");
        seeds.add("frame", [&[width], &*grey.into_raw()].concat());
    }
}
