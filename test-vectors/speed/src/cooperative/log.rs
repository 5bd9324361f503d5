//! The log's process.

use super::{files, listen, named, seed};
use crate::child::{Child, tell, told};
use base64::{Engine, prelude::BASE64_STANDARD};
use ledger::{note::SignerKey, policy};
use ledger_node::{Log, LogConfig};
use schemas::crypto::P256Point;
use std::{
    future,
    path::{Path, PathBuf},
};

/// What the role is called on the command line.
pub const ROLE: &str = "log";
const ORIGIN: &str = "attest.example/speed/log";

/// Starts the process; with what the policy shall say of it.
pub fn start(folder: &Path, policy: &Path, registrar: &P256Point) -> (Child, policy::Log) {
    let key = SignerKey::from_seed(named(ORIGIN), seed(&key(folder)).as_bytes()).verifier();
    let registrar = BASE64_STANDARD.encode(registrar.as_bytes());
    let paths = [folder, policy].map(|path| path.display().to_string());
    let mut process = Child::start(&[ROLE, &paths[0], &paths[1], &registrar]);
    let url = Some(process.hear());
    (process, policy::Log { key, url })
}

/// What the process does, until its standard input ends.
pub async fn run(folder: &Path, policy: &Path, registrar: &str) {
    let (listener, url) = listen().await;
    tell(&url);
    told().await; // the policy is written
    let registrar = BASE64_STANDARD.decode(registrar).expect("base64");
    let registrar = P256Point::from_sec1(&registrar).expect("a point");
    let config = LogConfig::new(ORIGIN, key(folder), policy.to_owned(), &registrar);
    let storage = files(&folder.join("files"));
    Log::create(&config, storage.clone()).expect("a new log");
    let log = Log::open(&config, storage).expect("a new log");
    tokio::spawn(log.run(listener, future::pending()));
    tell(&true);
    while told().await.is_some() {}
}

fn key(folder: &Path) -> PathBuf {
    folder.join("log.key")
}
