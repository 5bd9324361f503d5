//! The issuer, in this process, with its database on disk.

use base64::{Engine, prelude::BASE64_STANDARD};
use issuer::key_request::KeyRequest;
use issuer_server::{
    Accreditation, Appending, Config, EntryKind, HttpLedger, IssuerService, Ledger, PendingEntry,
    account::Role,
    clock::{Clock, SystemClock},
};
use ledger::entry::{Entry, Subject};
use schemas::{
    crypto::{
        SigningKey as _,
        aws_lc::{AwsLc, SigningKey},
    },
    key_event::{Country, EventNumber, IssuerKey, KeyEvent},
};
use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// A running issuer.
pub struct Running {
    /// Where it is.
    pub address: String,
    /// A station's key.
    pub key: String,
    operations: String,
    ledger: Arc<Watched>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), issuer_server::Error>>,
}

/// The way to the log, and how long each batch took on it.
struct Watched {
    log: HttpLedger,
    /// Seconds from the closing of a batch to the log's answer, which comes when it is cosigned.
    waited: Mutex<Vec<f64>>,
}

impl Ledger for Watched {
    fn append<'a>(&'a self, entries: &'a [PendingEntry]) -> Appending<'a> {
        Box::pin(async move {
            let answers = self.log.append(entries).await?;
            let now = SystemClock.since_1970();
            let anchored = entries
                .iter()
                .zip(&answers)
                .filter(|(entry, answer)| entry.kind == EntryKind::Batch && answer.is_ok());
            let waited = anchored.map(|(entry, _)| now.saturating_sub(entry.made_at).as_secs_f64());
            self.waited.lock().expect("nothing panicked").extend(waited);
            Ok(answers)
        })
    }

    fn last(&self, issuer: schemas::IssuerNumber) -> issuer_server::Asking<'_> {
        self.log.last(issuer)
    }

    fn send_head<'a>(&'a self, head: &'a ledger::heads::SignedHead) -> issuer_server::Sending<'a> {
        self.log.send_head(head)
    }
}

impl Running {
    /// Opens an issuer, has it accredited, and starts it.
    pub async fn start(folder: &Path, registrar: &SigningKey, log: &str) -> Self {
        fs::create_dir_all(folder).expect("a folder");
        let config = Config {
            number: 7,
            name: "Gesundheitsamt Musterstadt".into(),
            country: "DE".into(),
            url: "https://issuer.example".into(),
            database_url: None,
            data: folder.into(),
            keys: None,
            log: log.into(),
            early_every_seconds: 40,
            registrar: registrar
                .public()
                .as_bytes()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        };
        let ledger = Arc::new(Watched {
            log: HttpLedger::new(log).expect("an address"),
            waited: Mutex::default(),
        });
        let service = IssuerService::open_with(&config, Arc::new(SystemClock), ledger.clone()).await;
        let service = service.expect("a new issuer");
        let request = service.key_request().expect("a new key");
        service
            .accredit(&accredited(&request, registrar))
            .await
            .expect("its registrar");
        let account = service.add_account("load", Role::Station, u32::MAX).await;
        let (_, key) = account.expect("the first account");
        let (listener, operations) = (listen().await, listen().await);
        let address = |listener: &TcpListener| listener.local_addr().expect("it is bound").to_string();
        let (stop, stopped) = oneshot::channel();
        Self {
            address: address(&listener),
            key: key.expose().to_owned(),
            operations: format!("http://{}/metrics", address(&operations)),
            ledger,
            stop,
            running: tokio::spawn(service.run(listener, Some(operations), async { drop(stopped.await) })),
        }
    }

    /// Returns when no entry waits for the ledger and no result for its batch to close.
    pub async fn wait_until_anchored(&self) {
        let mut quiet_since = Instant::now();
        // The last batch closes within a minute.
        while quiet_since.elapsed() < Duration::from_secs(3) {
            tokio::time::sleep(Duration::from_millis(250)).await;
            let metrics = self.metrics().await;
            let results = value(&metrics, "attest_issuer_results{state=\"issued\"} ");
            let batched = value(&metrics, "attest_issuer_batch_credentials_sum ");
            if value(&metrics, "attest_issuer_entries_waiting ") > 0.0 || batched < results {
                quiet_since = Instant::now();
            }
        }
    }

    /// Stops it. The seconds that each batch took to be cosigned.
    pub async fn stop(self) -> Vec<f64> {
        let _ = self.stop.send(());
        self.running.await.expect("it did not panic").expect("it served");
        let mut waited = self.ledger.waited.lock().expect("nothing panicked");
        core::mem::take(&mut waited)
    }

    /// How many transactions were committed, and the seconds that they took one after the other.
    pub async fn commits(&self) -> [f64; 2] {
        let metrics = self.metrics().await;
        ["count", "sum"].map(|of| value(&metrics, &format!("attest_issuer_commit_seconds_{of} ")))
    }

    async fn metrics(&self) -> String {
        let answer = reqwest::get(&self.operations).await.expect("it answers");
        answer.text().await.expect("a text")
    }
}

fn accredited(request: &str, registrar: &SigningKey) -> Accreditation {
    let request = KeyRequest::verify(request, &AwsLc).expect("the issuer signed it");
    let (now, number) = (SystemClock.now(), EventNumber(0));
    let end = now.plus(90 * 86_400);
    let key = IssuerKey::new(request.point, now.plus(-60), end, None).expect("times in order");
    let country = Country::new(&request.country).expect("two letters");
    let event = KeyEvent::new(request.issuer, number, request.name, country, vec![key]).expect("one key");
    let entry = Entry::new(
        Subject::KeyEvent(request.issuer, number),
        end.day(),
        event.root(),
        None,
    );
    let entry = entry
        .and_then(|entry| entry.sign(registrar))
        .expect("a first entry");
    Accreditation {
        entry: BASE64_STANDARD.encode(entry.encode()),
        event: BASE64_STANDARD.encode(event.encode()),
        head: None,
    }
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

/// The value of a metric; 0 for one that is not there.
fn value(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0.0)
}
