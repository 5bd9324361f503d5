//! The ledger's process: a log on local files, and ten witnesses that it asks over HTTP.

use crate::{child::Child, world::write};
use base64::{Engine, prelude::BASE64_STANDARD};
use ledger::{
    cosignature::CosignerKey,
    note::SignerKey,
    policy::{Log as KnownLog, Policy, Witness as KnownWitness, default_quorum},
};
use ledger_node::{
    Log, LogConfig, Seed, Witness, WitnessConfig,
    storage::{Files, Storage},
};
use schemas::crypto::{P256Point, SigningKey};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::net::TcpListener;

/// What the role is called on the command line.
pub const ROLE: &str = "ledger";
const WITNESSES: usize = 10;
const ORIGIN: &str = "attest.example/speed/log";

/// Where the ledger is.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Founded {
    /// The log's address.
    pub log: String,
    /// The network document.
    pub network: PathBuf,
}

/// Starts the process.
pub fn start(folder: &Path, registrar: &dyn SigningKey) -> Child {
    let registrar = BASE64_STANDARD.encode(registrar.public().as_bytes());
    Child::start(&[ROLE, &folder.display().to_string(), &registrar])
}

/// What the process does, until its standard input ends.
pub async fn run(folder: &Path, registrar: &str) {
    let registrar = BASE64_STANDARD.decode(registrar).expect("base64");
    let registrar = P256Point::from_sec1(&registrar).expect("a point");
    // 1. Keys and addresses.
    let log_key = folder.join("log.key");
    let signer = SignerKey::from_seed(ORIGIN.parse().expect("a name"), seed(&log_key).as_bytes());
    let (listener, log) = listen().await;
    let (mut known, mut starting) = (Vec::new(), Vec::new());
    for number in 0..WITNESSES {
        let (key_file, name) = (
            folder.join(format!("{number}.key")),
            format!("attest.example/speed/{number}"),
        );
        let key = CosignerKey::from_seed(name.parse().expect("a name"), seed(&key_file).as_bytes()).key().clone();
        let (listener, url) = listen().await;
        known.push(KnownWitness {
            name: format!("member-{number}"),
            key,
            url: Some(url),
        });
        starting.push((folder.join(number.to_string()), name, key_file, listener));
    }
    let logs = vec![KnownLog {
        key: signer.verifier(),
        url: Some(log.clone()),
    }];
    let members = Policy::new(logs, known, default_quorum(WITNESSES)).expect("different keys");
    let (policy, network) = (folder.join("members.policy"), folder.join("network.toml"));
    write(&policy, members.to_string().as_bytes());
    let document = generate::world::network(registrar, members);
    write(&network, document.to_toml().as_bytes());

    // 2. The witnesses, then the log.
    for (records, name, key_file, listener) in starting {
        let config = WitnessConfig::new(name, key_file, policy.clone());
        let witness = Witness::open(&config, files(&records)).expect("a new witness");
        tokio::spawn(witness.run(listener, std::future::pending()));
    }
    let config = LogConfig::new(ORIGIN, log_key, policy, &registrar);
    let storage = files(&folder.join("files"));
    Log::create(&config, storage.clone()).expect("a new log");
    let running = Log::open(&config, storage)
        .expect("a new log")
        .run(listener, std::future::pending());
    tokio::spawn(running);
    println!(
        "{}",
        serde_json::to_string(&Founded { log, network }).expect("texts")
    );
    let parent = tokio::task::spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink()));
    let _ = parent.await;
}

fn seed(file: &Path) -> Seed {
    std::fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("a folder");
    Seed::create(file).expect("a new key")
}

fn files(folder: &Path) -> Arc<dyn Storage> {
    Arc::new(Files::open(folder).expect("a new folder"))
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    (listener, url)
}
