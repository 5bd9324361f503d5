//! Restarts, a ledger that does not answer, and what an operator sees.

use crate::world::{NOW, World, family_name, submission, wallet::Wallet};
use issuer_server::clock::Clock as _;
use serde_json::json;
use std::{
    io::Write,
    sync::{Arc, Mutex},
};

#[tokio::test]
async fn a_restart_in_the_middle_loses_nothing() {
    let mut world = World::new().await;
    let mut wallets = Vec::new();
    for number in 0..20u32 {
        let submitted = world.submit(number).await;
        let wallet = Wallet::scan(&submitted, 4);
        wallet.pick_up(&world).await;
        wallets.push(wallet);
        if number % 7 == 6 {
            world = world.restart().await;
        }
    }
    world.clock.advance(60);
    world.service().close_due_batches().await.unwrap();
    let mut world = world.restart().await;
    world.anchor_all().await;
    for wallet in &wallets {
        let (_, _, copies) = wallet.pick_up(&world).await;
        assert!(copies.iter().all(|copy| copy.proof().is_some()));
    }
    assert!(world.batches() > 0);
    world = world.restart().await;
    assert_eq!(world.service().anchor_waiting().await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_closed_waits_for_the_ledger() {
    let world = World::new().await;
    world.service().anchor_waiting().await.unwrap();
    world.ledger.refuse(true);
    let submitted = world.submit(1).await;
    world.clock.advance(60);
    world.service().close_due_batches().await.unwrap();
    let refused = world.service().anchor_waiting().await.unwrap_err();
    assert_eq!(refused.code(), "issuer-ledger");
    // Issuing goes on without it.
    world.submit(2).await;
    let path = format!(
        "/v1/results/{}/certificate",
        submitted["result_id"].as_str().unwrap()
    );
    assert_eq!(world.get("station", &path).await.json()["anchored"], false);
    let world = world.restart().await;
    world.ledger.refuse(false);
    assert_eq!(world.service().anchor_waiting().await.unwrap(), 1);
    assert_eq!(world.get("station", &path).await.json()["anchored"], true);
}

#[tokio::test]
async fn what_the_log_refuses_for_good_is_shown_and_rarely_sent() {
    let mut world = World::new().await;
    world.service().anchor_waiting().await.unwrap();
    let ledger = world.ledger.clone();
    ledger.refuse_for_good(Some((1, "entry-contradicts")));
    let submitted = world.submit(1).await;
    let path = format!("/v1/results/{}/revoke", submitted["result_id"].as_str().unwrap());
    world
        .post("station", &path, &json!({ "reason": "laboratory-error" }))
        .await;
    world.clock.advance(60);
    world.service().close_due_batches().await.unwrap();
    world.service().publish_status().await.unwrap();
    let refused = world.service().anchor_waiting().await.unwrap_err();
    assert_eq!(refused.code(), "issuer-ledger-refused");
    assert_eq!(refused.to_string(), "the log refuses batch 0: entry-contradicts");
    // Revocations go on, and so does issuing; the operator is told.
    assert_eq!(ledger.entries(2).len(), 1);
    world.submit(2).await;
    let ready = world.get("", "/readyz").await;
    assert_eq!(ready.status, 200);
    let told = json!([{ "kind": "batch", "number": 0, "code": "entry-contradicts" }]);
    assert_eq!(ready.json()["refused_by_log"], told);
    let metrics = world.metrics().await;
    for line in [
        "attest_issuer_entries_refused 1",
        "attest_issuer_ledger_refusals_total{code=\"entry-contradicts\"} 1",
        "attest_issuer_entries_waiting 1",
    ] {
        assert!(metrics.contains(line), "{line} is missing in\n{metrics}");
    }
    // While the service runs, the log is not asked again and again; it is after a restart, and when it is settled.
    let (listener, before) = (bind().await, ledger.refusals());
    world.clock.advance(60);
    let service = world.take_service().await;
    let running = service.run(
        listener,
        None,
        tokio::time::sleep(std::time::Duration::from_millis(2_500)),
    );
    running.await.unwrap();
    assert_eq!(ledger.refusals(), before);
    ledger.refuse_for_good(None);
    let world = world.restart().await;
    assert_eq!(world.service().anchor_waiting().await.unwrap(), 2);
    assert_eq!(world.get("", "/readyz").await.json()["refused_by_log"], json!([]));
}

#[tokio::test]
async fn the_description_names_every_address() {
    let world = World::new().await;
    let reply = world.get("", "/openapi.json").await;
    assert_eq!(reply.headers["content-type"], "application/json");
    let api = reply.json();
    let paths = api["paths"].as_object().unwrap();
    assert!(paths.len() >= 17, "{:?}", paths.keys());
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                let described = status.as_str() < "400" || response["content"].is_object();
                assert!(described, "{method} {path} {status} has no body");
            }
        }
        let path = path.replace("{id}", &"0".repeat(32)).replace("{number}", "1");
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_uppercase().parse().unwrap();
            let request = world.client().request(method, format!("{}{path}", world.url));
            let reply = world.send("", request).await;
            let known =
                ![405, 500].contains(&reply.status.as_u16()) && !reply.text.contains("issuer-path-unknown");
            assert!(known, "{path}: {}", reply.text);
        }
    }
    // Every answer says that it is not for frames, sniffers and caches to judge.
    for header in [
        "x-content-type-options",
        "content-security-policy",
        "referrer-policy",
        "x-request-id",
    ] {
        assert!(reply.headers.contains_key(header), "{header}");
    }
}

#[tokio::test]
async fn run_serves_until_told_to_stop() {
    let mut world = World::new().await;
    let (listener, operations) = (bind().await, bind().await);
    let addresses = [listener.local_addr().unwrap(), operations.local_addr().unwrap()];
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let ledger = world.ledger.clone();
    ledger.refuse(true);
    let service = world.take_service().await;
    let running = tokio::spawn(service.run(listener, Some(operations), async { drop(stopped.await) }));
    let client = reqwest::Client::new();
    let get = async |address: usize, path: &str| {
        let response = client
            .get(format!("http://{}{path}", addresses[address]))
            .send()
            .await
            .unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(get(0, "/healthz").await.0, 200);
    // The metrics are for the operator's listener alone.
    assert_eq!(get(0, "/metrics").await.0, 404);
    assert!(get(1, "/metrics").await.1.contains("attest_issuer_queue_depth"));
    // The event waits for the ledger; when that is back, it is anchored by itself.
    ledger.refuse(false);
    while ledger.entries(3).is_empty() {
        tokio::task::yield_now().await;
        get(0, "/healthz").await;
    }
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
}

async fn bind() -> tokio::net::TcpListener {
    tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// Everything that was logged in this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_knows_nobody() {
    let log = Log::default();
    let to = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || to.clone())
        .finish();
    let _ = tracing::subscriber::set_global_default(subscriber);

    let world = World::new().await;
    let submitted = world.submit(4712).await;
    let wallet = Wallet::scan(&submitted, 2);
    let (who, response, _) = wallet.pick_up(&world).await;
    wallet.token(&world, "000000").await;
    world
        .post(
            &who,
            "/credential",
            &json!({ "credential_configuration_id": family_name(4712) }),
        )
        .await;
    let mut wrong = submission(4712);
    wrong["person"]["date_of_birth"] = json!("tomorrow");
    world.post("station", "/v1/results", &wrong).await;
    wrong[family_name(4712)] = json!(1);
    world.post("station", "/v1/results", &wrong).await;
    world
        .get("station", &format!("/v1/results/{}", family_name(4712)))
        .await;
    world.get("station", &format!("/{}", family_name(4712))).await;
    world.ledger.refuse(true);
    world.clock.advance(60);
    world.service().close_due_batches().await.unwrap();
    world.service().anchor_waiting().await.unwrap_err();
    let secrets = [
        family_name(4712),
        "Erika".into(),
        "1964-08-12".into(),
        "Testzentrum Nord".into(),
        submitted["result_id"].as_str().unwrap().to_owned(),
        submitted["tx_code"].as_str().unwrap().to_owned(),
        wallet.code.clone(),
        who.strip_prefix("token ").unwrap().to_owned(),
        response["notification_id"].as_str().unwrap().to_owned(),
        world.key("station").to_owned(),
        world.key("admin").to_owned(),
        crate::world::request_id(4712),
    ];
    let restarted = world.restart().await;
    assert!(restarted.clock.now() > NOW);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.len() > 1000, "the log was caught");
    // Lines of other crates at TRACE hold what goes over the wire of the test's own client; ours are what counts.
    let ours: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("issuer_server") || line.contains("sqlx"))
        .collect();
    for secret in secrets {
        let found = ours.iter().find(|line| line.contains(&secret));
        assert!(found.is_none(), "{found:?}");
    }
}
