//! Who may do what.

use crate::world::{NOW, World, submission};
use serde_json::json;

#[tokio::test]
async fn closed_by_default() {
    let world = World::new().await;
    let id = "0".repeat(32);
    let paths = [
        "/v1/results".to_owned(),
        format!("/v1/results/{id}/revoke"),
        format!("/v1/results/{id}/correct"),
        format!("/v1/results/{id}/unlock"),
        "/v1/accounts".to_owned(),
        "/v1/accounts/1/key".to_owned(),
        "/v1/accounts/1/close".to_owned(),
        "/v1/status/publish".to_owned(),
        "/v1/keys".to_owned(),
        "/v1/keys/accreditation".to_owned(),
    ];
    for path in &paths {
        let reply = world.post("", path, &submission(1)).await;
        assert_eq!(reply.refused(), (401, "issuer-key-unknown".into()), "{path}");
        assert_eq!(reply.headers["www-authenticate"], "Bearer");
        let reply = world
            .send(
                "",
                world
                    .client()
                    .post(format!("{}{path}", world.url))
                    .bearer_auth("guess"),
            )
            .await;
        assert_eq!(reply.refused(), (401, "issuer-key-unknown".into()), "{path}");
    }
    for path in [
        "/v1/accounts",
        "/v1/cut-off",
        &format!("/v1/results/{id}"),
        &format!("/v1/results/{id}/certificate"),
    ] {
        assert_eq!(world.get("", path).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn roles_do_not_contain_one_another() {
    let world = World::new().await;
    let id = world.submit(1).await["result_id"].as_str().unwrap().to_owned();
    let refused = (403, "issuer-role-insufficient".to_owned());
    let reason = json!({ "reason": "fraud" });
    // Only stations issue.
    for who in ["supervisor", "admin"] {
        assert_eq!(
            world.post(who, "/v1/results", &submission(2)).await.refused(),
            refused
        );
    }
    // Administrators see no results, stations and supervisors no accounts.
    assert_eq!(
        world.get("admin", &format!("/v1/results/{id}")).await.refused(),
        refused
    );
    assert_eq!(
        world
            .post("admin", &format!("/v1/results/{id}/revoke"), &reason)
            .await
            .refused(),
        refused
    );
    for who in ["station", "supervisor"] {
        assert_eq!(world.get(who, "/v1/accounts").await.refused(), refused);
        assert_eq!(world.get(who, "/v1/cut-off").await.refused(), refused);
        assert_eq!(world.post(who, "/v1/keys", &json!({})).await.refused(), refused);
    }
    assert_eq!(
        world
            .post("station", &format!("/v1/results/{id}/unlock"), &json!({}))
            .await
            .refused(),
        refused
    );
    assert_eq!(
        world
            .post("station", "/v1/status/publish", &json!({}))
            .await
            .refused(),
        refused
    );
    // A supervisor sees every station's results.
    assert_eq!(
        world.get("supervisor", &format!("/v1/results/{id}")).await.status,
        200
    );
}

#[tokio::test]
async fn an_administrator_opens_and_closes_accounts() {
    let mut world = World::new().await;
    let body = json!({ "name": "Station Süd", "role": "station", "daily_quota": 10 });
    let made = world.post("admin", "/v1/accounts", &body).await.json();
    let (number, key) = (
        made["number"].as_u64().unwrap(),
        made["key"].as_str().unwrap().to_owned(),
    );
    world.know("south", &key);
    assert_eq!(
        world.post("admin", "/v1/accounts", &body).await.refused(),
        (409, "issuer-account-exists".into())
    );
    let nameless = json!({ "name": " ", "role": "station", "daily_quota": 10 });
    assert_eq!(
        world.post("admin", "/v1/accounts", &nameless).await.refused().0,
        400
    );

    // Its results are its own.
    let reply = world.post("south", "/v1/results", &submission(1)).await;
    let id = reply.json()["result_id"].as_str().unwrap().to_owned();
    assert_eq!(world.get("south", &format!("/v1/results/{id}")).await.status, 200);
    let of_another = world.get("station", &format!("/v1/results/{id}")).await;
    assert_eq!(of_another.refused(), (404, "issuer-result-unknown".into()));
    // The same request identifier of another station is another request.
    assert_ne!(world.submit(1).await["result_id"], id.as_str());

    // A new key makes the old one useless; the list shows no keys.
    let renewed = world
        .post("admin", &format!("/v1/accounts/{number}/key"), &json!({}))
        .await
        .json();
    assert_eq!(world.get("south", &format!("/v1/results/{id}")).await.status, 401);
    world.know("south", renewed["key"].as_str().unwrap());
    assert_eq!(world.get("south", &format!("/v1/results/{id}")).await.status, 200);
    let list = world.get("admin", "/v1/accounts").await;
    assert!(!list.text.contains("attest_") && list.text.contains("Station Süd"));

    // A closed account is shut out, also after a restart.
    assert_eq!(
        world
            .post("admin", &format!("/v1/accounts/{number}/close"), &json!({}))
            .await
            .status,
        204
    );
    assert_eq!(world.get("south", &format!("/v1/results/{id}")).await.status, 401);
    let world = world.restart().await;
    assert_eq!(world.get("south", &format!("/v1/results/{id}")).await.status, 401);
    assert_eq!(world.get("admin", "/v1/accounts").await.status, 200);
    for path in [
        "/v1/accounts/99/close",
        "/v1/accounts/x/close",
        "/v1/accounts/99/key",
    ] {
        let reply = world.post("admin", path, &json!({})).await;
        assert_eq!(reply.refused(), (404, "issuer-account-unknown".into()), "{path}");
    }
}

#[tokio::test]
async fn a_quota_is_for_a_day() {
    let mut world = World::new().await;
    let body = json!({ "name": "Station Ost", "role": "station", "daily_quota": 2 });
    let made = world.post("admin", "/v1/accounts", &body).await.json();
    world.know("east", made["key"].as_str().unwrap());
    for number in [1, 2] {
        assert_eq!(
            world
                .post("east", "/v1/results", &submission(number))
                .await
                .status,
            200
        );
    }
    let exhausted = (429, "issuer-quota-exhausted".to_owned());
    assert_eq!(
        world.post("east", "/v1/results", &submission(3)).await.refused(),
        exhausted
    );
    // A repetition costs nothing, and a restart gives nothing back.
    assert_eq!(
        world.post("east", "/v1/results", &submission(1)).await.status,
        200
    );
    let world = world.restart().await;
    assert_eq!(
        world.post("east", "/v1/results", &submission(3)).await.refused(),
        exhausted
    );
    // The next day begins at midnight UTC.
    let midnight = i64::from(NOW.day().0 + 1) * 86_400;
    world.clock.advance(midnight - NOW.0);
    assert_eq!(
        world.post("east", "/v1/results", &submission(3)).await.status,
        200
    );
}
