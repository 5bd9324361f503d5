//! Distinct results per second through HTTP, each durable and then anchored, on this machine.
//!
//! `cargo bench -p issuer-server` starts an issuer with its database on disk and a load generator as a process of its
//! own, and prints one table. The ledger answers after a second, as one whose members cosign; what a real log costs is
//! not in the figures. At the end, certificates of some results are fetched and checked up to the ledger's root.
//!
//! Environment: `SECONDS` (10), `CONNECTIONS` (256).

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement reads clocks and stops at a surprise"
)]

mod load;

use base64::{Engine, prelude::BASE64_STANDARD};
use issuer::key_request::KeyRequest;
use issuer_server::{
    Accreditation, Anchored, Appending, Config, IssuerService, Ledger, PendingEntry,
    account::Role,
    clock::{Clock, SystemClock},
};
use ledger::entry::{Entry, Leaf, Subject};
use schemas::{
    crypto::{
        Crypto, SigningKey as _,
        aws_lc::{AwsLc, SigningKey},
    },
    hcert::{Reading, Scanned},
    key_event::{Country, EventNumber, IssuerKey, KeyEvent},
};
use std::{
    collections::HashMap,
    env, fs,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::net::TcpListener;

fn main() {
    // `cargo bench` and `cargo test` pass arguments of their own; under test, nothing is measured.
    if env::args().any(|argument| argument == "--test") || cfg!(debug_assertions) {
        println!("throughput: measured by `cargo bench -p issuer-server` alone");
        return;
    }
    match env::var("ATTEST_LOAD") {
        Ok(target) => load::generate(&target),
        Err(_) => tokio::runtime::Runtime::new().unwrap().block_on(measure()),
    }
}

/// A ledger whose members take a second to cosign.
#[derive(Default)]
struct SlowLedger(Mutex<HashMap<u32, Entry>>);

impl Ledger for SlowLedger {
    fn append<'a>(&'a self, entries: &'a [PendingEntry]) -> Appending<'a> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let mut known = self.0.lock().unwrap();
            for pending in entries {
                let Ok(Leaf::Entry(entry)) = Leaf::decode(&pending.entry) else {
                    continue;
                };
                if let Subject::Batch(_, number) = entry.unverified().subject() {
                    known.insert(number.0, *entry.unverified());
                }
            }
            Ok(entries
                .iter()
                .map(|_| {
                    Ok(Anchored {
                        index: 1,
                        checkpoint_size: 2,
                    })
                })
                .collect())
        })
    }
}

async fn measure() {
    let setting = |name: &str, default: u64| {
        env::var(name)
            .ok()
            .and_then(|v| v.parse().ok())
            .unwrap_or(default)
    };
    let (seconds, connections) = (setting("SECONDS", 10), setting("CONNECTIONS", 256));
    let directory = tempfile::tempdir_in(".").unwrap();
    let registrar = SigningKey::generate().unwrap();
    let ledger = Arc::new(SlowLedger::default());
    let config = Config {
        number: 7,
        name: "Gesundheitsamt Musterstadt".into(),
        country: "DE".into(),
        url: "https://issuer.example".into(),
        data: directory.path().into(),
        keys: None,
        log: "https://log.example".into(),
        registrar: registrar
            .public()
            .as_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    };
    let service = IssuerService::open_with(&config, Arc::new(SystemClock), ledger.clone())
        .await
        .unwrap();
    let event = accredit(&service, &registrar).await;
    let (_, key) = service
        .add_account("load", Role::Station, u32::MAX)
        .await
        .unwrap();
    let listeners = (listen().await, listen().await);
    let address = listeners.0.local_addr().unwrap().to_string();
    let operations = format!("http://{}/metrics", listeners.1.local_addr().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(service.run(listeners.0, Some(listeners.1), async { drop(stopped.await) }));

    // The load, from a process of its own.
    let (cpu_before, started) = (cpu_seconds(), Instant::now());
    let target = format!("{address} {} {seconds} {connections}", key.expose());
    let load = Command::new(env::current_exe().unwrap())
        .env("ATTEST_LOAD", target)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = tokio::task::spawn_blocking(move || load.wait_with_output().unwrap())
        .await
        .unwrap();
    let (took, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - cpu_before);
    let report: load::Report = serde_json::from_slice(&output.stdout).unwrap();

    // Everything that was acknowledged is anchored, and readable by a verifier.
    let client = reqwest::Client::new();
    let metrics = loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let metrics = client
            .get(&operations)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        if value(&metrics, "attest_issuer_entries_waiting ") == 0.0 {
            break metrics;
        }
    };
    let stored = value(&metrics, "attest_issuer_results{state=\"issued\"} ");
    let mut checked = 0;
    for id in &report.samples {
        let url = format!("http://{address}/v1/results/{id}/certificate");
        let answer = client.get(url).bearer_auth(key.expose()).send().await.unwrap();
        let answer: serde_json::Value = answer.json().await.unwrap();
        let decoded = Scanned::new(answer["text"].as_str().unwrap())
            .unwrap()
            .decode(Reading::Strict)
            .unwrap();
        let (verified, _) = decoded
            .verify([&*AwsLc.es256(event.keys()[0].point()).unwrap()])
            .unwrap();
        let (place, proof) = (
            verified.claims().place.unwrap(),
            verified.proof().unwrap().unwrap(),
        );
        let root = ledger::batch::root(&proof, verified.commitment(), place.slot);
        assert_eq!(ledger.0.lock().unwrap()[&place.batch.0].root(), root);
        checked += 1;
    }
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = |cpu: f64| 100.0 * cpu / (took * cores as f64);
    println!("distinct results through HTTP, {connections} connections, {took:.1} s, {cores} cores");
    println!("  results per second    {:>8.0}", report.answered as f64 / took);
    println!("  answer, median        {:>8.1} ms", report.median_ms);
    println!("  answer, 99th          {:>8.1} ms", report.p99_ms);
    println!("  refused (503)         {:>8}", report.refused);
    println!("  CPU of the issuer     {:>8.1} % of {cores} cores", share(cpu));
    println!("  CPU of the load       {:>8.1} %", share(report.cpu_seconds));
    println!(
        "  transactions          {:>8.0}",
        value(&metrics, "attest_issuer_commit_seconds_count ")
    );
    println!(
        "  batches               {:>8.0}",
        value(&metrics, "attest_issuer_batch_credentials_count ")
    );
    let anchored = value(&metrics, "attest_issuer_anchoring_seconds_count ");
    let in_time = value(&metrics, "attest_issuer_anchoring_seconds_bucket{le=\"4\"} ");
    println!(
        "  anchored within 4 s   {:>8.1} % (the ledger takes 1 s)",
        100.0 * in_time / anchored
    );
    println!("  acknowledged, stored  {:>8} {stored}", report.answered);
    println!("  checked to the root   {checked:>8}");
    assert!(
        stored >= report.answered as f64,
        "an acknowledged result is missing"
    );
}

async fn accredit(service: &IssuerService, registrar: &SigningKey) -> KeyEvent {
    let request = KeyRequest::verify(&service.key_request().unwrap(), &AwsLc).unwrap();
    let now = SystemClock.now();
    let key = IssuerKey::new(request.point, now.plus(-60), now.plus(90 * 86_400), None).unwrap();
    let country = Country::new(&request.country).unwrap();
    let event = KeyEvent::new(request.issuer, EventNumber(0), request.name, country, vec![key]).unwrap();
    let subject = Subject::KeyEvent(request.issuer, EventNumber(0));
    let entry = Entry::new(subject, now.plus(90 * 86_400).day(), event.root(), None).unwrap();
    let answer = Accreditation {
        entry: BASE64_STANDARD.encode(entry.sign(registrar).unwrap().encode()),
        event: BASE64_STANDARD.encode(event.encode()),
    };
    service.accredit(&answer).await.unwrap();
    event
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// The value of a metric; 0 for one that is not there.
fn value(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0.0)
}

/// What this process has used of the processors, in seconds (proc(5), fields 14 and 15, in hundredths).
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}
