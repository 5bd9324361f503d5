//! Every server of the house keeps the same limits on what a connection may cost.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use issuer_server::{Config, IssuerService};
use ledger::{
    cosignature::CosignerKey,
    note::SignerKey,
    policy::{Log as KnownLog, Policy, Witness as KnownWitness},
};
use ledger_node::{Log, LogConfig, Monitor, MonitorConfig, Seed, Witness, WitnessConfig, storage};
use schemas::crypto::{SigningKey as _, aws_lc::SigningKey};
use serve::{HEAD_BYTES, HEAD_TIME, MAX_CONNECTIONS};
use std::{
    future::pending,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep, timeout},
};

const SERVERS: [&str; 5] = ["witness", "log", "monitor", "issuer", "door"];

#[tokio::test(flavor = "multi_thread")]
async fn every_server_limits_what_a_connection_costs() {
    let folder = tempfile::tempdir().unwrap();
    let (mut door, door_address) = door();
    let [witness, log, monitor] = ledger(folder.path()).await;
    let addresses = [witness, log, monitor, issuer(folder.path()).await, door_address];

    let slow = addresses
        .each_ref()
        .map(|address| tokio::spawn(slow_head(address.clone())));
    for (server, address) in SERVERS.iter().zip(&addresses) {
        println!("{server}");
        let answer = ask(&mut connect(address).await, "/healthz", "").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{server}: {answer}");
        for header in ["x-content-type-options: nosniff", "cache-control: no-store"] {
            assert!(answer.contains(header), "{server}: {answer}");
        }
        let answer = ask(&mut connect(address).await, "/healthz", &"x".repeat(HEAD_BYTES)).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{server}: {answer}");
        if files_at_once() > 2 * MAX_CONNECTIONS + 256 {
            too_many(server, address).await;
        } else {
            println!("left out: too many connections (ulimit -n below 1300)");
        }
    }
    for (server, slow) in SERVERS.iter().zip(slow) {
        let took = slow.await.unwrap();
        let expected = HEAD_TIME - Duration::from_secs(1)..HEAD_TIME + Duration::from_secs(15);
        assert!(expected.contains(&took), "{server}: {took:?}");
    }
    door.kill().unwrap();
    door.wait().unwrap();
}

/// How long a server listens to a head that comes byte after byte.
async fn slow_head(address: String) -> Duration {
    let mut stream = connect(&address).await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost:").await.unwrap();
    let started = Instant::now();
    while stream.write_all(b" ").await.is_ok() && started.elapsed() < HEAD_TIME * 4 {
        sleep(Duration::from_millis(200)).await;
    }
    started.elapsed()
}

/// One connection too many waits until others end.
async fn too_many(server: &str, address: &str) {
    let mut taken = Vec::new();
    for _ in 0..MAX_CONNECTIONS {
        taken.push(connect(address).await);
    }
    let mut waiting = connect(address).await;
    let early = timeout(Duration::from_millis(500), ask(&mut waiting, "/healthz", "")).await;
    assert!(early.is_err(), "{server}: {early:?}");
    drop(taken);
    let mut answer = [0; 12];
    let answered = timeout(Duration::from_secs(5), waiting.read_exact(&mut answer)).await;
    assert!(answered.is_ok_and(|read| read.is_ok()), "{server}");
    assert_eq!(&answer, b"HTTP/1.1 200", "{server}");
}

async fn connect(address: &str) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

/// The beginning of the answer.
async fn ask(stream: &mut TcpStream, path: &str, filler: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: here\r\nx-filler: {filler}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

/// A witness, a log that it cosigns, and a monitor of both.
async fn ledger(folder: &Path) -> [String; 3] {
    let (for_witness, witness) = listen().await;
    let (for_log, log) = listen().await;
    let (for_monitor, monitor) = listen().await;
    let (name, origin) = ("attest.example/witness", "attest.example/log");
    let keys = [folder.join("witness.key"), folder.join("log.key")];
    let witness_seed = Seed::create(&keys[0]).unwrap();
    let log_seed = Seed::create(&keys[1]).unwrap();
    let logs = vec![KnownLog {
        key: SignerKey::from_seed(origin.parse().unwrap(), log_seed.as_bytes()).verifier(),
        url: None,
    }];
    let witnesses = vec![KnownWitness {
        name: "member-1".into(),
        key: CosignerKey::from_seed(name.parse().unwrap(), witness_seed.as_bytes())
            .key()
            .clone(),
        url: Some(format!("http://{witness}")),
    }];
    let policy = folder.join("policy");
    std::fs::write(&policy, Policy::new(logs, witnesses, 1).unwrap().to_string()).unwrap();
    let files = |name: &str| -> Arc<dyn storage::Storage> {
        Arc::new(storage::Files::open(&folder.join(name)).unwrap())
    };
    let config = WitnessConfig::new(name, keys[0].clone(), policy.clone());
    tokio::spawn(
        Witness::open(&config, files("witness"))
            .unwrap()
            .run(for_witness, pending()),
    );
    let registrar = SigningKey::generate().unwrap().public();
    let watching = MonitorConfig::new(policy.clone(), &registrar);
    let watching = Monitor::open(&watching, files("monitor")).unwrap();
    tokio::spawn(watching.run(for_monitor, pending()));
    let config = LogConfig::new(origin, keys[1].clone(), policy, &registrar);
    let storage = files("log");
    Log::create(&config, Arc::clone(&storage)).unwrap();
    tokio::spawn(Log::open(&config, storage).unwrap().run(for_log, pending()));
    [witness, log, monitor]
}

async fn issuer(folder: &Path) -> String {
    let (listener, address) = listen().await;
    let registrar = SigningKey::generate().unwrap().public();
    let config = Config {
        number: 1,
        name: "Gesundheitsamt".into(),
        country: "DE".into(),
        url: format!("http://{address}"),
        database_url: None,
        data: folder.to_owned(),
        keys: None,
        log: "http://127.0.0.1:1".into(),
        early_every_seconds: 0,
        registrar: registrar
            .as_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    };
    let service = IssuerService::open(&config).await.unwrap();
    tokio::spawn(service.run(listener, None, pending()));
    address
}

/// The door check as a process of its own; it says where it listens.
fn door() -> (Child, String) {
    let mut door = Command::new(env!("CARGO_BIN_EXE_attest"))
        .args(["verify", "serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(door.stdout.take().unwrap())
        .read_line(&mut said)
        .unwrap();
    let address = said.trim_end().strip_prefix("door: http://");
    let address = address
        .unwrap_or_else(|| panic!("no address in {said}"))
        .to_owned();
    (door, address)
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// How many files this process may have open.
fn files_at_once() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3));
    soft.and_then(|soft| soft.parse().ok()).unwrap_or(256)
}
