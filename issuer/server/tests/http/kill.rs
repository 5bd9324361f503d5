//! The process is killed while it issues, again and again, and nothing that was acknowledged is lost.
//!
//! `ATTEST_KILLS` says how often (10). The issuer is a process of its own, this test binary with another entry; its log
//! is here and outlives it.

use crate::world::{self, World, wallet::is_anchored};
use axum::{Json, Router, routing::post};
use base64::{Engine, prelude::BASE64_STANDARD};
use issuer_server::{
    Config, EntryKind, HttpLedger, IssuerService, Ledger, PendingEntry,
    clock::{Clock, SystemClock},
};
use schemas::hcert::{Reading, Scanned};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    env, fs,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::net::TcpListener;

/// How much faster the child's clock goes: a batch that waits a minute closes within half a second.
const HASTE: u32 = 120;

/// The time of [`world::NOW`], from where it goes on in haste.
pub struct HastyClock(pub Duration);

impl Clock for HastyClock {
    fn since_1970(&self) -> Duration {
        let since_start = SystemClock.since_1970().saturating_sub(self.0);
        Duration::from_secs(world::NOW.0.unsigned_abs()) + since_start * HASTE
    }
}

/// The issuer that is killed. Does nothing unless the test below started it.
#[test]
fn child() {
    let Ok(settings) = env::var("ATTEST_KILLED_ISSUER") else {
        return;
    };
    let config: Config = serde_json::from_str(&settings).unwrap();
    let started = env::var("ATTEST_KILLED_SINCE").unwrap().parse().unwrap();
    let clock = Arc::new(HastyClock(Duration::from_millis(started)));
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let ledger = Arc::new(HttpLedger::new(&config.log).unwrap());
        let service = IssuerService::open_with(&config, clock, ledger).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        fs::write(config.data.join("port.new"), port).unwrap();
        fs::rename(config.data.join("port.new"), config.data.join("port")).unwrap();
        service.run(listener, None, std::future::pending()).await.unwrap();
    });
}

/// Starts one whose clock goes since then.
pub fn start(settings: &Value, since: Duration) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["kill::child", "--exact", "--nocapture"])
        .env("ATTEST_KILLED_ISSUER", settings.to_string())
        .env("ATTEST_KILLED_SINCE", since.as_millis().to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost() {
    let world = World::new().await;
    let (log, serving) = serve(world.ledger.clone()).await;
    let settings = settings(&world, &log, world.directory.path());
    let mut world = world.stop().await;
    let kills: u32 = env::var("ATTEST_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(10);
    let since = SystemClock.since_1970();
    let start = |directory: &Path| {
        let _ = fs::remove_file(directory.join("port"));
        start(&settings, since)
    };
    let mut acknowledged: BTreeMap<u32, String> = BTreeMap::new();
    for round in 0..kills {
        let mut child = start(world.directory.path());
        let folder = world.directory.path().to_owned();
        world.reach(&mut child, &folder).await;
        // What was acknowledged before is answered as it was.
        for (number, answer) in acknowledged.iter().rev().take(20) {
            assert_eq!(
                world
                    .post("station", "/v1/results", &world::submission(*number))
                    .await
                    .text,
                *answer
            );
        }
        // The kill comes while requests are under way, a little later in every round.
        let life = Duration::from_millis(5 + u64::from(round * 37 % 200));
        let killer = tokio::task::spawn_blocking(move || {
            std::thread::sleep(life);
            child.kill().unwrap();
            child.wait().unwrap();
        });
        let mut lanes = Vec::new();
        for lane in 0..8 {
            lanes.push(submit_until_killed(&world, round * 10_000 + lane * 1_000));
        }
        for answered in world::join_all(lanes.into_iter()).await {
            acknowledged.extend(answered);
        }
        killer.await.unwrap();
    }
    // In the end everything is anchored, and readable by a verifier.
    let mut child = start(world.directory.path());
    let folder = world.directory.path().to_owned();
    world.reach(&mut child, &folder).await;
    assert!(
        acknowledged.len() >= kills as usize,
        "{} results in {kills} lives",
        acknowledged.len()
    );
    for (number, answer) in &acknowledged {
        assert_eq!(
            world
                .post("station", "/v1/results", &world::submission(*number))
                .await
                .text,
            *answer
        );
        let answer: Value = serde_json::from_str(answer).unwrap();
        let path = format!(
            "/v1/results/{}/certificate",
            answer["result_id"].as_str().unwrap()
        );
        let text = loop {
            let certificate = world.get("station", &path).await.json();
            if certificate["anchored"] == true {
                break certificate["text"].as_str().unwrap().to_owned();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let decoded = Scanned::new(&text).unwrap().decode(Reading::Strict).unwrap();
        let place = decoded.unverified_claims().unwrap().place.unwrap();
        let proof = decoded.proof().unwrap().unwrap();
        assert!(is_anchored(&world, &proof, decoded.commitment(), place));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    serving.abort();
    println!(
        "{kills} kills, {} acknowledged results, {} batches",
        acknowledged.len(),
        world.ledger.entries(1).len()
    );
}

/// The settings of a process of its own for the issuer of a world, with its files in `data`.
pub fn settings(world: &World, log: &str, data: &Path) -> Value {
    json!({
        "number": 7,
        "name": "Gesundheitsamt Musterstadt",
        "country": "DE",
        "url": "https://issuer.example",
        "database_url": world.database,
        "data": data,
        "keys": world.directory.path().join("keys"),
        "log": log,
        "registrar": world.registrar.point(),
        "early_every_seconds": 0,
    })
}

/// Submits one result after the other until nobody answers; returns the answers.
pub async fn submit_until_killed(world: &World, first: u32) -> Vec<(u32, String)> {
    let mut answered = Vec::new();
    for number in first.. {
        let url = format!("{}/v1/results", world.url);
        let request = world
            .client()
            .post(url)
            .bearer_auth(world.key("station"))
            .json(&world::submission(number));
        let Ok(response) = request.send().await else {
            return answered;
        };
        if response.status() == 200
            && let Ok(text) = response.text().await
        {
            answered.push((number, text));
        }
    }
    answered
}

impl World {
    /// Waits until the child has said in `folder` where it answers, and calls it from then on.
    pub async fn reach(&mut self, child: &mut Child, folder: &Path) {
        let port = folder.join("port");
        while !port.exists() {
            assert!(child.try_wait().unwrap().is_none(), "the issuer does not start");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.url = format!("http://127.0.0.1:{}", fs::read_to_string(port).unwrap());
    }
}

/// The log, as HTTP has it.
pub async fn serve(ledger: Arc<dyn Ledger>) -> (String, tokio::task::JoinHandle<()>) {
    let append = async move |Json(request): Json<Value>| {
        let bytes = |value: &Value| BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap();
        let pending = |item: &Value| PendingEntry {
            kind: EntryKind::Batch,
            number: 0,
            entry: bytes(&item["entry"]).try_into().unwrap(),
            object: item.get("object").map(bytes),
            made_at: Duration::ZERO,
        };
        let entries: Vec<PendingEntry> = request["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(pending)
            .collect();
        let answers = ledger.append(&entries).await.unwrap();
        let answers: Vec<Value> = answers
            .into_iter()
            .map(|answer| {
                answer
                    .map(|place| json!({ "index": place.index, "size": place.checkpoint_size }))
                    .unwrap()
            })
            .collect();
        Json(json!({ "entries": answers }))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/entries", post(append));
    (
        url,
        tokio::spawn(serve::serve(listener, router, std::future::pending())),
    )
}
