//! Restarts, a ledger that does not answer, erasure, keys, and what an operator sees.

use crate::world::{DAY, NOW, World, family_name, submission, wallet::Wallet};
use issuer_server::clock::Clock as _;
use schemas::key_event::CutOff;
use serde_json::json;
use std::{
    fs,
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

async fn sqlite(world: &World) -> sqlx::SqlitePool {
    let file = world.directory.path().join("issuer.sqlite");
    sqlx::SqlitePool::connect(&format!("sqlite:{}", file.display()))
        .await
        .unwrap()
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

/// Whether some file of the issuer holds these bytes.
fn on_disk(world: &World, trace: &[u8]) -> bool {
    let files = fs::read_dir(world.directory.path()).unwrap();
    let mut contents = files.filter_map(|file| fs::read(file.unwrap().path()).ok());
    contents.any(|bytes| bytes.windows(trace.len()).any(|window| window == trace))
}

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
    assert_eq!(
        world.service().cut_off().await.unwrap(),
        CutOff {
            batch: None,
            snapshot: None
        }
    );
    world.submit(1).await;
    world.anchor_all().await;
    let shown = world.get("admin", "/v1/cut-off").await.json();
    let entry = world.ledger.entries(1)[0];
    assert_eq!(
        shown,
        json!({ "batch": { "number": 0, "root": entry.root().to_string() } })
    );
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
        data: world.directory.path().into(),
        keys: None,
        log: "https://log.example".into(),
        registrar: "02".to_owned() + &"00".repeat(31) + "05",
    };
    let refused = issuer_server::IssuerService::open(&config).await.err().unwrap();
    assert_eq!(refused.code(), "issuer-store-in-use");
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
