//! A monitor that starts from nothing on a log with many entries.

use crate::{
    child::{Child, tell, told},
    cooperative::{Cooperative, files, listen},
    table::Row,
};
use ledger_node::{Monitor, MonitorConfig};
use schemas::crypto::SigningKey as _;
use std::{
    future,
    path::Path,
    time::{Duration, Instant},
};

/// What the role is called on the command line.
pub const ROLE: &str = "monitor";
/// Least entries a second.
const RATE: f64 = 100_000.0;

/// The row of a monitor that catches up with a log of the cooperative.
pub async fn measure(members: &Cooperative, folder: &Path) -> Row {
    let policy = members.policy_file.display().to_string();
    let mut monitor = Child::start(&[ROLE, &folder.join("monitor").display().to_string(), &policy]);
    let url: String = monitor.hear();
    let log = members.log.cpu_seconds();
    let used = monitor.cpu_seconds();
    // 1. Until it has read every entry and taken it into its view.
    let start = Instant::now();
    assert!(monitor.ask::<bool>("start"));
    while !reqwest::get(format!("{url}/readyz"))
        .await
        .expect("it answers")
        .status()
        .is_success()
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let seconds = start.elapsed().as_secs_f64();
    let [used, log] = [monitor.cpu_seconds() - used, members.log.cpu_seconds() - log];
    // 2. It has read all there is, and finds nothing wrong. It counts once a second.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let metrics = reqwest::get(format!("{url}/metrics")).await.expect("it answers");
    let metrics = metrics.text().await.expect("a text");
    let entries = sum(&metrics, "attest_monitor_entries{");
    assert_eq!(sum(&metrics, "attest_monitor_alarms{"), 0.0, "{metrics}");
    let (rate, peak) = (entries / seconds, monitor.peak_memory() as f64 / 1e6);
    Row {
        what: format!("a new monitor catches up with {entries} entries over HTTP"),
        figure: format!("{rate:.0}/s"),
        ratio: format!(
            "{seconds:.2} s; CPU: monitor {used:.2} s, log {log:.2} s; its memory at most {peak:.0} MB"
        ),
        limit: format!("≥ {RATE}/s"),
        holds: rate >= RATE,
    }
}

/// What the process does, until its standard input ends.
pub async fn run(folder: &Path, policy: &Path) {
    let (listener, url) = listen().await;
    tell(&url);
    let config = MonitorConfig::new(policy.to_owned(), &generate::seed::key("registrar").public());
    let monitor = Monitor::open(&config, files(folder)).expect("a new monitor");
    told().await;
    tokio::spawn(monitor.run(listener, future::pending()));
    tell(&true);
    while told().await.is_some() {}
}

/// The sum of a metric over its labels.
fn sum(metrics: &str, name: &str) -> f64 {
    let values = metrics
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.rsplit_once(' '));
    values.filter_map(|(_, value)| value.parse::<f64>().ok()).sum()
}
