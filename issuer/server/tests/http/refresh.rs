//! What a refresh token is good for once its result was corrected or revoked.

use crate::world::{DAY, NOW, Reply, World, request_id, submission, wallet::Wallet};
use serde_json::{Value, json};

async fn refresh(world: &World, token: &Value) -> Reply {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str().unwrap()),
    ];
    world.post_form("/token", &form).await
}

/// Submits a result, and picks it up; its identifier and the refresh token.
async fn picked_up(world: &World) -> (Value, Value) {
    let submitted = world.submit(1).await;
    let wallet = Wallet::scan(&submitted, 2);
    let token = wallet.token(world, &wallet.tx_code).await.json();
    assert_eq!(token.get("attest_replaces"), None);
    let (who, response, _) = wallet.pick_up(world).await;
    let accepted = json!({ "notification_id": response["notification_id"], "event": "credential_accepted" });
    assert_eq!(world.post(&who, "/notification", &accepted).await.status, 204);
    (submitted["result_id"].clone(), token["refresh_token"].clone())
}

/// A correction with another request identifier.
fn correction(number: u32, change: impl FnOnce(&mut Value)) -> Value {
    let mut body = submission(1);
    body["request_id"] = request_id(number).into();
    change(&mut body);
    body
}

async fn correct(world: &World, id: &Value, body: &Value) -> Value {
    let path = format!("/v1/results/{}/correct", id.as_str().unwrap());
    let reply = world.post("station", &path, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()["result_id"].clone()
}

#[track_caller]
fn assert_ended(reply: &Reply) {
    let (status, error, description) = reply.oauth_detail();
    assert_eq!((status, &*error), (400, "invalid_grant"));
    assert!(
        description.ends_with("(issuer-result-not-standing)"),
        "{description}"
    );
}

#[tokio::test]
async fn a_corrected_result_comes_to_the_wallet_that_had_the_old_one() {
    let world = World::new().await;
    let (old, old_token) = picked_up(&world).await;
    let positive = correction(2, |body| body["test"]["result"] = "detected".into());
    let new = correct(&world, &old, &positive).await;

    let refreshed = refresh(&world, &old_token).await.json();
    assert_eq!(refreshed["attest_replaces"], true);
    assert_ne!(refreshed["refresh_token"], old_token);
    // The tokens are for the new result: new copies, in its name.
    let who = format!("token {}", refreshed["access_token"].as_str().unwrap());
    let wallet = Wallet::scan(
        &json!({ "offer": { "grants": {
        "urn:ietf:params:oauth:grant-type:pre-authorized_code": { "pre-authorized_code": "" } } }, "tx_code": "" }),
        2,
    );
    let request = wallet.request(&wallet.nonce(&world).await, NOW.0);
    let response = world.post(&who, "/credential", &request).await;
    assert_eq!(response.status, 200, "{}", response.text);
    let copies = crate::world::wallet::copies(&response.json());
    let key = world.registrar.keys()[0].point().to_owned();
    let key = schemas::crypto::Crypto::es256(&schemas::crypto::aws_lc::AwsLc, &key).unwrap();
    let point = schemas::crypto::SigningKey::public(&wallet.keys[0]);
    let contents = copies[0].verify(&*key, &point, NOW).unwrap();
    assert!(contents.result.unwrap().outcome == schemas::health::Outcome::Detected);
    // Acknowledging it uses up the new offer, which nobody has to take up any more.
    let accepted =
        json!({ "notification_id": response.json()["notification_id"], "event": "credential_accepted" });
    assert_eq!(world.post(&who, "/notification", &accepted).await.status, 204);
    let path = format!("/v1/results/{}", new.as_str().unwrap());
    assert_eq!(world.get("station", &path).await.json()["picked_up"], true);

    // The new token is an ordinary one; the old one says the same again, until the new result expires.
    let ordinary = refresh(&world, &refreshed["refresh_token"]).await.json();
    assert_eq!(ordinary.get("attest_replaces"), None);
    assert_eq!(refresh(&world, &old_token).await.json()["attest_replaces"], true);
    world.clock.advance(4 * DAY);
    assert_eq!(
        refresh(&world, &old_token).await.oauth_detail().1,
        "invalid_grant"
    );
}

#[tokio::test]
async fn corrections_of_corrections_are_followed_to_the_last() {
    let world = World::new().await;
    let (first, token) = picked_up(&world).await;
    let mut id = first;
    for (number, name) in [(2, "Erica"), (3, "Erika Maria"), (4, "Ericka")] {
        let body = correction(number, |body| body["person"]["given_name"] = name.into());
        id = correct(&world, &id, &body).await;
    }
    let refreshed = refresh(&world, &token).await.json();
    assert_eq!(refreshed["attest_replaces"], true);
    // The same token as that of the last one's own offer: it is for the last one.
    let repeated = correction(4, |body| body["person"]["given_name"] = "Ericka".into());
    let third = world.post("station", "/v1/results", &repeated).await;
    let wallet = Wallet::scan(&third.json(), 0);
    let own = wallet.token(&world, &wallet.tx_code).await.json();
    assert_eq!(refreshed["refresh_token"], own["refresh_token"]);

    // A chain whose last link is revoked ends there.
    let path = format!("/v1/results/{}/revoke", id.as_str().unwrap());
    world
        .post("station", &path, &json!({ "reason": "wrong-result" }))
        .await;
    assert_ended(&refresh(&world, &token).await);
}

#[tokio::test]
async fn a_correction_to_somebody_else_stays_where_it_is() {
    let world = World::new().await;
    let (id, token) = picked_up(&world).await;
    let other = correction(2, |body| {
        body["person"] =
            json!({ "given_name": "Max", "family_name": "Beispiel", "date_of_birth": "1971-01-02" });
    });
    let other = correct(&world, &id, &other).await;
    assert_ended(&refresh(&world, &token).await);
    // Two small steps are as far as one large one.
    let (name, born) = ("Erika", "1964-08-12");
    let back = correction(3, |body| body["person"]["given_name"] = name.into());
    let back = correct(&world, &other, &back).await;
    assert_eq!(refresh(&world, &token).await.json()["attest_replaces"], true);
    let step = correction(4, |body| {
        body["person"] = json!({ "given_name": "Max", "family_name": "Beispiel", "date_of_birth": born });
    });
    let step = correct(&world, &back, &step).await;
    assert_eq!(refresh(&world, &token).await.status, 200);
    let away = correction(5, |body| {
        body["person"] =
            json!({ "given_name": "Max", "family_name": "Beispiel", "date_of_birth": "1971-01-02" });
    });
    correct(&world, &step, &away).await;
    assert_ended(&refresh(&world, &token).await);
}

#[tokio::test]
async fn a_revoked_result_gives_no_more_copies() {
    let world = World::new().await;
    let (id, token) = picked_up(&world).await;
    let path = format!("/v1/results/{}/revoke", id.as_str().unwrap());
    world.post("station", &path, &json!({ "reason": "fraud" })).await;
    assert_ended(&refresh(&world, &token).await);
}
