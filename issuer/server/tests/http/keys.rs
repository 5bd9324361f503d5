//! Signing keys: accredited, replaced and cut off.

use crate::world::{DAY, NOW, World, submission};
use issuer_server::LastGood;
use schemas::{BatchNumber, jwk::Jwk, key_event::CutOff};
use serde_json::json;

#[tokio::test]
async fn without_an_accredited_key_nothing_is_signed() {
    let world = World::unaccredited().await;
    let refused = (503, "issuer-not-accredited".to_owned());
    assert_eq!(
        world
            .post("station", "/v1/results", &submission(1))
            .await
            .refused(),
        refused
    );
    assert_eq!(world.get("", "/readyz").await.refused(), refused);
    assert_eq!(world.get("", "/healthz").await.status, 200);
    // The administrator asks the registrar.
    let request = world.post("admin", "/v1/keys", &json!({})).await.json();
    let answer = world.registrar.answer(request["request"].as_str().unwrap(), NOW);
    let answer = json!({ "entry": answer.entry, "event": answer.event });
    assert_eq!(
        world
            .post("admin", "/v1/keys/accreditation", &answer)
            .await
            .status,
        204
    );
    assert_eq!(
        world
            .post("admin", "/v1/keys/accreditation", &answer)
            .await
            .status,
        204
    );
    assert_eq!(world.get("", "/readyz").await.status, 200);
    world.submit(1).await;
    let world = world.restart().await;
    world.submit(2).await;
    // The ledger has the event before the first batch.
    world.anchor_all().await;
    assert_eq!(
        (world.ledger.entries(3).len(), world.ledger.entries(1).len()),
        (1, 1)
    );
}

#[tokio::test]
async fn a_new_key_signs_once_it_is_accredited() {
    let world = World::new().await;
    let key_of = |text: &str| {
        let scanned = schemas::hcert::Scanned::new(text).unwrap();
        scanned
            .decode(schemas::hcert::Reading::Strict)
            .unwrap()
            .key_id()
            .unwrap()
    };
    let certificate = |submitted: serde_json::Value| {
        let world = &world;
        async move {
            let path = format!(
                "/v1/results/{}/certificate",
                submitted["result_id"].as_str().unwrap()
            );
            world.get("station", &path).await.json()["text"]
                .as_str()
                .unwrap()
                .to_owned()
        }
    };
    let before = key_of(&certificate(world.submit(1).await).await);
    let request = world.service().rotate_key().unwrap();
    assert_eq!(key_of(&certificate(world.submit(2).await).await), before);
    let answer = world.registrar.answer(&request, NOW);
    world.service().accredit(&answer).await.unwrap();
    let after = key_of(&certificate(world.submit(3).await).await);
    assert_ne!(after, before);
    assert_eq!(world.registrar.keys()[1].id(), after);

    // What the registrar did not sign, or what is about nothing here, changes nothing.
    let other = World::unaccredited().await;
    let foreign = other
        .registrar
        .answer(&world.service().key_request().unwrap(), NOW);
    assert_eq!(
        world.service().accredit(&foreign).await.unwrap_err().code(),
        "issuer-key-event-mismatch"
    );
    let unknown = world
        .registrar
        .answer(&other.service().key_request().unwrap(), NOW);
    world.service().accredit(&unknown).await.unwrap();
    let broken = json!({ "entry": "AA==", "event": answer.event });
    let reply = world.post("admin", "/v1/keys/accreditation", &broken).await;
    assert_eq!(reply.refused(), (422, "issuer-key-event-mismatch".into()));
    // An older event does not come back into force.
    assert_eq!(
        world.service().accredit(&answer).await.unwrap_err().code(),
        "issuer-key-event-mismatch"
    );
}

#[tokio::test]
async fn the_last_good_entries_can_be_shown() {
    let world = World::new().await;
    let key = world.registrar.keys()[0].id();
    let none = LastGood {
        key: key.to_string(),
        batch: None,
        snapshot: None,
    };
    assert_eq!(world.service().last_good().await.unwrap(), none);
    world.submit(1).await;
    world.anchor_all().await;
    let shown = world.get("admin", "/v1/cut-off").await.json();
    let entry = world.ledger.entries(1)[0];
    assert_eq!(
        shown,
        json!({ "key": key.to_string(), "batch": { "number": 0, "root": entry.root().to_string() } })
    );
    let read: LastGood = serde_json::from_value(shown).unwrap();
    let last = CutOff {
        batch: Some((BatchNumber(0), entry.root())),
        snapshot: None,
    };
    assert_eq!(read.cut_off(), Some((key, last)));
}

#[tokio::test]
async fn anybody_reads_the_keys_that_sign() {
    let world = World::new().await;
    let metadata = world
        .get("", "/.well-known/oauth-authorization-server")
        .await
        .json();
    assert_eq!(
        metadata["jwks_uri"],
        "https://issuer.example/.well-known/jwks.json"
    );
    let keys = async || {
        let set = world.get("", "/.well-known/jwks.json").await.json();
        let keys = set["keys"].as_array().unwrap().clone();
        keys.into_iter().map(|key| {
            assert_eq!((&key["use"], &key["alg"]), (&json!("sig"), &json!("ES256")));
            let read = Jwk::read(key.as_object().unwrap()).unwrap();
            assert_eq!(key["kid"], read.thumbprint());
            read.point()
        })
    };
    let accredited = || world.registrar.keys().into_iter().map(|key| *key.point());
    assert!(keys().await.eq(accredited()));
    // A key that is not accredited is not there; afterwards it stands beside the old one, whose credentials are still good.
    let request = world.post("admin", "/v1/keys", &json!({})).await.json();
    assert_eq!(keys().await.len(), 1);
    let answer = world.registrar.answer(request["request"].as_str().unwrap(), NOW);
    let answer = json!({ "entry": answer.entry, "event": answer.event });
    world.post("admin", "/v1/keys/accreditation", &answer).await;
    assert_eq!(keys().await.len(), 2);
    assert!(keys().await.eq(accredited()));
    // After its last day it is gone.
    world.clock.advance(90 * DAY + 1);
    assert_eq!(keys().await.len(), 0);
}
