//! The recorded issuer, what it is asked, and what it acknowledged.

use super::{answer, certificate, pick_up};
use crate::{
    kill::{self, HastyClock},
    world::{self, MemoryLedger, NOW, World, wallet::Wallet},
};
use issuer_server::{
    Appending, Config, HttpLedger, IssuerService, Ledger, PendingEntry,
    account::Role,
    clock::{Clock, SystemClock},
};
use schemas::Commitment;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

/// Something that the issuer acknowledged.
pub enum Fact {
    /// The keys of the accounts work.
    Accounts,
    /// The registrar's event is in force, and the key that it accredits is there.
    Accredited,
    /// The answer to the submission with this number.
    Result(u32, Value),
    /// The certificate of a result.
    Certificate(String, Commitment),
    /// A result is revoked.
    Revoked(String),
    /// A wallet has these copies.
    Copies(Box<Wallet>, Vec<Commitment>),
}

/// A recorded run.
pub struct Run {
    /// The recorded folder.
    pub root: PathBuf,
    /// The record.
    pub file: PathBuf,
    pub config: Config,
    pub accounts: HashMap<String, String>,
    /// What was acknowledged, each with the length of the record then.
    pub facts: Vec<(u64, Fact)>,
    /// What the log was sent, each with the length of the record then.
    pub appended: Vec<(u64, PendingEntry)>,
}

/// How long each life of the recorded issuer is.
const LIFE: Duration = Duration::from_millis(1_500);

/// The recorded issuer. Does nothing unless the test below started it.
#[test]
fn child() {
    let Ok(settings) = env::var("ATTEST_RECORDED_ISSUER") else {
        return;
    };
    let config: Config = serde_json::from_str(&settings).unwrap();
    let folder = PathBuf::from(env::var("ATTEST_RECORDED_IN").unwrap());
    let since = env::var("ATTEST_RECORDED_SINCE").unwrap().parse().unwrap();
    let clock = Arc::new(HastyClock(Duration::from_millis(since)));
    let tell = |name: &str, what: String| {
        fs::write(folder.join("new"), what).unwrap();
        fs::rename(folder.join("new"), folder.join(name)).unwrap();
    };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let ledger = Arc::new(HttpLedger::new(&config.log).unwrap());
        let service = IssuerService::open_with(&config, clock, ledger).await.unwrap();
        if !folder.join("accounts").exists() {
            let mut keys = HashMap::new();
            for role in [Role::Station, Role::Admin] {
                let (_, key) = service.add_account(role.as_str(), role, 1_000_000).await.unwrap();
                keys.insert(role.as_str(), key.expose().to_owned());
            }
            tell("accounts", json!(keys).to_string());
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        tell("port", listener.local_addr().unwrap().port().to_string());
        let stop = folder.join("stop");
        let stopped = async move {
            while !stop.exists() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        service.run(listener, None, stopped).await.unwrap();
    });
}

/// A log that notes when it was sent what.
struct NotedLedger {
    ledger: Arc<MemoryLedger>,
    record: PathBuf,
    appended: Mutex<Vec<(u64, PendingEntry)>>,
}

impl Ledger for NotedLedger {
    fn append<'a>(&'a self, entries: &'a [PendingEntry]) -> Appending<'a> {
        let now = length(&self.record);
        let mut appended = self.appended.lock().unwrap();
        appended.extend(entries.iter().map(|entry| (now, entry.clone())));
        self.ledger.append(entries)
    }

    fn last(&self, issuer: schemas::IssuerNumber) -> issuer_server::Asking<'_> {
        self.ledger.last(issuer)
    }

    fn send_head<'a>(&'a self, head: &'a ledger::heads::SignedHead) -> issuer_server::Sending<'a> {
        self.ledger.send_head(head)
    }
}

/// What lanes of traffic share.
struct Recording<'a> {
    world: &'a World,
    record: &'a Path,
    facts: Mutex<Vec<(u64, Fact)>>,
    since: Duration,
}

impl Run {
    /// An issuer from its first start on, through three lives: killed, stopped, killed. Nothing, and a line that says so,
    /// where there is no way to record.
    pub async fn record(folder: &Path) -> Option<Self> {
        let Some(recorder) = recorder(folder) else {
            println!("left out: 1 test of a disk that forgets (needs Linux and cc)");
            return None;
        };
        let folder = folder.canonicalize().unwrap();
        let (root, file) = (folder.join("disk"), folder.join("record"));
        let data = root.join("srv/data");
        fs::create_dir_all(&data).unwrap();
        let mut world = World::closed();
        let ledger = Arc::new(NotedLedger {
            ledger: world.ledger.clone(),
            record: file.clone(),
            appended: Mutex::default(),
        });
        let (log, serving) = kill::serve(ledger.clone()).await;
        let settings = json!({
            "number": 7,
            "name": world.config.name,
            "country": "DE",
            "url": world.config.url,
            "data": data,
            "keys": root.join("srv/secrets/issuer"),
            "log": log,
            "registrar": world.registrar.point(),
        "early_every_seconds": 0,
        });
        let since = SystemClock.since_1970();
        let mut facts = Vec::new();
        let mut accounts: HashMap<String, String> = HashMap::new();
        for life in 0..3u32 {
            for name in ["port", "stop"] {
                let _ = fs::remove_file(folder.join(name));
            }
            let mut child = Command::new(env::current_exe().unwrap())
                .args(["disk::recording::child", "--exact", "--nocapture"])
                .env("LD_PRELOAD", &recorder)
                .env("ATTEST_RECORD_ROOT", &root)
                .env("ATTEST_RECORD_FILE", &file)
                .env("ATTEST_RECORDED_ISSUER", settings.to_string())
                .env("ATTEST_RECORDED_IN", &folder)
                .env("ATTEST_RECORDED_SINCE", since.as_millis().to_string())
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            world.reach(&mut child, &folder).await;
            if life == 0 {
                accounts = serde_json::from_slice(&fs::read(folder.join("accounts")).unwrap()).unwrap();
                accounts.iter().for_each(|(name, key)| world.know(name, key));
                facts.push((length(&file), Fact::Accounts));
            }
            let recording = Recording {
                world: &world,
                record: &file,
                facts: Mutex::new(facts),
                since,
            };
            if life < 2 {
                recording.accredit().await;
            }
            let lanes = (0..4).map(|lane| recording.traffic(life * 100_000 + lane * 10_000));
            let traffic = world::join_all(lanes);
            let ending = end(child, folder.join("stop"), life == 1);
            tokio::join!(traffic, ending);
            facts = recording.facts.into_inner().unwrap();
        }
        serving.abort();
        facts.sort_by_key(|(length, _)| *length);
        let appended = core::mem::take(&mut *ledger.appended.lock().unwrap());
        Some(Self {
            root,
            file,
            config: serde_json::from_value(settings).unwrap(),
            accounts,
            facts,
            appended,
        })
    }
}

impl Recording<'_> {
    /// Notes what was just acknowledged.
    fn note(&self, fact: Fact) {
        let now = length(self.record);
        self.facts.lock().unwrap().push((now, fact));
    }

    /// A new key, which the registrar accredits.
    async fn accredit(&self) {
        let request = self.world.post("admin", "/v1/keys", &json!({})).await.json();
        let answer = self
            .world
            .registrar
            .answer(request["request"].as_str().unwrap(), NOW);
        let answer = json!({ "entry": answer.entry, "event": answer.event });
        let reply = self.world.post("admin", "/v1/keys/accreditation", &answer).await;
        assert_eq!(reply.status, 204, "{}", reply.text);
        self.note(Fact::Accredited);
    }

    /// Submits results and does this and that with them, until nobody answers.
    async fn traffic(&self, first: u32) {
        for number in first.. {
            if self.one(number).await.is_none() {
                return;
            }
        }
    }

    async fn one(&self, number: u32) -> Option<()> {
        let submitted = self.call("/v1/results", &world::submission(number)).await?;
        let id = submitted["result_id"].as_str().unwrap().to_owned();
        self.note(Fact::Result(number, submitted.clone()));
        match number % 8 {
            0 => self.note(Fact::Certificate(
                id.clone(),
                certificate(self.world, &id).await?.0,
            )),
            3 => {
                let reason = json!({ "reason": "laboratory-error" });
                self.call(&format!("/v1/results/{id}/revoke"), &reason).await?;
                self.note(Fact::Revoked(id));
            }
            5 => {
                let wallet = Wallet::scan(&submitted, 2);
                let now = HastyClock(self.since).now().0;
                let commitments = pick_up(self.world, &wallet, now).await?;
                self.note(Fact::Copies(Box::new(wallet), commitments));
            }
            _ => {}
        }
        Some(())
    }

    async fn call(&self, path: &str, body: &Value) -> Option<Value> {
        let request = self.world.client().post(format!("{}{path}", self.world.url));
        answer(request.bearer_auth(self.world.key("station")).json(body)).await
    }
}

/// Ends a life after its time.
async fn end(mut child: Child, stop: PathBuf, gracefully: bool) {
    tokio::time::sleep(LIFE).await;
    match gracefully {
        true => fs::write(stop, "").unwrap(),
        false => child.kill().unwrap(),
    }
    let ended = tokio::task::spawn_blocking(move || child.wait());
    ended.await.unwrap().unwrap();
}

/// The recorder, compiled; nothing where there is no way to.
fn recorder(folder: &Path) -> Option<PathBuf> {
    let library = folder.join("record.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/disk/record.c");
    let mut compile = Command::new("cc");
    compile.args(["-O1", "-shared", "-fPIC", "-o"]).arg(&library);
    compile.arg(source).arg("-ldl");
    let compiled = cfg!(target_os = "linux") && compile.status().is_ok_and(|status| status.success());
    compiled.then_some(library)
}

fn length(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |metadata| metadata.len())
}
