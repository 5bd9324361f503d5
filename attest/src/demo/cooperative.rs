//! Ten members on one machine: a log, and ten witnesses that speak to it over HTTP as they would between machines.

use super::Failure;
use crate::{
    issuer_key::{Registrar, post_quantum_text},
    policy::Office,
};
use ledger::{
    cosignature::CosignerKey,
    note::SignerKey,
    policy::{Log as KnownLog, Policy, Witness as KnownWitness, default_quorum},
    signatory::Signatories,
};
use ledger_node::{Log, LogConfig, Seed, Witness, WitnessConfig, storage};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{net::TcpListener, sync::watch};
use verifier::network::{Network, Terms, USUAL_AGE_DAYS};
use verifier_server::now;

/// How many data centres run the ledger.
const MEMBERS: usize = 10;

/// A running ledger.
pub struct Cooperative {
    /// Where the log's files are.
    pub log: String,
    /// The document that every verifier starts from.
    pub network: PathBuf,
}

/// Founds the cooperative in `folder` and starts its members. Each has a key and a folder of its own.
pub async fn found(
    folder: &Path,
    registrar: &Registrar,
    stop: &watch::Receiver<()>,
) -> Result<Cooperative, Failure> {
    // 1. Keys and addresses.
    let policy_file = folder.join("members.policy");
    let log_key = folder.join("log/log.key");
    let seed = Seed::create(&log_key)?;
    let origin = "attest.example/demo/log-1";
    let signer = SignerKey::from_seed(origin.parse()?, seed.as_bytes());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let log = format!("http://{}", listener.local_addr()?);
    let (mut witnesses, mut post_quantum) = (Vec::new(), Vec::new());
    let (mut doors, mut offices) = (Vec::new(), Vec::new());
    for member in 1..=MEMBERS {
        let name = format!("attest.example/demo/witness-{member}");
        let key_file = folder.join(format!("member-{member}/witness.key"));
        let seed = Seed::create(&key_file)?;
        let key = CosignerKey::from_seed(name.parse()?, seed.as_bytes())
            .key()
            .clone();
        let mut config = WitnessConfig::new(&*name, key_file, policy_file.clone());
        let key_file = folder.join(format!("member-{member}/witness-post-quantum.key"));
        let seed = Seed::create(&key_file)?;
        config.post_quantum_key_file = Some(key_file);
        post_quantum.push(KnownWitness {
            name: format!("member-{member}-post-quantum"),
            key: CosignerKey::ml_dsa_44_from_seed(name.parse()?, seed.as_bytes())
                .key()
                .clone(),
            url: None,
        });
        let office = Office::create(
            &folder.join(format!("member-{member}/office")),
            &format!("attest.example/demo/office-{member}").parse()?,
        )?;
        offices.extend(office.keys().iter().map(|key| key.key().clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = Some(format!("http://{}", listener.local_addr()?));
        witnesses.push(KnownWitness {
            name: format!("member-{member}"),
            key,
            url,
        });
        doors.push((member, config, listener));
    }

    // 2. What they agreed on.
    let logs = vec![KnownLog {
        key: signer.verifier(),
        url: Some(log.clone()),
    }];
    let quorum = default_quorum(MEMBERS);
    let members = Policy::new(logs, witnesses, quorum)?.with_post_quantum(post_quantum, quorum)?;
    std::fs::write(&policy_file, members.to_string())?;
    let network = folder.join("network.toml");
    let terms = Terms {
        registrar: registrar.public(),
        registrar_post_quantum: registrar.post_quantum(),
        members,
        signatories: Signatories::new(offices, quorum)?,
        max_age_days: USUAL_AGE_DAYS,
    };
    std::fs::write(&network, Network::found(terms, now())?.to_toml())?;

    // 3. The witnesses, then the log.
    for (member, config, listener) in doors {
        let files = storage::Files::open(&folder.join(format!("member-{member}/records")))?;
        let witness = Witness::open(&config, Arc::new(files))?;
        tokio::spawn(witness.run(listener, stopped(stop)));
    }
    let files: Arc<dyn storage::Storage> = Arc::new(storage::Files::open(&folder.join("log/files"))?);
    let mut config = LogConfig::new(origin, log_key, policy_file, &registrar.public());
    config.registrar_post_quantum = registrar.post_quantum().map(|key| post_quantum_text(&key));
    Log::create(&config, Arc::clone(&files))?;
    let running = Log::open(&config, files)?.run(listener, stopped(stop));
    tokio::spawn(async {
        if let Err(error) = running.await {
            eprintln!("attest: the log stopped: {error}");
        }
    });
    Ok(Cooperative { log, network })
}

/// Ready when everything is to stop.
pub fn stopped(stop: &watch::Receiver<()>) -> impl Future<Output = ()> + Send + use<> {
    let mut stop = stop.clone();
    async move {
        let _ = stop.changed().await;
    }
}
