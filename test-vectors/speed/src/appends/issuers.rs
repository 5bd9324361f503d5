//! The load's process: issuers that send what they signed to a log, each one request after the other, as issuers do.

use crate::{
    child::{cpu_seconds, tell, told},
    service::connection::Connection,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use generate::world::{issuer::Issuer, said::Said};
use issuer_server::clock::{Clock, SystemClock};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use schemas::{
    BatchNumber, Hash, UnixTime,
    crypto::{SigningKey as _, aws_lc::SigningKey, p256},
    key_event::IssuerKey,
};
use std::time::{Duration, Instant};
use tokio::{task::JoinSet, time};

/// What the role is called on the command line.
pub const ROLE: &str = "issuers";
/// Entries of one request: what an issuer sends at once (`issuer_server`).
const AT_ONCE: usize = 64;
/// How long an issuer at leisure pauses at most, in milliseconds: two checkpoints, so that its entries come at any moment of one.
const PAUSE: u64 = 2_000;
/// How long an entry that comes alone comes after the one before: longer than a checkpoint takes.
const ALONE: Duration = Duration::from_millis(1_500);

/// What went in at full speed.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Appended {
    /// How many entries were acknowledged.
    pub entries: u64,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// What the process used of the processors meanwhile.
    pub cpu_seconds: f64,
}

/// How long entries took that came one by one, in seconds.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Waited {
    /// While others came, at any moment.
    pub busy: Vec<f64>,
    /// While none did.
    pub alone: Vec<f64>,
    /// How long the busy ones took together.
    pub seconds: f64,
}

/// What the process does: has itself registered, tells how many issuers it is, and does what it is told.
pub async fn run(address: &str, issuers: u32, [requests, leisurely]: [usize; 2]) {
    let registrar = generate::seed::key("registrar");
    let now = SystemClock.now();
    let (mut stations, mut events) = (Vec::new(), Vec::new());
    for number in 1..=issuers {
        let mut station = Station::new(address, number, now).await;
        events.push(station.event(&registrar));
        stations.push(station);
    }
    for events in events.chunks(AT_ONCE) {
        stations[0].append(&body(events)).await;
    }
    // Signed before, so that it is the log that is measured.
    for station in &mut stations {
        station.ready = (0..requests).map(|_| body(&station.batches(AT_ONCE))).collect();
    }
    tell(&u64::from(issuers));
    while let Some(order) = told().await {
        match &*order {
            "append" => tell(&append(&mut stations).await),
            _ => tell(&wait(&mut stations, leisurely).await),
        }
    }
}

/// All that is ready, as fast as the log takes it.
async fn append(stations: &mut Vec<Station>) -> Appended {
    let (used, start) = (cpu_seconds("self"), Instant::now());
    let entries: usize = stations.iter().map(|station| station.ready.len() * AT_ONCE).sum();
    at_once(stations, |mut station| async move {
        station.connect().await;
        for body in std::mem::take(&mut station.ready) {
            station.append(&body).await;
        }
        station
    })
    .await;
    Appended {
        entries: entries as u64,
        seconds: start.elapsed().as_secs_f64(),
        cpu_seconds: cpu_seconds("self") - used,
    }
}

/// One by one: at any moment by all issuers, then by one of them alone.
async fn wait(stations: &mut Vec<Station>, leisurely: usize) -> Waited {
    let start = Instant::now();
    at_once(stations, |mut station| async move {
        station.connect().await;
        for _ in 0..leisurely {
            let pause = station.rng.random_range(0..PAUSE);
            time::sleep(Duration::from_millis(pause)).await;
            station.append_one().await;
        }
        station
    })
    .await;
    let seconds = start.elapsed().as_secs_f64();
    let busy = stations
        .iter_mut()
        .flat_map(|station| std::mem::take(&mut station.waited))
        .collect();
    let one = &mut stations[0];
    one.connect().await;
    for _ in 0..leisurely {
        time::sleep(ALONE).await;
        one.append_one().await;
    }
    let alone = std::mem::take(&mut one.waited);
    Waited { busy, alone, seconds }
}

/// Lets each do something, all at the same time.
async fn at_once<F: Future<Output = Station> + Send + 'static>(
    stations: &mut Vec<Station>,
    each: impl Fn(Station) -> F,
) {
    let running: JoinSet<Station> = stations.drain(..).map(each).collect();
    *stations = running.join_all().await;
}

/// An issuer and its connection.
struct Station {
    issuer: Issuer,
    key: SigningKey,
    address: String,
    connection: Connection,
    rng: StdRng,
    now: UnixTime,
    /// Requests to send.
    ready: Vec<String>,
    /// Seconds that each entry took.
    waited: Vec<f64>,
}

impl Station {
    async fn new(address: &str, number: u32, now: UnixTime) -> Self {
        Self {
            issuer: Issuer::new(number, "Testzentrum Nord"),
            key: SigningKey::generate().expect("randomness"),
            address: address.to_owned(),
            connection: Connection::open(address, "").await,
            rng: StdRng::seed_from_u64(number.into()),
            now,
            ready: Vec::new(),
            waited: Vec::new(),
        }
    }

    /// Anew, since a log does not keep connections that idle.
    async fn connect(&mut self) {
        self.connection = Connection::open(&self.address, "").await;
    }

    fn event(&mut self, registrar: &p256::SigningKey) -> Said {
        let (from, to) = (self.now.plus(-60), self.now.plus(30 * 86_400));
        let listed = IssuerKey::new(self.key.public(), from, to, None).expect("times in order");
        self.issuer.event(registrar, vec![listed])
    }

    fn batches(&mut self, count: usize) -> Vec<Said> {
        let expiry = issuer::expiry(self.now);
        let batch = |_| {
            let next = self.issuer.batches.next;
            let root = Hash::of(&[&self.issuer.number.0.to_be_bytes(), &next.to_be_bytes()]);
            let subject = |number| ledger::entry::Subject::Batch(self.issuer.number, BatchNumber(number));
            self.issuer.batches.say(subject, (expiry, root), None, &self.key)
        };
        (0..count).map(batch).collect()
    }

    async fn append_one(&mut self) {
        let body = body(&self.batches(1));
        let start = Instant::now();
        self.append(&body).await;
        self.waited.push(start.elapsed().as_secs_f64());
    }

    /// Returns once a checkpoint with all of them is published.
    async fn append(&mut self, body: &str) {
        let answer = self.connection.ask("POST", "/entries", body).await;
        assert!(
            answer.status == "200" && !answer.body.contains("error"),
            "{}",
            answer.body
        );
    }
}

fn body(said: &[Said]) -> String {
    let entry = |said: &Said| {
        let entry = BASE64_STANDARD.encode(&said.leaf);
        match &said.object {
            Some(object) => serde_json::json!({ "entry": entry, "object": BASE64_STANDARD.encode(object) }),
            None => serde_json::json!({ "entry": entry }),
        }
    };
    serde_json::json!({ "entries": said.iter().map(entry).collect::<Vec<_>>() }).to_string()
}
