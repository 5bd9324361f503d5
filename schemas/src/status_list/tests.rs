//! Tokens made, signed, read and refused.

use super::*;
use crate::{
    Error, KeyId, UnixTime,
    cbor::{Item, Lengths},
    cose::{self, Sign1},
    crypto::{
        Crypto, SigningKey as _, VerifyingKey,
        aws_lc::{AwsLc, SigningKey},
    },
    jws,
};
use coset::{Header, HeaderBuilder, iana::Algorithm};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());
const URI: &str = "https://issuer.example/status/1";
const NOW: UnixTime = UnixTime(1_700_000_000);

fn verifying() -> Box<dyn VerifyingKey> {
    AwsLc.es256(&KEY.public()).unwrap()
}

fn claims() -> Claims {
    let mut list = StatusList::new(Bits::Two, 100).unwrap();
    list.set(42, StatusType::INVALID).unwrap();
    list.set(43, StatusType::SUSPENDED).unwrap();
    Claims {
        subject: URI.to_owned(),
        issued_at: NOW,
        expires: Some(NOW.plus(3600)),
        time_to_live: Some(300),
        list,
    }
}

fn jwt(claims: &Claims) -> String {
    let request = claims.to_jwt("1").unwrap();
    let signature = KEY.sign(request.bytes()).unwrap();
    request.signed(signature)
}

fn cwt(claims: &Claims) -> Vec<u8> {
    let request = claims.to_cwt(&KeyId([1; 8])).unwrap();
    let signature = KEY.sign(&request.bytes()).unwrap();
    request.signed(signature).encode()
}

/// A JWT of any header and payload, signed.
fn jwt_of(header: Value, payload: &Value) -> String {
    let Value::Object(header) = header else {
        panic!("not an object")
    };
    let request = jws::ToBeSigned::new(header, payload.to_string().as_bytes());
    let signature = KEY.sign(request.bytes()).unwrap();
    request.signed(signature)
}

/// A CWT of any type and payload, signed.
fn cwt_of(typ: &str, payload: &Item<'_>) -> Vec<u8> {
    let typ = coset::cbor::Value::Text(typ.into());
    let protected = HeaderBuilder::new()
        .algorithm(Algorithm::ES256)
        .value(16, typ)
        .build();
    let request = cose::ToBeSigned::new(protected, Header::default(), payload.encode());
    let signature = KEY.sign(&request.bytes()).unwrap();
    request.signed(signature).encode()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reads_what_it_writes(entries in 1u64..300, bits in 0u32..4, set in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20), expires: Option<u32>, ttl in prop::option::of(1u32..)) {
        let bits = Bits::from_number(1 << bits).unwrap();
        let mut list = StatusList::new(bits, entries).unwrap();
        for (index, status) in set {
            let index = index.index(usize::try_from(entries).unwrap()) as u64;
            list.set(index, StatusType(status & u8::MAX >> (8 - bits.number()))).unwrap();
        }
        let claims = Claims {
            list,
            expires: expires.map(|seconds| UnixTime(seconds.into())),
            time_to_live: ttl.map(u64::from),
            ..claims()
        };
        let from_jwt = StatusListToken::verify_jwt(&jwt(&claims), &*verifying()).unwrap();
        let from_cwt = StatusListToken::verify_cwt(&cwt(&claims), &*verifying()).unwrap();
        prop_assert_eq!(from_jwt.claims(), &claims);
        prop_assert_eq!(from_cwt.claims(), &claims);
    }

    #[test]
    fn damaged_tokens_are_refused(position: prop::sample::Index, change in 1u8..128) {
        let mut token = jwt(&claims()).into_bytes();
        *position.get_mut(&mut token) ^= change;
        if let Ok(token) = String::from_utf8(token) {
            prop_assert!(StatusListToken::verify_jwt(&token, &*verifying()).is_err());
        }
        let good = cwt(&claims());
        let mut token = good.clone();
        *position.get_mut(&mut token) ^= change;
        // Nothing but the outer tag, which is not signed, can change.
        if let Ok(read) = StatusListToken::verify_cwt(&token, &*verifying()) {
            prop_assert_eq!(read.claims(), &claims());
            prop_assert_eq!(&token[1..], &good[1..]);
        }
    }

    #[test]
    fn anything_returns(text: String, bytes: Vec<u8>) {
        let _ = StatusListToken::verify_jwt(&text, &*verifying());
        let _ = StatusListToken::verify_cwt(&bytes, &*verifying());
    }
}

#[test]
fn a_status_needs_its_own_list_in_time() {
    let token = StatusListToken::verify_jwt(&jwt(&claims()), &*verifying()).unwrap();
    let status =
        |uri: &str, index, now| token.status(&StatusReference::new(uri.to_owned(), index).unwrap(), now);
    assert_eq!(status(URI, 41, NOW), Ok(StatusType::VALID));
    assert_eq!(status(URI, 42, NOW), Ok(StatusType::INVALID));
    assert_eq!(status(URI, 43, NOW.plus(3599)), Ok(StatusType::SUSPENDED));
    assert_eq!(status(URI, 42, NOW.plus(3600)), Err(Error::StatusListExpired));
    assert_eq!(
        status("https://issuer.example/status/2", 42, NOW),
        Err(Error::StatusListSubjectMismatch)
    );
    assert_eq!(status(URI, 99, NOW), Ok(StatusType::VALID));
    assert_eq!(
        status(URI, 100, NOW),
        Err(Error::StatusListOutOfRange { index: 100 })
    );
    let code = token
        .status(&StatusReference::new(URI.to_owned(), u64::MAX).unwrap(), NOW)
        .unwrap_err()
        .code();
    assert_eq!(code, "status-list-out-of-range");
}

#[test]
fn refuses_what_is_no_status_list_jwt() {
    let good = json!({ "sub": URI, "iat": 1, "status_list": { "bits": 1, "lst": "eNrbuRgAAhcBXQ" } });
    let header = || json!({ "typ": "statuslist+jwt" });
    let read = |token: &str| StatusListToken::verify_jwt(token, &*verifying()).map_err(|error| error.code());
    assert!(read(&jwt_of(header(), &good)).is_ok());
    for typ in ["application/statuslist+jwt", "StatusList+JWT"] {
        assert!(read(&jwt_of(json!({ "typ": typ }), &good)).is_ok());
    }
    for other in [
        json!({}),
        json!({ "typ": "JWT" }),
        json!({ "typ": "statuslist+cwt" }),
        json!({ "typ": 1 }),
    ] {
        assert_eq!(
            read(&jwt_of(other, &good)).map(drop),
            Err("status-list-malformed")
        );
    }
    let with = |name: &str, value: Value| {
        let mut payload = good.clone();
        payload[name] = value;
        payload
    };
    for payload in [
        json!([]),
        with("sub", json!(null)),
        with("sub", json!("no uri")),
        with("iat", json!("1")),
        with("iat", json!(1e300)),
        with("exp", json!([])),
        with("ttl", json!(0)),
        with("ttl", json!(-5)),
        with("status_list", json!({ "bits": 1 })),
        with("status_list", json!({ "bits": 3, "lst": "eNrbuRgAAhcBXQ" })),
        with("status_list", json!({ "bits": 1, "lst": "eNrbuRgAAhcBXQ==" })),
    ] {
        assert_eq!(
            read(&jwt_of(header(), &payload)).map(drop),
            Err("status-list-malformed"),
            "{payload}"
        );
    }
    let not_zlib = with("status_list", json!({ "bits": 1, "lst": "AAAA" }));
    assert_eq!(
        read(&jwt_of(header(), &not_zlib)).map(drop),
        Err("zlib-malformed")
    );
    let fraction = jwt_of(header(), &with("iat", json!(1.75)));
    assert_eq!(
        read(&fraction).map(|token| token.claims().issued_at),
        Ok(UnixTime(1))
    );
    let long = "a".repeat(MAX_TOKEN_BYTES + 1);
    assert_eq!(read(&long).map(drop), Err("too-long"));
}

#[test]
fn refuses_what_is_no_status_list_cwt() {
    const TYPE: &str = "application/statuslist+cwt";
    let lst = hex::decode("78dadbb918000217015d").unwrap();
    let list = |bits: i128| {
        Item::Map(vec![
            (Item::text("bits"), Item::Int(bits)),
            (Item::text("lst"), Item::bytes(&lst)),
        ])
    };
    let payload = |changes: &[(i64, Option<Item<'static>>)]| {
        let mut claims = vec![
            (2, Some(Item::text(URI))),
            (6, Some(Item::Int(1))),
            (65_533, Some(list(1))),
        ];
        for (key, value) in changes {
            claims.retain(|(known, _)| known != key);
            claims.push((*key, value.clone()));
        }
        let claims = claims
            .into_iter()
            .filter_map(|(key, value)| Some((Item::Int(key.into()), value?)));
        Item::Map(claims.collect())
    };
    let read = |token: &[u8]| StatusListToken::verify_cwt(token, &*verifying()).map_err(|error| error.code());
    let good = cwt_of(TYPE, &payload(&[]));
    assert!(read(&good).is_ok());
    let untagged = Sign1::decode(&good, Lengths::Any).unwrap().encode_untagged();
    assert!(read(&untagged).is_ok());
    for typ in ["application/statuslist+jwt", "application/cwt", ""] {
        assert_eq!(
            read(&cwt_of(typ, &payload(&[]))).map(drop),
            Err("status-list-malformed")
        );
    }
    for changes in [
        [(2, None)],
        [(2, Some(Item::Int(1)))],
        [(6, None)],
        [(6, Some(Item::text("1")))],
        [(6, Some(Item::Float(f64::NAN)))],
        [(4, Some(Item::text("1")))],
        [(65_534, Some(Item::Int(0)))],
        [(65_534, Some(Item::text("1")))],
        [(65_533, None)],
        [(65_533, Some(Item::Int(1)))],
        [(65_533, Some(Item::Map(vec![])))],
    ] {
        assert_eq!(
            read(&cwt_of(TYPE, &payload(&changes))).map(drop),
            Err("status-list-malformed"),
            "{changes:?}"
        );
    }
    assert_eq!(read(&vec![0; MAX_TOKEN_BYTES + 1]).map(drop), Err("too-long"));
}

#[test]
fn ten_million_places_fit_a_token() {
    let mut list = StatusList::new(Bits::One, 10_000_000).unwrap();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..100_000 {
        // xorshift64*, S. Vigna 2016.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        list.set(
            (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) % 10_000_000,
            StatusType::INVALID,
        )
        .unwrap();
    }
    let claims = Claims { list, ..claims() };
    let (jwt, cwt) = (jwt(&claims), cwt(&claims));
    println!(
        "10 million places, 1 % revoked: JWT {} B, CWT {} B",
        jwt.len(),
        cwt.len()
    );
    assert!(StatusListToken::verify_jwt(&jwt, &*verifying()).is_ok());
    assert!(StatusListToken::verify_cwt(&cwt, &*verifying()).is_ok());
}
