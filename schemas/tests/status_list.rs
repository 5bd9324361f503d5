//! The examples and test vectors of draft-ietf-oauth-status-list, revision 20.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use coset::iana::Algorithm;
use schemas::{
    UnixTime,
    cbor::{self, Lengths},
    cose::Sign1,
    crypto::{Crypto, P256Point, VerifyingKey, aws_lc::AwsLc},
    jws::Jws,
    status_list::{Bits, Claims, STATUS_CLAIM, StatusList, StatusListToken, StatusReference, StatusType},
};
use serde_json::{Value, json};

fn base64url(value: &Value) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

/// The list of a vector, from its JSON and its CBOR form, which agree.
fn list(vector: &Value) -> StatusList {
    let bits = Bits::from_number(vector["bits"].as_i64().unwrap()).unwrap();
    let from_json = StatusList::decompress(bits, &base64url(&vector["lst_b64url"])).unwrap();
    let cbor = hex(&vector["cbor_hex"]);
    let item = cbor::read(&cbor, Lengths::DefiniteOnly).unwrap();
    let entry = |key: &str| {
        item.as_map()
            .unwrap()
            .iter()
            .find(|(k, _)| k.as_text() == Some(key))
            .unwrap()
            .1
            .clone()
    };
    let bits = Bits::from_number(entry("bits").as_int().unwrap()).unwrap();
    let from_cbor = StatusList::decompress(bits, entry("lst").as_bytes().unwrap()).unwrap();
    assert_eq!(from_json, from_cbor);
    // What we write is read back; the draft does not fix the compressor's output.
    assert_eq!(
        StatusList::decompress(bits, &from_json.compress()).unwrap(),
        from_json
    );
    from_json
}

/// The payload of a JWT, or of one that is yet to be signed.
fn payload(jwt: &str) -> Value {
    let payload = BASE64_URL_SAFE_NO_PAD
        .decode(jwt.split('.').nth(1).unwrap())
        .unwrap();
    serde_json::from_slice(&payload).unwrap()
}

fn schema() -> jsonschema::Validator {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/spec/json/status-list.schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn key(jwk: &Value) -> Box<dyn VerifyingKey> {
    let sec1 = [&[4], &base64url(&jwk["x"])[..], &base64url(&jwk["y"])].concat();
    AwsLc.es256(&P256Point::from_sec1(&sec1).unwrap()).unwrap()
}

#[test]
fn all_vectors() {
    let Some(folder) = common::vectors("status-list", 9) else {
        return;
    };
    let vectors: Value =
        serde_json::from_slice(&std::fs::read(folder.join("vectors.json")).unwrap()).unwrap();
    let mut met = 0;

    for vector in vectors["short"].as_array().unwrap() {
        assert_eq!(list(vector).as_bytes(), hex(&vector["bytes"]));
        met += 1;
    }
    let mut statuses = 0;
    for vector in vectors["long"].as_array().unwrap() {
        let list = list(vector);
        let size = vector["size"].as_u64().unwrap();
        let set = vector["statuses"].as_object().unwrap();
        let default = vector["default"].as_u64().unwrap();
        assert_eq!(list.entries(), size);
        let mut ours = StatusList::new(list.bits(), size).unwrap();
        for index in 0..size {
            let expected = set
                .get(&index.to_string())
                .map_or(default, |status| status.as_u64().unwrap());
            let expected = StatusType(u8::try_from(expected).unwrap());
            assert_eq!(list.get(index), Ok(expected), "index {index}");
            ours.set(index, expected).unwrap();
        }
        assert_eq!(ours, list);
        assert_eq!(list.get(size).unwrap_err().code(), "status-list-out-of-range");
        statuses += size;
        met += 1;
    }

    let key = key(&vectors["verify_key"]);
    let jwt = vectors["status_list_jwt"].as_str().unwrap();
    let from_jwt = StatusListToken::verify_jwt(jwt, &*key).unwrap();
    assert_eq!(
        Jws::decode(jwt).unwrap().parameter("kid"),
        vectors["verify_key"]["kid"].as_str()
    );
    assert!(schema().is_valid(&payload(jwt)));
    met += 1;
    let from_cwt = StatusListToken::verify_cwt(&hex(&vectors["status_list_cwt_hex"]), &*key).unwrap();
    assert_eq!(from_cwt, from_jwt);
    let claims = from_jwt.claims();
    assert_eq!(claims.subject, "https://example.com/statuslists/1");
    assert_eq!(
        (claims.issued_at, claims.expires),
        (UnixTime(1_686_920_170), Some(UnixTime(2_291_720_170)))
    );
    assert_eq!(
        (claims.time_to_live, claims.list.bits()),
        (Some(43_200), Bits::One)
    );
    met += 1;

    // The referring token, and its status.
    let token = Sign1::decode(&hex(&vectors["referenced_token_cwt_hex"]), Lengths::DefiniteOnly).unwrap();
    assert_eq!(token.algorithm(), Some(Algorithm::ES256));
    token.verify(&*key).unwrap();
    let payload = cbor::read(token.unverified_payload().unwrap(), Lengths::DefiniteOnly).unwrap();
    let reference = StatusReference::from_item(payload.get(STATUS_CLAIM).unwrap())
        .unwrap()
        .unwrap();
    assert_eq!((reference.uri(), reference.index()), (&*claims.subject, 0));
    assert_eq!(
        from_cwt.status(&reference, UnixTime(1_700_000_000)),
        Ok(StatusType::INVALID)
    );
    assert_eq!(
        from_cwt
            .status(&reference, UnixTime(2_291_720_170))
            .unwrap_err()
            .code(),
        "status-list-expired"
    );
    met += 1;

    println!("status-list/vectors.json: {met} of 9 met, {statuses} statuses compared");
    assert_eq!(met, 9);
}

#[test]
fn the_schema_fits_what_is_written() {
    let mut claims = Claims {
        subject: "https://issuer.example/status/1".to_owned(),
        issued_at: UnixTime(1),
        expires: None,
        time_to_live: None,
        list: StatusList::new(Bits::One, 16).unwrap(),
    };
    let written = |claims: &Claims| {
        let request = claims.to_jwt("1").unwrap();
        payload(core::str::from_utf8(request.bytes()).unwrap())
    };
    let good = written(&claims);
    assert!(schema().is_valid(&good));
    claims.expires = Some(UnixTime(2));
    claims.time_to_live = Some(1);
    assert!(schema().is_valid(&written(&claims)));
    for (name, value) in [
        ("sub", json!("no uri")),
        ("iat", json!("1")),
        ("ttl", json!(0)),
        ("status_list", json!({ "bits": 3, "lst": "AA" })),
        ("status_list", json!({ "bits": 1, "lst": "AA==" })),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        assert!(!schema().is_valid(&bad), "{bad}");
    }
}
