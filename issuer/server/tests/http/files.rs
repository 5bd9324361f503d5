//! What is on the disk: damage, erasure, and who may read it.

use crate::world::{DAY, NOW, World, family_name, submission, wallet::Wallet};
use serde_json::json;
use std::fs;

#[tokio::test]
async fn a_transaction_that_fails_did_not_happen() {
    let world = World::new().await;
    let first = world.submit(1).await;
    // Somebody's tool takes a table away while the issuer runs.
    let database = sqlite(&world).await;
    sqlx::query("ALTER TABLE credentials RENAME TO gone")
        .execute(&database)
        .await
        .unwrap();
    for number in [1, 2] {
        let reply = world.post("station", "/v1/results", &submission(number)).await;
        match number {
            1 => assert_eq!(reply.json(), first),
            _ => assert_eq!(reply.refused(), (503, "issuer-store".into())),
        }
    }
    sqlx::query("ALTER TABLE gone RENAME TO credentials")
        .execute(&database)
        .await
        .unwrap();
    // Nothing of it is left, in the files or in memory: it is issued now, once, and its place is in one batch.
    let count = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM results");
    assert_eq!(count.fetch_one(&database).await.unwrap(), 1);
    world.submit(2).await;
    world.anchor_all().await;
    assert_eq!(world.ledger.entries(1).len(), 1);
    let metrics = world.metrics().await;
    assert!(
        metrics.contains("attest_issuer_results{state=\"issued\"} 2"),
        "{metrics}"
    );
    assert!(
        metrics.contains("attest_issuer_failures_total{code=\"issuer-store\"}"),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_damaged_row_is_one_persons_trouble() {
    let world = World::new().await;
    let (damaged, whole) = (world.submit(1).await, world.submit(2).await);
    let database = sqlite(&world).await;
    sqlx::query("UPDATE results SET draft = x'80' WHERE number = 1")
        .execute(&database)
        .await
        .unwrap();
    let wallet = Wallet::scan(&damaged, 1);
    let who = wallet.authorize(&world).await;
    let request = wallet.request(&wallet.nonce(&world).await, NOW.0);
    let third = submission(3);
    let both = tokio::join!(
        world.post(&who, "/credential", &request),
        world.post("station", "/v1/results", &third)
    );
    assert_eq!((both.0.oauth_detail().0, both.1.status.as_u16()), (500, 200));
    Wallet::scan(&whole, 4).pick_up(&world).await;
}

#[tokio::test]
async fn nobody_else_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().await;
    world.submit(1).await;
    for entry in fs::read_dir(world.directory.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o077;
        assert!(
            mode == 0 || entry.file_name() == "issuer.lock",
            "{:?}",
            entry.file_name()
        );
    }
}

#[tokio::test]
async fn what_has_expired_is_gone_from_the_disk() {
    let world = World::new().await;
    let submitted = world.submit(4711).await;
    let wallet = Wallet::scan(&submitted, 4);
    let (_, response, _) = wallet.pick_up(&world).await;
    world.anchor_all().await;
    world.service().publish_status().await.unwrap();
    let credential = response["credentials"][0]["credential"].as_str().unwrap();
    let bytes = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, credential).unwrap();
    let traces = [family_name(4711).into_bytes(), bytes[20..60].to_vec()];
    assert!(traces.iter().all(|trace| on_disk(&world, trace)));

    world.clock.advance(5 * DAY);
    let purged = world.service().purge_expired().await.unwrap();
    assert_eq!(purged.results, 1);
    assert!(purged.batches >= 5);
    for trace in &traces {
        assert!(!on_disk(&world, trace));
    }
    let path = format!("/v1/results/{}", submitted["result_id"].as_str().unwrap());
    assert_eq!(world.get("station", &path).await.status, 404);
    assert_eq!(
        wallet.token(&world, &wallet.tx_code).await.oauth_detail().1,
        "invalid_grant"
    );
    // Continuity stays: the next batch has the next number, and the next snapshot follows.
    let last = world.ledger.entries(1).len();
    let mut fresh = submission(1);
    fresh["test"]["sampled_at"] = json!("2026-11-28T07:00:00Z");
    world.clock.advance(3600);
    assert_eq!(world.post("station", "/v1/results", &fresh).await.status, 200);
    let world = world.restart().await;
    world.anchor_all().await;
    assert_eq!(world.ledger.entries(1).len(), last + 1);
    assert!(world.post("admin", "/v1/status/publish", &json!({})).await.json()["snapshot"] == 1);
}

#[tokio::test]
async fn without_its_key_store_an_issuer_with_results_does_not_start() {
    let world = World::new().await;
    world.submit(1).await;
    let world = world.stop().await;
    fs::rename(
        world.directory.path().join("keys"),
        world.directory.path().join("gone"),
    )
    .unwrap();
    let opened = issuer_server::IssuerService::open(&world.config).await;
    let refused = opened.err().unwrap();
    assert_eq!(refused.code(), "issuer-key-store");
    assert!(
        refused.to_string().contains("restore it from the backup"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_second_issuer_on_the_same_files_is_refused() {
    let world = World::new().await;
    let config = issuer_server::Config {
        number: 7,
        name: "Gesundheitsamt".into(),
        country: "DE".into(),
        url: "https://issuer.example".into(),
        database_url: None,
        data: world.directory.path().into(),
        keys: None,
        log: "https://log.example".into(),
        early_every_seconds: 0,
        registrar: "02".to_owned() + &"00".repeat(31) + "05",
    };
    let refused = issuer_server::IssuerService::open(&config).await.err().unwrap();
    assert_eq!(refused.code(), "issuer-store-in-use");
}

async fn sqlite(world: &World) -> sqlx::SqlitePool {
    let file = world.directory.path().join("issuer.sqlite");
    sqlx::SqlitePool::connect(&format!("sqlite:{}", file.display()))
        .await
        .unwrap()
}

/// Whether some file of the issuer holds these bytes.
fn on_disk(world: &World, trace: &[u8]) -> bool {
    let files = fs::read_dir(world.directory.path()).unwrap();
    let mut contents = files.filter_map(|file| fs::read(file.unwrap().path()).ok());
    contents.any(|bytes| bytes.windows(trace.len()).any(|window| window == trace))
}
