//! One of each of the signed formats that the test vectors do not hold.

use super::{Seeds, vectors::copy_in};
use crate::files::join;
use ::ledger::{
    batch::{BATCH_SLOTS, BatchTree},
    receipt,
};
use generate::world::World;
use schemas::{
    Commitment, Hash, KeyId, Slot, UnixTime,
    crypto::Es256Signature,
    jws::{Header, ToBeSigned},
    status_list::{Bits, Claims, StatusList, StatusReference, StatusType},
};
use serde_json::json;

const SIGNATURE: Es256Signature = Es256Signature([1; 64]);

pub fn collect(seeds: &mut Seeds) {
    let world = World::new();
    for name in ["pcr", "rapid", "detected", "revoked", "new"] {
        let copy = world.copy(name).held.encode();
        for target in ["held_copy", "wallet_accept", "sd_cwt", "cbor", "cose"] {
            seeds.add(target, &*copy);
        }
    }
    let presentations = seeds.0.get("presentation").cloned().unwrap_or_default();
    for copy in presentations
        .iter()
        .filter_map(|presentation| copy_in(presentation))
    {
        seeds.add("held_copy", &*copy);
        seeds.add("sd_cwt", copy);
    }
    status_lists(seeds);
    let tree = BatchTree::new(&[Commitment(Hash([1; 32])); BATCH_SLOTS]);
    let request = receipt::for_slot(&tree, Slot(7), "1", KeyId([1; 8]));
    seeds.add("receipt", request.signed_detached(&[1; 64]).encode());
    let header = Header::from_iter([("typ".to_owned(), json!("example+jwt"))]);
    seeds.add("jws", ToBeSigned::new(header, br#"{"a": 1}"#).signed(SIGNATURE));
    seeds.add(
        "key_request",
        parts(
            &json!({ "alg": "ES256", "typ": "attest-key-request+jwt" }),
            &json!({ "issuer": 7, "name": "Gesundheitsamt", "country": "DE",
                "point": crate::base64url(&[&[2][..], &[7; 32]].concat()) }),
        ),
    );
}

fn status_lists(seeds: &mut Seeds) {
    let mut list = StatusList::new(Bits::Two, 100).expect("a short list");
    list.set(7, StatusType::SUSPENDED).expect("in the list");
    let claims = Claims {
        subject: "https://issuer.example/status-lists/1".into(),
        issued_at: UnixTime(1_795_000_000),
        expires: Some(UnixTime(1_795_100_000)),
        time_to_live: Some(3_600),
        list,
    };
    let cwt = claims
        .to_cwt(&KeyId([1; 8]))
        .expect("a short token")
        .signed(SIGNATURE);
    seeds.add("status_list_cwt", cwt.encode());
    seeds.add("cose", cwt.encode());
    seeds.add(
        "status_list_jwt",
        parts(
            &json!({ "alg": "ES256", "typ": "statuslist+jwt", "kid": "1" }),
            &json!({ "sub": claims.subject, "iat": 1_795_000_000, "exp": 1_795_100_000, "ttl": 3_600,
                "status_list": { "bits": 2, "lst": crate::base64url(&claims.list.compress()) } }),
        ),
    );
    let reference = StatusReference::new("https://issuer.example/1".into(), 7).expect("a URI");
    seeds.add("status_reference", reference.to_item().encode());
    seeds.add("status_reference", reference.to_json().to_string());
}

/// Header and payload as the parts of an input.
fn parts(header: &serde_json::Value, payload: &serde_json::Value) -> Vec<u8> {
    let [header, payload] = [header, payload].map(ToString::to_string);
    join([(0, header.as_bytes()), (0, payload.as_bytes())])
}
