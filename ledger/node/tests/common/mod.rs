//! A cooperative for tests: members with witnesses on sockets of their own, a log, a registrar and issuers.
#![allow(dead_code, reason = "each test file uses its part of it")]

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64, prelude::BASE64_URL_SAFE_NO_PAD};
use ledger::{
    checkpoint::SignedCheckpoint,
    cosignature::CosignerKey,
    entry::{Entry, EntryId, Subject, UncheckedEntry},
    heads::{Chain, Head, SignedHead},
    note::VerifierKey,
    policy::{self, Cosigned, Policy},
};
use ledger_node::{
    Error, Log, LogConfig, Pace, Seed, Witness, WitnessConfig,
    storage::{LocalFiles, StorageError},
};
use reqwest::{Client, StatusCode};
use schemas::{
    BatchNumber, Day, Hash, IssuerNumber, UnixTime,
    crypto::{SigningKey as _, aws_lc::SigningKey, ml_dsa},
    key_event::{Country, EventNumber, IssuerKey, KeyEvent},
};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, sleep},
};

/// Fast enough for tests, slow enough for a busy machine.
pub const PACE: Pace = Pace {
    checkpoint_ms: 20,
    gather_ms: 5,
    idle_ms: 1_000,
    late_ms: 200,
    witness_ms: 2_000,
    retry_ms: 100,
    append_ms: 15_000,
};

/// Something that runs until it is stopped.
pub struct Running {
    stop: oneshot::Sender<()>,
    done: JoinHandle<Result<(), Error>>,
}

impl Running {
    fn spawn<F: Future<Output = Result<(), Error>> + Send + 'static>(
        run: impl FnOnce(oneshot::Receiver<()>) -> F,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let done = tokio::spawn(run(stopped));
        Self { stop, done }
    }

    pub async fn stop(self) {
        let _ = self.stop.send(());
        self.done.await.unwrap().unwrap();
    }

    /// Why it ended of itself.
    pub async fn ended(self) -> Error {
        self.done.await.unwrap().unwrap_err()
    }
}

pub struct Cooperative {
    pub folder: TempDir,
    pub registrar: SigningKey,
    pub log_address: SocketAddr,
    pub log_key: VerifierKey,
    pub policy: Policy,
    pub witnesses: Vec<Member>,
    pub http: Client,
}

pub struct Member {
    pub address: SocketAddr,
    pub config: WitnessConfig,
    pub folder: PathBuf,
    running: Option<Running>,
}

impl Member {
    pub async fn start(&mut self) {
        let listener = bind(self.address).await;
        let storage = let_go(&self.folder);
        let witness = Witness::open(&self.config, storage).unwrap();
        let run = |stop: oneshot::Receiver<()>| async {
            witness.run(listener, async { drop(stop.await) }).await;
            Ok(())
        };
        self.running = Some(Running::spawn(run));
    }

    pub async fn stop(&mut self) {
        self.running.take().unwrap().stop().await;
    }
}

impl Cooperative {
    /// A log and as many witnesses, none of them running.
    pub async fn new(members: usize, quorum: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        let policy_file = root.join("policy");
        let mut witnesses = Vec::new();
        let (mut listed, mut post_quantum) = (Vec::new(), Vec::new());
        for member in 0..members {
            let post_quantum_key = root.join(format!("witness-{member}-post-quantum.key"));
            let config = WitnessConfig {
                checkpoints_per_second: 1_000,
                post_quantum_key_file: Some(post_quantum_key.clone()),
                ..WitnessConfig::new(
                    format!("member-{member}.example/witness"),
                    root.join(format!("witness-{member}.key")),
                    policy_file.clone(),
                )
            };
            let key = config.key.create().unwrap();
            let post_quantum_seed = Seed::create(&post_quantum_key).unwrap();
            post_quantum.push(policy::Witness {
                name: format!("member-{member}-post-quantum"),
                key: CosignerKey::ml_dsa_44_from_seed(
                    config.name.parse().unwrap(),
                    post_quantum_seed.as_bytes(),
                )
                .key()
                .clone(),
                url: None,
            });
            let address = free_address().await;
            listed.push(policy::Witness {
                name: format!("member-{member}"),
                key: key.cosigner(config.name.parse().unwrap()).witness(),
                url: Some(format!("http://{address}")),
            });
            witnesses.push(Member {
                address,
                config,
                folder: root.join(format!("witness-{member}")),
                running: None,
            });
        }
        let seed = Seed::create(&root.join("log.key")).unwrap();
        let origin = "member-0.example/log".parse().unwrap();
        let log_key = ledger::note::SignerKey::from_seed(origin, seed.as_bytes()).verifier();
        let log = policy::Log {
            key: log_key.clone(),
            url: None,
        };
        let policy = Policy::new(vec![log], listed, quorum).unwrap();
        let policy = policy.with_post_quantum(post_quantum, quorum).unwrap();
        std::fs::write(&policy_file, policy.to_string()).unwrap();
        Self {
            registrar: SigningKey::generate().unwrap(),
            log_address: free_address().await,
            log_key,
            policy,
            witnesses,
            http: Client::new(),
            folder,
        }
    }

    /// The same with everything running.
    pub async fn running(members: usize, quorum: usize) -> (Self, Running) {
        let mut cooperative = Self::new(members, quorum).await;
        for witness in &mut cooperative.witnesses {
            witness.start().await;
        }
        Log::create(&cooperative.log_config(), cooperative.log_storage()).unwrap();
        let log = cooperative.start_log(PACE).await;
        (cooperative, log)
    }

    pub fn log_folder(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    pub fn log_storage(&self) -> Arc<dyn ledger_node::storage::Storage> {
        let_go(&self.log_folder())
    }

    pub fn log_config(&self) -> LogConfig {
        let root = self.folder.path();
        let registrar = self.registrar.public();
        LogConfig {
            pace: PACE,
            registrar_post_quantum: Some(BASE64_URL_SAFE_NO_PAD.encode(registrar_key().public().as_bytes())),
            ..LogConfig::new(
                "member-0.example/log",
                root.join("log.key"),
                root.join("policy"),
                &registrar,
            )
        }
    }

    pub async fn start_log(&self, pace: Pace) -> Running {
        let config = LogConfig {
            pace,
            ..self.log_config()
        };
        let log = Log::open(&config, self.log_storage()).unwrap();
        let listener = bind(self.log_address).await;
        Running::spawn(|stop| log.run(listener, async { drop(stop.await) }))
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.log_address)
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Vec<u8>) {
        let response = self.http.get(self.url(path)).send().await.unwrap();
        (response.status(), response.bytes().await.unwrap().to_vec())
    }

    /// The published checkpoint, held against the policy.
    pub async fn checkpoint(&self) -> Option<Cosigned> {
        self.checkpoint_at("/checkpoint").await
    }

    /// The same from another path.
    pub async fn checkpoint_at(&self, path: &str) -> Option<Cosigned> {
        let (status, bytes) = self.get(path).await;
        let read = || {
            self.policy
                .verify(&SignedCheckpoint::parse(&bytes).unwrap())
                .unwrap()
        };
        (status == StatusCode::OK).then(read)
    }

    /// Appends, whatever the answer.
    pub async fn append(&self, entries: &[Signed]) -> (StatusCode, Value) {
        self.append_at(&self.url("/entries"), entries).await
    }

    pub async fn append_at(&self, url: &str, entries: &[Signed]) -> (StatusCode, Value) {
        let entries: Vec<Value> = entries.iter().map(Signed::to_json).collect();
        let request = json!({ "entries": entries });
        assert_valid("request", &request);
        let response = self
            .http
            .post(url)
            .body(request.to_string())
            .send()
            .await
            .unwrap();
        let status = response.status();
        let answer = response.json().await.unwrap();
        assert_valid("answer", &answer);
        (status, answer)
    }

    /// Appends one entry that is taken; returns its index and the size of the published tree.
    pub async fn appended(&self, entry: &Signed) -> (u64, u64) {
        let (status, answer) = self.append(std::slice::from_ref(entry)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        place(&answer["entries"][0])
    }

    /// Brings a head, whatever the answer: the status and the code.
    pub async fn send_head(&self, head: &[u8]) -> (StatusCode, String) {
        let request = self.http.post(self.url("/heads")).body(head.to_vec());
        let response = request.send().await.unwrap();
        let status = response.status();
        let answer: Value = response.json().await.unwrap();
        (status, answer["error"].as_str().unwrap_or_default().to_owned())
    }

    /// Registers an issuer; returns it with its entry's place.
    pub async fn register(&self, number: u32) -> Issuer {
        let (issuer, event) = Issuer::new(&self.registrar, number);
        self.appended(&event).await;
        issuer
    }
}

/// Holds what is sent and answered against `schemas/spec/json/log-http.schema.json`.
pub fn assert_valid(what: &str, value: &Value) {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/spec/json/log-http.schema.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    });
    let mut schema = SCHEMA.clone();
    schema["$ref"] = format!("#/$defs/{what}").into();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}: {value}");
}

pub fn place(answer: &Value) -> (u64, u64) {
    let number = |key: &str| answer[key].as_u64().unwrap_or_else(|| panic!("{answer}"));
    (number("index"), number("size"))
}

/// An entry to append, with its object.
#[derive(Clone)]
pub struct Signed {
    pub entry: UncheckedEntry,
    pub object: Option<Vec<u8>>,
}

impl Signed {
    pub fn to_json(&self) -> Value {
        match &self.object {
            Some(object) => {
                json!({ "entry": BASE64.encode(self.entry.encode()), "object": BASE64.encode(object) })
            }
            None => json!({ "entry": BASE64.encode(self.entry.encode()) }),
        }
    }
}

/// The registrar's ML-DSA-44 key.
pub fn registrar_key() -> ml_dsa::SecretKey {
    ml_dsa::SecretKey::from_seed(&[200; 32])
}

/// An issuer's.
pub fn issuer_key(number: u32) -> ml_dsa::SecretKey {
    ml_dsa::SecretKey::from_seed(&[u8::try_from(number).unwrap(); 32])
}

/// The signed head of the chain that an entry ends.
pub fn head(of: &Signed, time: i64, key: &ml_dsa::SecretKey) -> SignedHead {
    let entry = of.entry.unverified();
    let head = Head {
        issuer: entry.subject().issuer(),
        chain: Chain::of(&entry.subject()).unwrap(),
        number: entry.subject().number(),
        entry: entry.id(),
        time: UnixTime(time),
    };
    head.sign(key)
}

/// An issuer that signs batches in a row.
pub struct Issuer {
    pub number: IssuerNumber,
    pub key: SigningKey,
    next: u32,
    previous: Option<EntryId>,
}

impl Issuer {
    /// A new issuer and the registrar's word for it.
    pub fn new(registrar: &SigningKey, number: u32) -> (Self, Signed) {
        let issuer = Self {
            number: IssuerNumber(number),
            key: SigningKey::generate().unwrap(),
            next: 0,
            previous: None,
        };
        let (from, to) = (UnixTime(0), UnixTime(4_000_000_000));
        let key = IssuerKey::new(issuer.key.public(), from, to, None).unwrap();
        let country = Country::new("DE").unwrap();
        let event = KeyEvent::new(
            issuer.number,
            EventNumber(0),
            "Test centre".into(),
            country,
            vec![key],
        )
        .unwrap()
        .with_post_quantum(Some(issuer_key(number).public()));
        let subject = Subject::KeyEvent(issuer.number, EventNumber(0));
        let entry = Entry::new(subject, Day(46_000), event.root(), None).unwrap();
        let event = Signed {
            entry: entry.sign(registrar).unwrap(),
            object: Some(event.encode()),
        };
        (issuer, event)
    }

    /// The next batch, with a root of its own.
    pub fn batch(&mut self) -> Signed {
        let batch = self.with_root(Hash::of(&[
            &self.number.0.to_be_bytes(),
            &self.next.to_be_bytes(),
        ]));
        self.next += 1;
        self.previous = Some(batch.entry.unverified().id());
        batch
    }

    /// The next batch with this root, without moving on.
    pub fn with_root(&self, root: Hash) -> Signed {
        let subject = Subject::Batch(self.number, BatchNumber(self.next));
        let entry = Entry::new(subject, Day(20_000), root, self.previous).unwrap();
        Signed {
            entry: entry.sign(&self.key).unwrap(),
            object: None,
        }
    }
}

/// Opens a folder that somebody in this process may just have left: the last of its requests holds it still.
fn let_go(folder: &Path) -> Arc<LocalFiles> {
    for _ in 0..500 {
        match LocalFiles::open(folder) {
            Err(StorageError::Locked { .. }) => std::thread::sleep(Duration::from_millis(10)),
            opened => return Arc::new(opened.unwrap()),
        }
    }
    panic!("{} stays locked", folder.display());
}

/// Waits until `done` answers with something.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut done: impl FnMut() -> F) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = done().await {
            return found;
        }
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "waited for too long: {what}"
        );
        sleep(Duration::from_millis(20)).await;
    }
}

pub async fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
}

/// Listens at an address that somebody else may just have left.
pub async fn bind(address: SocketAddr) -> TcpListener {
    until("the address", || async { TcpListener::bind(address).await.ok() }).await
}

/// The folder of public vectors, or a line that says how many tests were left out.
pub fn vectors_for(tests: usize) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let folder = std::env::var_os("ATTEST_VECTORS").map_or(beside, PathBuf::from);
    let found = folder.is_dir().then_some(folder);
    if found.is_none() {
        println!("left out: {tests} vector tests (no ../shared/vectors)");
    }
    found
}
