//! Results through the whole service: HTTP, database, ledger, and a verifier at the end.
//!
//! The processes share the machine: the issuer (this one), the log, its ten witnesses, and whoever submits.

pub mod connection;
mod issuer;
pub mod load;
mod readable;

use self::{issuer::Running, load::Report};
use crate::{
    child::{Child, cpu_seconds},
    contest::quantile,
    cooperative::Cooperative,
    disk,
    scale::Scale,
    table::Row,
};
use schemas::crypto::{SigningKey as _, aws_lc::SigningKey};
use std::{
    collections::HashSet,
    thread,
    time::{Duration, Instant},
};

/// Least results a second.
const RATE: f64 = 3_000.0;
/// Most seconds from a batch's closing until it is cosigned, at the 99th percentile.
const ANCHORED: f64 = 4.0;
/// Connections of the load.
const CONNECTIONS: usize = 256;

/// The rows of the service.
pub async fn measure(scale: &Scale) -> Vec<Row> {
    // 1. A ledger, and an issuer whom the registrar accredits.
    let folder = disk::folder();
    let registrar = SigningKey::generate().expect("randomness");
    let members = Cooperative::start(&folder.path().join("ledger"), &registrar.public());
    let issuer = Running::start(&folder.path().join("issuer"), &registrar, &members.url).await;

    // 2. The load, and what everybody used of the processors meanwhile.
    let used = |members: &Cooperative| [cpu_seconds("self"), members.cpu_seconds()];
    let (before, started) = (used(&members), Instant::now());
    let committed = issuer.commits().await;
    let report = submit(&issuer, scale.load).await;
    let (took, after) = (started.elapsed().as_secs_f64(), used(&members));
    let cores = thread::available_parallelism().map_or(1, usize::from) as f64;
    let share = |seconds: f64| 100.0 * seconds / (took * cores);
    let [issuing, anchoring] = [0, 1].map(|at| share(after[at] - before[at]));
    let loading = share(report.cpu_seconds);
    let after = issuer.commits().await;
    let [commits, writing] = [0, 1].map(|at| (after[at] - committed[at]) / took);

    // 3. All of it anchored, and read by a verifier.
    issuer.wait_until_anchored().await;
    let results: HashSet<&String> = report.results.iter().collect();
    assert_eq!(results.len(), report.results.len(), "distinct results");
    let accepted = readable::count_accepted(&issuer, &report.results, &members.network).await;
    let mut waited = issuer.stop().await;
    let batches = waited.len();
    let late = quantile(&mut waited, 0.99);
    let rate = report.results.len() as f64 / took;
    vec![
        Row {
            what: format!("results through HTTP, SQLite and ledger, {cores} cores, {took:.0} s"),
            figure: format!("{rate:.0}/s"),
            ratio: format!(
                "CPU: issuer {issuing:.0} %, ledger {anchoring:.0} %, load {loading:.0} %; the one writer {:.0} %, {commits:.0} \
                 commits/s; answer {:.0} ms, p99 {:.0} ms",
                100.0 * writing,
                report.median_ms,
                report.p99_ms
            ),
            limit: format!("≥ {RATE}/s"),
            holds: rate >= RATE,
        },
        Row {
            what: format!("batch closed to cosigned by 7 of 10, {batches} batches"),
            figure: format!("{:.2} s", quantile(&mut waited, 0.5)),
            ratio: format!("p99 {late:.2} s"),
            limit: format!("p99 ≤ {ANCHORED} s"),
            holds: late <= ANCHORED,
        },
        Row {
            what: "those results, fetched and accepted by a verifier".into(),
            figure: accepted.to_string(),
            ratio: format!("{:.0} %", 100.0 * accepted as f64 / results.len() as f64),
            limit: "100 %".into(),
            holds: accepted == results.len(),
        },
    ]
}

async fn submit(issuer: &Running, time: Duration) -> Report {
    let arguments = [
        load::ROLE,
        &issuer.address,
        &issuer.key,
        &time.as_secs().to_string(),
        &CONNECTIONS.to_string(),
    ]
    .map(str::to_owned);
    let run = move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Child::start(&arguments).hear()
    };
    tokio::task::spawn_blocking(run).await.expect("it reports")
}
