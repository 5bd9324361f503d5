//! A log shows two histories on purpose, and a thief anchors a batch: the monitor tells, and its evidence holds. Several logs
//! run in one process.

use super::world::*;
use axum::{Json, Router, extract::State, routing::post};
use issuer_server::key_store::KeyStore;
use ledger::{
    checkpoint::{Checkpoint, SignedCheckpoint},
    entry::{Entry, Subject},
    merkle::{ConsistencyProof, TreeHead, TreeSize, leaf_hash, root_of},
    note::SignerKey,
    policy::Policy,
    tile::{Level, Tile},
    witness::Request,
};
use ledger_node::Seed;
use schemas::{BatchNumber, Day, Hash, IssuerNumber, UnixTime};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

/// The members that the second history is shown to: one too few for a quorum without liars.
const MISLED: usize = 3;
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_shows_two_histories_is_caught() {
    let place = Place::new();
    let cooperative = found_with(&place, MEMBERS, &[]);
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build();
    let client = client.expect("a client");
    let policy = fs::read(place.path("network/members.policy")).expect("a policy");
    let policy = Policy::parse(&policy).expect("a policy");
    let witnesses: Vec<String> = policy
        .witnesses()
        .iter()
        .filter_map(|witness| witness.url.clone())
        .collect();
    assert_eq!(witnesses.len(), MEMBERS);

    // A monitor that looks often, and posts its alarms here.
    let (webhook, posted) = receiver().await;
    place.ok(&[
        "monitor",
        "init",
        "monitor",
        "--registrar",
        &cooperative.registrar,
        "--listen",
        "127.0.0.1:0",
    ]);
    place.refused(
        &[
            "monitor",
            "init",
            "monitor",
            "--registrar",
            &cooperative.registrar,
        ],
        "output-exists",
    );
    fs::copy(
        place.path("network/members.policy"),
        place.path("monitor/members.policy"),
    )
    .expect("a copy");
    place.write("monitor/webhook", &webhook);
    let config = fs::read_to_string(place.path("monitor/monitor.toml")).expect("a file");
    let config = config.replace("#webhook_file", "webhook_file").replace(
        "#[monitor.pace]",
        "[monitor.pace]\npoll_ms = 300\nretry_ms = 1000\ngrace_ms = 2000",
    );
    place.write("monitor/monitor.toml", &config);
    let printed = place.ok(&["monitor", "--config", "monitor/monitor.toml", "--print-config"]);
    assert!(
        printed.contains("poll_ms = 300") && !printed.contains(&webhook),
        "{printed}"
    );
    let (monitor, url) = place.start(&["monitor", "--config", "monitor/monitor.toml"]);
    until(&client, &format!("{url}/readyz"), |status, _| status == 200).await;

    // The log, or somebody with its key, signs a second history and shows it to three members.
    let liar = Liar::of(&place, &client, &cooperative.log_url).await;
    let mut second = liar.checkpoint();
    for witness in &witnesses[MEMBERS - MISLED..] {
        let answer = liar.show(&client, witness, liar.common(), &second).await;
        assert_eq!(answer.0, 200, "{}", answer.1);
        let lines = ledger::note::NoteSignature::parse_lines(&answer.1).expect("cosignatures");
        assert!(policy.adopt(&mut second, &lines).expect("they verify"));
    }
    // The first history goes on, cosigned by the others.
    let issuer = open_issuer(&place, &cooperative);
    let page = until(&client, &format!("{url}/?lang=en"), |_, page| {
        page.contains("log-two-histories")
    })
    .await;
    assert!(page.contains("Somebody misbehaved"), "{page}");

    // The second one gets no further cosignature: it has no quorum, and never will.
    for witness in &witnesses[..MEMBERS - MISLED] {
        let latest = on_record(&client, witness, &liar.origin()).await;
        for old in [latest.unverified().head().size, liar.common()] {
            let (status, said) = liar.show(&client, witness, old, &second).await;
            assert!(matches!(status, 400 | 409 | 422), "{status} {said}");
        }
    }
    assert_eq!(
        policy.verify(&second).map_err(|error| error.code()),
        Err("quorum-missing")
    );

    // The evidence says so to anybody, offline.
    let file = evidence_of(&page);
    let by = |member: usize| format!("\\n\u{2014} attest.example/member-{member} ");
    let by_all = |file: &str| (1..=MEMBERS).all(|member| file.contains(&by(member)));
    let evidence = until(&client, &format!("{url}/{file}"), |_, file| by_all(file)).await;
    place.write("evidence.json", evidence);
    let verify = [
        "verify-evidence",
        "evidence.json",
        "--network",
        "network/network.toml",
    ];
    let said = place.ok(&verify);
    assert!(said.contains("attest.example/log signed two histories"), "{said}");
    assert!(
        said.contains("member-8, member-9, member-10") && said.contains("not both have a quorum"),
        "{said}"
    );
    nothing_else_is_evidence(&place);

    // It was told, once; and it is known after a restart, with an issuer to ask.
    let told = posts(&posted, "log-two-histories").await;
    assert_eq!((told[0]["state"].as_str(), told.len()), (Some("opened"), 1));
    assert!(monitor.stop().success());
    let asked = format!(
        "{config}[[monitor.issuers]]\nnumber = 1\nurl = \"{}\"\n",
        issuer.url
    );
    place.write("monitor/monitor.toml", asked);
    let (monitor, url) = place.start(&["monitor", "--config", "monitor/monitor.toml"]);
    let metric = "attest_monitor_alarms{code=\"log-two-histories\"} 1";
    until(&client, &format!("{url}/metrics"), |_, metrics| {
        metrics.contains(metric)
    })
    .await;
    until(&client, &format!("{url}/{file}"), |status, _| status == 200).await;

    // A thief with the issuer's key anchors a batch that the issuer knows nothing of.
    until(&client, &format!("{url}/?lang=en"), |_, page| {
        page.contains("<h2 id=\"issuers\">")
    })
    .await;
    anchor_as_a_thief(&place, &client, &cooperative.log_url).await;
    let page = until(&client, &format!("{url}/?lang=de"), |_, page| {
        page.contains("batch-undeclared")
    })
    .await;
    assert!(
        page.contains("Ein Stapel, den der Aussteller nicht gemacht hat"),
        "{page}"
    );
    let told = posts(&posted, "batch-undeclared").await;
    assert_eq!(told[0]["facts"]["in-logs"], "1");
    assert!(monitor.stop().success());
}

#[tokio::test]
async fn one_process_runs_several_logs() {
    let place = Place::new();
    let registrar = place.ok(&["issuer-key", "init", "registrar"]).trim().to_owned();
    let mut lines = vec![place.ok(&[
        "witness",
        "init",
        "member",
        "--name",
        "attest.example/member",
        "--url",
        "http://127.0.0.1:1",
    ])];
    for log in ["one", "two"] {
        let origin = format!("attest.example/{log}");
        let init = [
            "ledger",
            "init",
            log,
            "--origin",
            &origin,
            "--listen",
            "127.0.0.1:0",
            "--registrar",
            &registrar,
        ];
        lines.push(place.ok(&init));
    }
    lines.push(open_office(&place, 1));
    place.write("lines", lines.concat());
    place.ok(&["policy", "found", "--registrar", &registrar, "lines"]);
    for log in ["one", "two"] {
        fs::copy(
            place.path("members.policy"),
            place.path(&format!("{log}/members.policy")),
        )
        .expect("a copy");
    }
    let both = ["ledger", "--config", "one/log.toml", "--config", "two/log.toml"];
    let mut command = place.command(&both);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut process = Process(child.expect("the binary runs"));
    let said = BufReader::new(process.0.stdout.take().expect("it is piped"))
        .lines()
        .take(2);
    for line in said {
        let line = line.expect("text");
        let url = line.strip_prefix("ledger: ").unwrap_or_else(|| panic!("{line}"));
        let answer = reqwest::get(format!("{url}/healthz")).await.expect("an answer");
        assert!(answer.status().is_success());
    }
    assert!(process.stop().success());
    // A role that has one address runs once.
    place.write("again.toml", "");
    let twice = [
        "witness",
        "--config",
        "member/witness.toml",
        "--config",
        "again.toml",
    ];
    place.refused(&twice, "config-malformed");
}

/// Somebody with the log's key, and a second history.
struct Liar {
    key: SignerKey,
    /// The leaves of the second history; all but the last are the first one's.
    leaves: Vec<Hash>,
}

impl Liar {
    async fn of(place: &Place, client: &reqwest::Client, log: &str) -> Self {
        let seed = Seed::read(&place.path("log/log.key")).expect("a key");
        let origin = "attest.example/log".parse().expect("a name");
        let read = async |path: &str| {
            let answer = client
                .get(format!("{log}/{path}"))
                .send()
                .await
                .expect("an answer");
            answer.bytes().await.expect("bytes")
        };
        let checkpoint = SignedCheckpoint::parse(&read("checkpoint").await).expect("a checkpoint");
        let size = checkpoint.unverified().head().size;
        let tile = Tile::in_tree(Level::Entries, 0, size).expect("a bundle");
        let bundle = read(&tile.to_string()).await;
        let entries = tile.entries(&bundle).expect("entries");
        let mut leaves: Vec<Hash> = entries.into_iter().map(leaf_hash).collect();
        leaves.push(leaf_hash(&[7; 144]));
        Self {
            key: SignerKey::from_seed(origin, seed.as_bytes()),
            leaves,
        }
    }

    fn origin(&self) -> String {
        self.key.verifier().name().to_string()
    }

    /// The size up to which both histories are the same.
    fn common(&self) -> TreeSize {
        TreeSize(self.leaves.len() as u64 - 1)
    }

    fn checkpoint(&self) -> SignedCheckpoint {
        let head = TreeHead {
            size: TreeSize(self.leaves.len() as u64),
            root: root_of(&self.leaves),
        };
        Checkpoint::new(self.key.verifier().name(), head).sign(&self.key)
    }

    /// Shows the second history to a witness, with the best proof there is; status and body of the answer.
    async fn show(
        &self,
        client: &reqwest::Client,
        witness: &str,
        old: TreeSize,
        checkpoint: &SignedCheckpoint,
    ) -> (u16, String) {
        let proof = ConsistencyProof::generate(&self.leaves[..], old, TreeSize(self.leaves.len() as u64));
        let request = Request {
            old,
            proof: proof.unwrap_or_default(),
            checkpoint: checkpoint.clone(),
        };
        let post = client
            .post(format!("{witness}/add-checkpoint"))
            .body(request.to_string());
        let answer = post.send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    }
}

/// What a witness cosigned last of a log.
async fn on_record(client: &reqwest::Client, witness: &str, origin: &str) -> SignedCheckpoint {
    let path = Hash::of(&[origin.as_bytes()]);
    let answer = client
        .get(format!("{witness}/{path}/checkpoint"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.headers()["cache-control"], "no-cache");
    SignedCheckpoint::parse(&answer.bytes().await.expect("bytes")).expect("a checkpoint")
}

async fn anchor_as_a_thief(place: &Place, client: &reqwest::Client, log: &str) {
    let keys = KeyStore::open(place.path("issuer/data/keys")).expect("keys");
    let number = keys.signing_keys().expect("keys")[0];
    let key = keys.signing_key(number).expect("a key");
    let subject = Subject::Batch(IssuerNumber(1), BatchNumber(0));
    let expiry = Day(UnixTime(verifier_server::now().0).day().0 + 4);
    let entry = Entry::new(subject, expiry, Hash([9; 32]), None).and_then(|entry| entry.sign(&key));
    let entry = base64::Engine::encode(
        &base64::prelude::BASE64_STANDARD,
        entry.expect("an entry").encode(),
    );
    let post = client
        .post(format!("{log}/entries"))
        .json(&json!({ "entries": [{ "entry": entry }] }));
    let answer = post.send().await.expect("an answer");
    let status = answer.status();
    assert!(
        status.is_success(),
        "{status} {}",
        answer.text().await.unwrap_or_default()
    );
}

/// Changed evidence, and what is none.
fn nothing_else_is_evidence(place: &Place) {
    let good = fs::read_to_string(place.path("evidence.json")).expect("a file");
    let mut document: Value = serde_json::from_str(&good).expect("JSON");
    document["larger"] = document["smaller"].clone();
    place.write("same.json", document.to_string());
    place.write("noise.json", "noise");
    place.write("other.toml", "registrar = \"\"\nmembers = \"\"\n");
    for (file, network, code) in [
        ("same.json", "network/network.toml", 1),
        ("noise.json", "network/network.toml", 2),
        ("nowhere.json", "network/network.toml", 2),
        ("evidence.json", "other.toml", 2),
    ] {
        let output = place.run(&["verify-evidence", file, "--network", network]);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{file}: {}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
    }
}

/// The first link to evidence on the page.
fn evidence_of(page: &str) -> String {
    let (_, link) = page.split_once("href=\"evidence/").expect("a link");
    let (file, _) = link.split_once('"').expect("its end");
    format!("evidence/{file}")
}

/// Asks until the answer is as wished.
pub(super) async fn until(client: &reqwest::Client, url: &str, wished: impl Fn(u16, &str) -> bool) -> String {
    let started = Instant::now();
    loop {
        if let Ok(answer) = client.get(url).send().await {
            let status = answer.status().as_u16();
            let text = answer.text().await.unwrap_or_default();
            if wished(status, &text) {
                return text;
            }
            assert!(started.elapsed() < PATIENCE, "{url}: {status} {text}");
        }
        assert!(started.elapsed() < PATIENCE, "{url}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

type Posted = Arc<Mutex<Vec<Value>>>;

/// Takes what is posted.
async fn receiver() -> (String, Posted) {
    let posted = Posted::default();
    let take = async |State(posted): State<Posted>, Json(alarm): Json<Value>| {
        posted.lock().expect("a list").push(alarm);
    };
    let router = Router::new()
        .route("/secret-hook", post(take))
        .with_state(posted.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}/secret-hook"), posted)
}

/// The posts of a kind, once there are some.
async fn posts(posted: &Posted, code: &str) -> Vec<Value> {
    let started = Instant::now();
    loop {
        let all = posted.lock().expect("a list").clone();
        let found: Vec<Value> = all.into_iter().filter(|alarm| alarm["code"] == code).collect();
        if !found.is_empty() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "nobody posted {code}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
