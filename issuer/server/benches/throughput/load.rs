//! The load generator: as little HTTP as can be, so that its share of the processors is small.

use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// What it saw.
#[derive(Default, serde::Serialize, serde::Deserialize)]
pub struct Report {
    pub answered: u64,
    pub refused: u64,
    pub median_ms: f64,
    pub p99_ms: f64,
    pub cpu_seconds: f64,
    /// Identifiers of some results.
    pub samples: Vec<String>,
}

/// Submits distinct results until the time is over, and prints the report. `target` is address, key, seconds and
/// connections.
pub fn generate(target: &str) {
    let mut parts = target.split(' ');
    let (address, key) = (parts.next().unwrap().to_owned(), parts.next().unwrap().to_owned());
    let numbers: Vec<u64> = parts.map(|number| number.parse().unwrap()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let until = Instant::now() + Duration::from_secs(numbers[0]);
    let sampled_at = sampled_at();
    let outcomes = runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for connection in 0..numbers[1] {
            tasks.spawn(submit_all(
                address.clone(),
                key.clone(),
                sampled_at.clone(),
                connection,
                until,
            ));
        }
        tasks.join_all().await
    });
    let mut report = Report {
        cpu_seconds: super::cpu_seconds(),
        ..Report::default()
    };
    let mut latencies: Vec<f64> = Vec::new();
    for outcome in outcomes {
        report.answered += outcome.latencies.len() as u64;
        report.refused += outcome.refused;
        report.samples.extend(outcome.samples);
        latencies.extend(outcome.latencies);
    }
    latencies.sort_by(f64::total_cmp);
    let at = |share: usize| {
        latencies
            .get(latencies.len() * share / 100)
            .copied()
            .unwrap_or(0.0)
    };
    (report.median_ms, report.p99_ms) = (at(50), at(99));
    println!("{}", serde_json::to_string(&report).unwrap());
}

/// An hour ago: every result is of now.
fn sampled_at() -> String {
    let now = issuer_server::clock::Clock::now(&issuer_server::clock::SystemClock);
    schemas::hcert::Moment::of(now.plus(-3600))
        .unwrap()
        .text()
        .to_owned()
}

#[derive(Default)]
struct Outcome {
    /// Milliseconds.
    latencies: Vec<f64>,
    refused: u64,
    samples: Vec<String>,
}

async fn submit_all(
    address: String,
    key: String,
    sampled_at: String,
    connection: u64,
    until: Instant,
) -> Outcome {
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut outcome, mut buffer) = (Outcome::default(), vec![0; 4096]);
    for number in 0u64.. {
        let started = Instant::now();
        if started > until {
            break;
        }
        let name = letters(connection << 32 | number);
        let body = format!(
            "{{\"request_id\":\"00000000-0000-4000-{connection:04x}-{number:012x}\",\
             \"person\":{{\"given_name\":\"Erika\",\"family_name\":\"{name}\",\"date_of_birth\":\"1964-08-12\"}},\
             \"test\":{{\"kind\":\"rapid-antigen\",\"result\":\"not-detected\",\"sampled_at\":\"{sampled_at}\",\
             \"device\":\"1232\",\"centre\":\"Testzentrum Nord\"}}}}"
        );
        let request = format!(
            "POST /v1/results HTTP/1.1\r\nhost: issuer\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let length = read_answer(&mut stream, &mut buffer).await;
        let answer = std::str::from_utf8(&buffer[..length]).unwrap();
        match answer.get(9..12) {
            Some("200") => {
                outcome.latencies.push(started.elapsed().as_secs_f64() * 1e3);
                let id = answer
                    .split("\"result_id\":\"")
                    .nth(1)
                    .and_then(|rest| rest.get(..32));
                if number % 100 == 7 {
                    outcome.samples.extend(id.map(str::to_owned));
                }
            }
            Some("503") => {
                outcome.refused += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            _ => panic!("{answer}"),
        }
    }
    outcome
}

/// Reads one answer with a content length; returns its size.
async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> usize {
    let mut filled = 0;
    loop {
        filled += stream.read(&mut buffer[filled..]).await.unwrap();
        let text = std::str::from_utf8(&buffer[..filled]).unwrap_or_default();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.lines().next());
        if body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0) {
            return filled;
        }
    }
}

/// A name of its own for each number.
fn letters(mut number: u64) -> String {
    let mut name = String::from("M");
    while number > 0 {
        name.push(char::from(b'a' + u8::try_from(number % 26).unwrap()));
        number /= 26;
    }
    name
}
