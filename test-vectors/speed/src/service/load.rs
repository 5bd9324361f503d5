//! The load's process: stations that submit distinct results, one after the other on each connection.

use super::connection::{Connection, member};
use crate::{child::cpu_seconds, contest::quantile};
use issuer_server::clock::{Clock, SystemClock};
use schemas::hcert::Moment;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// What the role is called on the command line.
pub const ROLE: &str = "load";

/// What it saw.
#[derive(Default, serde::Serialize, serde::Deserialize)]
pub struct Report {
    /// The identifiers of the results that were acknowledged.
    pub results: Vec<String>,
    /// From a request to its answer.
    pub median_ms: f64,
    /// The same at the 99th percentile.
    pub p99_ms: f64,
    /// What the process used of the processors.
    pub cpu_seconds: f64,
}

/// Submits until the time is over, and prints the report.
pub async fn run(address: &str, key: &str, seconds: u64, connections: u64) {
    let until = Instant::now() + Duration::from_secs(seconds);
    let sampled_at = Moment::of(SystemClock.now().plus(-3_600)).expect("a time of this century");
    let mut stations = JoinSet::new();
    for number in 0..connections {
        let station = Station {
            connection: Connection::open(address, key).await,
            sampled_at: sampled_at.text().to_owned(),
            number,
            done: Vec::new(),
        };
        stations.spawn(station.submit_all(until));
    }
    let done = stations.join_all().await.concat();
    let mut times: Vec<f64> = done.iter().map(|(_, milliseconds)| *milliseconds).collect();
    let report = Report {
        median_ms: quantile(&mut times, 0.5),
        p99_ms: quantile(&mut times, 0.99),
        results: done.into_iter().map(|(result, _)| result).collect(),
        cpu_seconds: cpu_seconds("self"),
    };
    println!("{}", serde_json::to_string(&report).expect("texts and numbers"));
}

struct Station {
    connection: Connection,
    sampled_at: String,
    number: u64,
    /// Identifiers, with the milliseconds that each took.
    done: Vec<(String, f64)>,
}

impl Station {
    async fn submit_all(mut self, until: Instant) -> Vec<(String, f64)> {
        let mut sequence = 0;
        while Instant::now() < until {
            let (body, before) = (self.submission(sequence), Instant::now());
            let answer = self.connection.ask("POST", "/v1/results", &body).await;
            match answer.status {
                "200" => {
                    let result = member(answer.body, "result_id")
                        .expect("the result's name")
                        .to_owned();
                    self.done.push((result, before.elapsed().as_secs_f64() * 1e3));
                    sequence += 1;
                }
                // Too many at once: the same again, a little later.
                "503" => tokio::time::sleep(Duration::from_millis(20)).await,
                _ => panic!("{}", answer.body),
            }
        }
        self.done
    }

    /// A request and a person of its own for each number.
    fn submission(&self, sequence: u64) -> String {
        let (station, sampled_at) = (self.number, &self.sampled_at);
        let name = letters(station << 32 | sequence);
        format!(
            "{{\"request_id\":\"00000000-0000-4000-{station:04x}-{sequence:012x}\",\
             \"person\":{{\"given_name\":\"Erika\",\"family_name\":\"{name}\",\"date_of_birth\":\"1964-08-12\"}},\
             \"test\":{{\"kind\":\"rapid-antigen\",\"result\":\"not-detected\",\"sampled_at\":\"{sampled_at}\",\
             \"device\":\"1232\",\"centre\":\"Testzentrum Nord\"}}}}"
        )
    }
}

/// A name of its own for each number.
fn letters(mut number: u64) -> String {
    let mut name = String::from("M");
    while number > 0 {
        name.push(char::from(b'a' + u8::try_from(number % 26).expect("below 26")));
        number /= 26;
    }
    name
}
