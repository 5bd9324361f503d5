//! `attest ledger`: a log of the ledger.

use crate::{
    Error, files,
    print::say,
    service::{self, Settings, Start, quoted},
};
use clap::{Args, Subcommand};
use ledger::{note::SignerKey, policy::Log as KnownLog};
use ledger_node::{Log, LogConfig, Seed, storage::LocalFiles};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::task::JoinSet;

/// Run a log: it takes issuers' entries, and publishes what a quorum of witnesses has cosigned. With `--config` given
/// several times, several logs run in one process, each with its own address, files and key.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Ledger {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    start: Start,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Make a log: its key, its configuration and its null entry. Prints its line for the members' policy.
    Init(Init),
}

#[derive(Args, Debug)]
struct Init {
    /// Where the log has its files.
    folder: PathBuf,
    /// The name of its key: its URL without scheme, by custom.
    #[arg(long)]
    origin: String,
    /// The registrar's public key, as `attest registrar init` prints it.
    #[arg(long, value_name = "HEX")]
    registrar: String,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8100", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where others reach it.
    #[arg(long)]
    url: Option<String>,
}

/// The file `log.toml`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: SocketAddr,
    files: PathBuf,
    log: LogConfig,
}

impl Settings for File {
    fn paths(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.files, &mut self.log.key_file, &mut self.log.policy_file]
    }
}

impl Ledger {
    pub async fn run(&self) -> Result<(), Error> {
        match &self.action {
            Some(Action::Init(init)) => init.run(),
            None => run(&self.start.all_settings()?).await,
        }
    }
}

/// Runs the logs until all have ended. One that fails stops itself alone; how the first one failed is told at the end.
async fn run(settings: &[File]) -> Result<(), Error> {
    service::log_to_standard_error();
    let mut logs = Vec::new();
    for settings in settings {
        let log = Log::open(&settings.log, open(&settings.files)?)?;
        logs.push((log, service::listen(settings.listen).await?));
    }
    let mut running = JoinSet::new();
    for (log, listener) in logs {
        service::announce("ledger", &listener);
        running.spawn(log.run(listener, serve::told_to_stop()));
    }
    let mut ended = Ok(());
    while let Some(stopped) = running.join_next().await {
        if let Err(error) = stopped.expect("a log does not panic") {
            // The others go on, so that this is the time to say it.
            if !running.is_empty() {
                eprintln!("attest: a log stopped: {error} [{}]", error.code());
            }
            ended = ended.and(Err(error.into()));
        }
    }
    ended
}

impl Init {
    fn run(&self) -> Result<(), Error> {
        let config_file = self.folder.join("log.toml");
        if config_file.exists() {
            return Err(Error::Exists(config_file));
        }
        let origin = self.origin.parse()?;
        let registrar = crate::registrar::public_key(&self.registrar)?;
        files::make_folder(&self.folder)?;
        let (key, files, policy) = ("log.key", "files", "members.policy");
        let config = LogConfig::new(&*self.origin, self.folder.join(key), policy.into(), &registrar);
        let seed = Seed::create(&config.key_file)?;
        Log::create(&config, open(&self.folder.join(files))?)?;
        let text = format!(
            "# A log of the ledger: `attest ledger --config log.toml`. Paths begin at this file.\n\
             \n\
             # Where it listens. A proxy in front of it speaks TLS.\n\
             listen = \"{listen}\"\n\
             # Its files. Any static server or mirror may serve them too. Nothing else may write here.\n\
             files = \"{files}\"\n\
             \n\
             [log]\n\
             # The name of its key.\n\
             origin = {origin}\n\
             # Its key, for this log alone. Keep a copy in a safe place.\n\
             key_file = \"{key}\"\n\
             # The members' policy, from the registrar's office: which witnesses to ask, and how many are enough.\n\
             policy_file = \"{policy}\"\n\
             # The registrar's public key: who says which issuers there are.\n\
             registrar = \"{registrar}\"\n",
            listen = self.listen,
            origin = quoted(&self.origin),
            registrar = config.registrar,
        );
        files::write_new(&config_file, text.as_bytes())?;
        let known = KnownLog {
            key: SignerKey::from_seed(origin, seed.as_bytes()).verifier(),
            url: self.url.clone(),
        };
        match &known.url {
            Some(url) => say!("log {} {url}", known.key),
            None => say!("log {}", known.key),
        }
        eprintln!(
            "Give this line to the registrar's office, put the {policy} that it returns into {}, and start with \
             `attest ledger --config {}`.",
            self.folder.display(),
            config_file.display()
        );
        Ok(())
    }
}

fn open(folder: &Path) -> Result<Arc<LocalFiles>, Error> {
    Ok(Arc::new(
        LocalFiles::open(folder).map_err(ledger_node::Error::from)?,
    ))
}
