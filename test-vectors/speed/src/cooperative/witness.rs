//! A witness's process.

use super::{files, listen, named, seed};
use crate::child::{Child, tell, told};
use ledger::{cosignature::CosignerKey, policy};
use ledger_node::{Witness, WitnessConfig};
use std::{
    future,
    path::{Path, PathBuf},
};

/// What the role is called on the command line.
pub const ROLE: &str = "witness";

/// Starts the process; with what the policy shall say of it, by its Ed25519 key and by that of ML-DSA-44.
pub fn start(folder: &Path, member: &str, policy: &Path) -> (Child, [policy::Witness; 2]) {
    let [ed25519, ml_dsa] = keys(folder).map(|file| seed(&file));
    let name = || named(&name(member));
    let ed25519 = CosignerKey::from_seed(name(), ed25519.as_bytes()).key().clone();
    let ml_dsa = CosignerKey::ml_dsa_44_from_seed(name(), ml_dsa.as_bytes())
        .key()
        .clone();
    let paths = [folder, policy].map(|path| path.display().to_string());
    let mut process = Child::start(&[ROLE, &paths[0], member, &paths[1]]);
    let known = [
        policy::Witness {
            name: member.to_owned(),
            key: ed25519,
            url: Some(process.hear()),
        },
        policy::Witness {
            name: format!("{member}-post-quantum"),
            key: ml_dsa,
            url: None,
        },
    ];
    (process, known)
}

/// What the process does, until its standard input ends.
pub async fn run(folder: &Path, member: &str, policy: &Path) {
    let (listener, url) = listen().await;
    tell(&url);
    told().await; // the policy is written
    let [ed25519, ml_dsa] = keys(folder);
    let config = WitnessConfig {
        post_quantum_key_file: Some(ml_dsa),
        ..WitnessConfig::new(name(member), ed25519, policy.to_owned())
    };
    let witness = Witness::open(&config, files(&folder.join("files"))).expect("a new witness");
    tokio::spawn(witness.run(listener, future::pending()));
    tell(&true);
    while told().await.is_some() {}
}

fn name(member: &str) -> String {
    format!("attest.example/speed/{member}")
}

fn keys(folder: &Path) -> [PathBuf; 2] {
    ["witness.key", "post-quantum.key"].map(|file| folder.join(file))
}
