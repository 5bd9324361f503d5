//! How many entries a second become durable and cosigned, and how long one takes. Prints a table.
//!
//! Everything runs in this process, on this machine's disk and over its loopback: a log, ten witnesses each with a folder
//! of its own, a quorum of seven, and the clients. `cargo bench -p ledger-node`.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{Cooperative, Issuer, Signed};
use ledger_node::{Log, Pace};
use serde_json::json;
use std::{
    fs,
    io::Write as _,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::interval};

const CLIENTS: u32 = 16;
/// Entries of one request in the first part.
const AT_ONCE: usize = 64;
const REQUESTS: usize = 80;
/// Requests of one client that are not yet answered.
const IN_FLIGHT: usize = 16;
/// Entries a second in the second part: 100,000 tests a day with five copies each, all within three hours, are 180 batches
/// a second at most and 20 in the mean.
const RATE: u64 = 20;
const SECONDS: u64 = 20;

#[tokio::main]
async fn main() {
    println!("fsync of one small file: {:.0} a second", fsync_rate());
    println!();
    println!(
        "| checkpoint every | entries/s, {CLIENTS} clients × {AT_ONCE} | start with those | one entry: median | p90 | p99 | max |"
    );
    println!("|---|---|---|---|---|---|---|");
    for checkpoint_ms in [1_000, 250] {
        let pace = Pace {
            checkpoint_ms,
            ..Pace::default()
        };
        let (rate, start) = throughput(pace).await;
        let [median, p90, p99, max] = latency(pace).await;
        println!(
            "| {checkpoint_ms} ms | {rate:.0} | {start:.0} ms | {median:.0} ms | {p90:.0} ms | {p99:.0} ms | {max:.0} ms |"
        );
    }
}

async fn cooperative(pace: Pace) -> (Arc<Cooperative>, common::Running, Vec<Issuer>) {
    let mut members = Cooperative::new(10, 7).await;
    for witness in &mut members.witnesses {
        witness.start().await;
    }
    Log::create(&members.log_config(), members.log_storage()).unwrap();
    let log = members.start_log(pace).await;
    let (issuers, events): (Vec<_>, Vec<_>) =
        (1..=CLIENTS).map(|n| Issuer::new(&members.registrar, n)).unzip();
    assert_eq!(members.append(&events).await.0, 200);
    (Arc::new(members), log, issuers)
}

fn body(entries: &[Signed]) -> String {
    let entries: Vec<_> = entries.iter().map(Signed::to_json).collect();
    json!({ "entries": entries }).to_string()
}

async fn post(members: &Cooperative, body: String) {
    let response = members
        .http
        .post(members.url("/entries"))
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    response.bytes().await.unwrap();
}

/// Entries a second until all are acknowledged, where signing them is not counted, and the milliseconds that the log
/// takes to start with them.
async fn throughput(pace: Pace) -> (f64, f64) {
    let (members, log, issuers) = cooperative(pace).await;
    let bodies = |mut issuer: Issuer| -> Vec<String> {
        let request = |_| body(&(0..AT_ONCE).map(|_| issuer.batch()).collect::<Vec<_>>());
        (0..REQUESTS).map(request).collect()
    };
    let all: Vec<_> = issuers.into_iter().map(bodies).collect();
    let start = Instant::now();
    let mut clients = JoinSet::new();
    for bodies in all {
        let members = Arc::clone(&members);
        clients.spawn(async move {
            // Many at a time, so that some are taken while others wait for their checkpoint.
            let mut running = JoinSet::new();
            for body in bodies {
                if running.len() == IN_FLIGHT {
                    running.join_next().await;
                }
                let members = Arc::clone(&members);
                running.spawn(async move { post(&members, body).await });
            }
            running.join_all().await;
        });
    }
    clients.join_all().await;
    let took = start.elapsed();
    log.stop().await;
    let entries = f64::from(CLIENTS) * (REQUESTS * AT_ONCE) as f64;
    let start = Instant::now();
    drop(Log::open(&members.log_config(), members.log_storage()).unwrap());
    (
        entries / took.as_secs_f64(),
        start.elapsed().as_secs_f64() * 1_000.0,
    )
}

/// Milliseconds from a request to its acknowledgement, at a steady rate: median, p90, p99, max.
async fn latency(pace: Pace) -> [f64; 4] {
    let (members, log, mut issuers) = cooperative(pace).await;
    let mut ticks = interval(Duration::from_millis(1_000 / RATE));
    let mut running = JoinSet::new();
    for n in 0..RATE * SECONDS {
        ticks.tick().await;
        let at = usize::try_from(n).unwrap() % issuers.len();
        let (members, body) = (Arc::clone(&members), body(&[issuers[at].batch()]));
        running.spawn(async move {
            let start = Instant::now();
            post(&members, body).await;
            start.elapsed().as_secs_f64() * 1_000.0
        });
    }
    let mut times = running.join_all().await;
    log.stop().await;
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    [at(50), at(90), at(99), at(100)]
}

/// Small files written and flushed, one after the other.
fn fsync_rate() -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let mut file = fs::File::create(folder.path().join("file")).unwrap();
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < Duration::from_secs(2) {
        file.write_all(&[0; 4096]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}
