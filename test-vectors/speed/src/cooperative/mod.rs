//! A cooperative on this machine: a log and ten witnesses, each a process with its own keys and its own folder on the disk.

pub mod log;
pub mod witness;

use crate::{child::Child, world::write};
use ledger::{
    note::KeyName,
    policy::{Policy, default_quorum},
};
use ledger_node::{
    Seed,
    storage::{Files, Storage},
};
use schemas::crypto::P256Point;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::net::TcpListener;

const WITNESSES: usize = 10;

/// The processes, until this is dropped.
pub struct Cooperative {
    /// The log's.
    pub log: Child,
    witnesses: Vec<Child>,
    /// The log's URL.
    pub url: String,
    /// What everybody knows of them.
    pub policy: Policy,
    /// The same in a file.
    pub policy_file: PathBuf,
    /// The network document.
    pub network: PathBuf,
}

impl Cooperative {
    /// Founds it in a folder.
    pub fn start(folder: &Path, registrar: &P256Point) -> Self {
        let [policy_file, network] = ["members.policy", "network.toml"].map(|file| folder.join(file));
        // 1. Each makes its keys and finds a free address.
        let (mut log, known) = log::start(&folder.join("log"), &policy_file, registrar);
        let url = known.url.clone().expect("a log has one");
        let (mut witnesses, mut members, mut post_quantum) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..WITNESSES {
            let name = format!("member-{number}");
            let (process, [ed25519, ml_dsa]) = witness::start(&folder.join(&name), &name, &policy_file);
            witnesses.push(process);
            members.push(ed25519);
            post_quantum.push(ml_dsa);
        }
        // 2. All are told of each other.
        let quorum = default_quorum(WITNESSES);
        let policy = Policy::new(vec![known], members, quorum)
            .and_then(|policy| policy.with_post_quantum(post_quantum, quorum))
            .expect("seven of ten different keys");
        write(&policy_file, policy.to_string().as_bytes());
        let document = generate::world::network(*registrar, policy.clone());
        write(&network, document.to_toml().as_bytes());
        for process in witnesses.iter_mut().chain([&mut log]) {
            assert!(process.ask::<bool>("start"));
        }
        Self {
            log,
            witnesses,
            url,
            policy,
            policy_file,
            network,
        }
    }

    /// The log's host and port.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// What all of them have used of the processors, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        let all = self.witnesses.iter().chain([&self.log]);
        all.map(Child::cpu_seconds).sum()
    }
}

/// The files of a process.
pub fn files(folder: &Path) -> Arc<dyn Storage> {
    Arc::new(Files::open(folder).expect("a new folder"))
}

/// A free port and its URL.
pub async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    (listener, url)
}

fn named(name: &str) -> KeyName {
    name.parse().expect("a name without spaces")
}

fn seed(file: &Path) -> Seed {
    fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("a folder");
    Seed::create(file).expect("a new key")
}
