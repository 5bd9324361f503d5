//! Submitting, repeating, revoking, correcting.

use crate::world::{NOW, World, join_all, request_id, submission, wallet::is_anchored};
use schemas::{
    crypto::{Crypto, aws_lc::AwsLc},
    hcert::{Reading, Scanned},
    status::{Snapshot, Status},
    status_list::{ListNumber, StatusListToken, StatusReference, StatusType},
};
use serde_json::{Value, json};

fn path(submitted: &Value) -> String {
    format!("/v1/results/{}", submitted["result_id"].as_str().unwrap())
}

#[tokio::test]
async fn the_same_request_has_the_same_answer() {
    let world = World::new().await;
    let first = world.post("station", "/v1/results", &submission(1)).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.headers["cache-control"], "no-store");
    let answer = first.json();
    assert_eq!(answer["issued_at"], "2026-11-23T06:26:40Z");
    assert_eq!(answer["expires_at"], "2026-11-27T00:00:00Z");
    assert_eq!(answer["tx_code"].as_str().unwrap().len(), 6);
    assert_eq!(answer["offer"]["credential_issuer"], "https://issuer.example");

    // The same result in other words, later, and after a restart.
    world.clock.advance(600);
    let mut other_words = submission(1);
    other_words["test"]["sampled_at"] = json!("2026-11-23T06:10:00Z");
    other_words["person"]["given_name"] = json!(" Erika ");
    assert_eq!(
        world.post("station", "/v1/results", &other_words).await.text,
        first.text
    );
    world.anchor_all().await;
    let world = world.restart().await;
    assert_eq!(
        world.post("station", "/v1/results", &submission(1)).await.text,
        first.text
    );

    // The same identifier for something else.
    let mut other = submission(1);
    other["test"]["result"] = json!("detected");
    let reply = world.post("station", "/v1/results", &other).await;
    assert_eq!(reply.refused(), (409, "issuer-request-id-taken".into()));
    assert_eq!(reply.headers["content-type"], "application/problem+json");
}

#[tokio::test]
async fn many_at_once_are_each_answered() {
    let world = World::new().await;
    // Each twice, all in flight together.
    let requests = (0..600u32).map(|number| {
        let world = &world;
        async move {
            world
                .post("station", "/v1/results", &submission(number / 2))
                .await
        }
    });
    let replies = join_all(requests).await;
    let ids: Vec<_> = replies
        .iter()
        .map(|reply| reply.json()["result_id"].clone())
        .collect();
    for pair in ids.chunks(2) {
        assert_eq!(pair[0], pair[1]);
    }
    let distinct: std::collections::HashSet<_> = ids.iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(distinct.len(), 300);
    let metrics = world.metrics().await;
    assert!(
        metrics.contains("attest_issuer_results{state=\"issued\"} 300"),
        "{metrics}"
    );
    assert!(
        metrics.contains("attest_issuer_batches_closed_total{because=\"full\"} 1"),
        "{metrics}"
    );
}

#[tokio::test]
async fn every_wrong_submission_is_told_why() {
    let world = World::new().await;
    let changed = |pointer: &str, value: Value| {
        let mut body = submission(1);
        match value {
            Value::Null => {
                let (parent, field) = pointer.rsplit_once('/').unwrap();
                body.pointer_mut(parent)
                    .unwrap()
                    .as_object_mut()
                    .unwrap()
                    .remove(field);
            }
            value => {
                let (parent, field) = pointer.rsplit_once('/').unwrap();
                body.pointer_mut(parent).unwrap()[field] = value;
            }
        }
        body
    };
    let cases = [
        (
            changed("/request_id", json!("1")),
            400,
            "issuer-request-id-malformed",
        ),
        (changed("/request_id", Value::Null), 400, "issuer-body-malformed"),
        (changed("/hash", json!("00")), 400, "issuer-body-malformed"),
        (changed("/person/given_name", json!("")), 422, "health-malformed"),
        (
            changed("/person/family_name", json!("A<B")),
            422,
            "health-malformed",
        ),
        (
            changed("/person/date_of_birth", json!("1964-02-30")),
            422,
            "health-malformed",
        ),
        (
            changed("/person/date_of_birth", json!(1964)),
            400,
            "issuer-body-malformed",
        ),
        (
            changed("/test/kind", json!("antibody")),
            400,
            "issuer-body-malformed",
        ),
        (
            changed("/test/result", json!("negative")),
            400,
            "issuer-body-malformed",
        ),
        (
            changed("/test/sampled_at", json!("2026-11-23T07:10:00")),
            400,
            "issuer-body-malformed",
        ),
        (
            changed("/test/sampled_at", json!("2026-11-23T07:10:00Z")),
            422,
            "draft-sample-in-future",
        ),
        (
            changed("/test/sampled_at", json!("2020-11-23T07:10:00Z")),
            422,
            "draft-sample-too-old",
        ),
        (changed("/test/device", json!("9999")), 422, "hcert-not-issuable"),
        (changed("/test/device", Value::Null), 422, "hcert-not-issuable"),
        (changed("/test/name", json!("PCR")), 422, "hcert-not-issuable"),
        (changed("/test/kind", json!("naat")), 422, "hcert-not-issuable"),
        (
            changed("/test/centre", json!("x".repeat(81))),
            422,
            "draft-text-malformed",
        ),
    ];
    for (body, status, code) in cases {
        let reply = world.post("station", "/v1/results", &body).await;
        assert_eq!(reply.refused(), (status, code.into()), "{body}");
        let problem = reply.json();
        assert!(
            problem["title"].as_str().is_some_and(|title| title.len() > 10),
            "{problem}"
        );
        assert!(
            problem["detail"].as_str().is_some_and(|detail| detail.len() > 10),
            "{problem}"
        );
    }
    // What is not JSON, too long, or not said to be JSON.
    let post = |body: String| {
        world
            .client()
            .post(format!("{}/v1/results", world.url))
            .body(body)
    };
    let json = |body: String| post(body).header("content-type", "application/json");
    let refused = world.send("station", json("{".into())).await.refused();
    assert_eq!(refused, (400, "issuer-body-malformed".into()));
    let refused = world.send("station", json("[".repeat(20_000))).await.refused();
    assert_eq!(refused, (413, "issuer-body-too-long".into()));
    let refused = world.send("station", json("[".repeat(10_000))).await.refused();
    assert_eq!(refused, (400, "issuer-body-malformed".into()));
    let refused = world
        .send("station", post(submission(1).to_string()))
        .await
        .refused();
    assert_eq!(refused, (400, "issuer-body-malformed".into()));
    // Other addresses and methods.
    assert_eq!(
        world.get("station", "/v2").await.refused(),
        (404, "issuer-path-unknown".into())
    );
    assert_eq!(
        world.get("station", "/v1/results/0/revoke").await.refused(),
        (405, "issuer-method-not-allowed".into())
    );
    for id in ["0", &"0".repeat(32), "%00"] {
        let reply = world.get("station", &format!("/v1/results/{id}")).await;
        assert_eq!(reply.refused(), (404, "issuer-result-unknown".into()));
    }
    // Nothing of all this was issued.
    assert!(!world.metrics().await.contains("state=\"issued\"} 1"));
}

#[tokio::test]
async fn a_certificate_gets_its_proof_when_its_batch_is_anchored() {
    let world = World::new().await;
    let mut detected = submission(1);
    detected["test"]["result"] = json!("detected");
    let submitted = world.post("station", "/v1/results", &detected).await.json();
    let fetch = || async {
        world
            .get("station", &format!("{}/certificate", path(&submitted)))
            .await
            .json()
    };
    let early = fetch().await;
    assert_eq!(early["anchored"], false);
    world.anchor_all().await;
    let late = fetch().await;
    assert_eq!(late["anchored"], true);
    let print = |what: &str| format!("{}/certificate?{what}", path(&submitted));
    let travel = world.get("station", &print("print=travel")).await.json();
    assert_eq!(travel, early, "the print for travel has no proof");
    for unknown in ["print=home", "paper=travel"] {
        let refused = world.get("station", &print(unknown)).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.json()["code"], "issuer-query-malformed");
    }

    let keys = world.registrar.keys();
    let key = AwsLc.es256(keys[0].point()).unwrap();
    for (certificate, has_proof) in [(early, false), (late, true)] {
        let decoded = Scanned::new(certificate["text"].as_str().unwrap())
            .unwrap()
            .decode(Reading::Strict)
            .unwrap();
        let (verified, _) = decoded.verify([&*key]).unwrap();
        let said = verified.certificate().unwrap().to_json_value();
        assert_eq!(said["t"][0]["tr"], "260373001");
        let (proof, place) = (verified.proof().unwrap(), verified.claims().place.unwrap());
        assert_eq!(proof.is_some(), has_proof);
        if let Some(proof) = proof {
            assert!(is_anchored(&world, &proof, verified.commitment(), place));
        }
    }
    let batch = world.ledger.entries(1)[0];
    assert_eq!(batch.expiry().0, NOW.day().0 + 5);
}

#[tokio::test]
async fn revoking_is_published_with_decoys() {
    let world = World::new().await;
    let submitted = [world.submit(1).await, world.submit(2).await];
    world.anchor_all().await;
    // The first snapshot is empty: verifiers begin with it.
    assert_eq!(world.service().publish_status().await.unwrap().unwrap().0, 0);
    assert_eq!(world.service().publish_status().await.unwrap(), None);

    let reason = json!({ "reason": "wrong-person" });
    let revoked = world
        .post("station", &format!("{}/revoke", path(&submitted[0])), &reason)
        .await;
    assert_eq!(
        (revoked.json()["state"].as_str(), revoked.status.as_u16()),
        (Some("revoked"), 200)
    );
    // Again: the same answer, also for another reason.
    let revoke = format!("{}/revoke", path(&submitted[0]));
    let again = world
        .post("supervisor", &revoke, &json!({ "reason": "fraud" }))
        .await;
    assert_eq!(again.text, revoked.text);
    let unknown = world
        .post("station", &revoke, &json!({ "reason": "bored" }))
        .await;
    assert_eq!(unknown.refused(), (400, "issuer-body-malformed".into()));
    let certificate = world
        .get("station", &format!("{}/certificate", path(&submitted[0])))
        .await;
    assert_eq!(certificate.refused(), (409, "issuer-result-not-standing".into()));
    let other = world.get("station", &path(&submitted[1])).await;
    assert_eq!(other.json()["state"], "issued");

    assert_eq!(world.service().publish_status().await.unwrap().unwrap().0, 1);
    world.anchor_all().await;
    let entries = world.ledger.entries(2);
    let snapshot = Snapshot::decode(&world.ledger.object(&entries[1].root())).unwrap();
    assert_eq!(snapshot.revoked_count(), 1 + issuer::status::MIN_DECOYS);
    let first = world.get("supervisor", &path(&submitted[1])).await;
    assert_eq!(first.status, 200);
    let text = world
        .get("station", &format!("{}/certificate", path(&submitted[1])))
        .await
        .json();
    let decoded = Scanned::new(text["text"].as_str().unwrap())
        .unwrap()
        .decode(Reading::Strict)
        .unwrap();
    let place = decoded.unverified_claims().unwrap().place.unwrap();
    assert_eq!(snapshot.status(place.batch, place.slot), Status::NotRevoked);

    // An emergency does not wait for a change.
    let published = world.post("supervisor", "/v1/status/publish", &json!({})).await;
    assert_eq!(published.json()["snapshot"], 2);
}

#[tokio::test]
async fn status_lists_say_what_the_snapshot_says() {
    let world = World::new().await;
    assert_eq!(
        world.get("", "/status-lists/0").await.refused(),
        (404, "issuer-status-list-unknown".into())
    );
    let (revoked, standing) = (world.submit(1).await, world.submit(2).await);
    let mut places = Vec::new();
    for submitted in [&revoked, &standing] {
        let text = world
            .get("station", &format!("{}/certificate", path(submitted)))
            .await
            .json();
        let decoded = Scanned::new(text["text"].as_str().unwrap())
            .unwrap()
            .decode(Reading::Strict)
            .unwrap();
        places.push(decoded.unverified_claims().unwrap().place.unwrap());
    }
    world
        .post(
            "station",
            &format!("{}/revoke", path(&revoked)),
            &json!({ "reason": "fraud" }),
        )
        .await;
    world.service().publish_status().await.unwrap();
    // What is revoked after the snapshot is not in the list before the next one.
    world
        .post(
            "station",
            &format!("{}/revoke", path(&standing)),
            &json!({ "reason": "fraud" }),
        )
        .await;

    let key = AwsLc.es256(world.registrar.keys()[0].point()).unwrap();
    let url = format!("{}/status-lists/0", world.url);
    let reply = world.get("", "/status-lists/0").await;
    assert_eq!(reply.headers["content-type"], "application/statuslist+jwt");
    assert_eq!(reply.headers["cache-control"], "public, max-age=60");
    assert_eq!(
        world.get("", "/status-lists/0").await.text,
        reply.text,
        "it is signed once a minute"
    );
    let accept = world
        .client()
        .get(url)
        .header("accept", "application/statuslist+cwt");
    let cwt = accept.send().await.unwrap().bytes().await.unwrap();
    let tokens = [
        StatusListToken::verify_jwt(&reply.text, &*key).unwrap(),
        StatusListToken::verify_cwt(&cwt, &*key).unwrap(),
    ];
    for token in tokens {
        for (place, status) in places.iter().zip([StatusType::INVALID, StatusType::VALID]) {
            let (list, index) = ListNumber::of(*place);
            let uri = format!("https://issuer.example/status-lists/{}", list.0);
            let reference = StatusReference::new(uri, index).unwrap();
            assert_eq!(token.status(&reference, NOW).unwrap(), status);
        }
    }
    for number in ["1", "x", "4294967295", "4294967296"] {
        assert_eq!(
            world.get("", &format!("/status-lists/{number}")).await.status,
            404
        );
    }
}

#[tokio::test]
async fn correcting_replaces_and_revokes() {
    let world = World::new().await;
    let old = world.submit(1).await;
    let mut corrected = submission(2);
    corrected["person"]["given_name"] = json!("Erich");
    let correct = format!("{}/correct", path(&old));
    let first = world.post("station", &correct, &corrected).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(world.post("station", &correct, &corrected).await.text, first.text);
    let shown = world.get("station", &path(&old)).await.json();
    assert_eq!(
        (shown["state"].as_str(), &shown["replaced_by"]),
        (Some("replaced"), &first.json()["result_id"])
    );
    assert_eq!(
        world.get("station", &path(&first.json())).await.json()["state"],
        "issued"
    );

    // A second correction goes to the new one; the old one is done.
    let mut other = corrected.clone();
    other["request_id"] = json!(request_id(3));
    assert_eq!(
        world.post("station", &correct, &other).await.refused(),
        (409, "issuer-result-not-standing".into())
    );
    let revoke = world
        .post(
            "station",
            &format!("{}/revoke", path(&old)),
            &json!({ "reason": "fraud" }),
        )
        .await;
    assert_eq!(revoke.refused(), (409, "issuer-result-not-standing".into()));
    // An identifier that was used for something else.
    let taken = world
        .post(
            "station",
            &format!("{}/correct", path(&first.json())),
            &submission(1),
        )
        .await;
    assert_eq!(taken.refused(), (409, "issuer-request-id-taken".into()));
    let metrics = world.metrics().await;
    assert!(
        metrics.contains("attest_issuer_results{state=\"replaced\"} 1"),
        "{metrics}"
    );
}
