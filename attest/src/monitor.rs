//! `attest monitor`: a member's or anybody's monitor.

use crate::{
    Error, files,
    print::say,
    service::{self, Settings, Start},
};
use clap::{Args, Subcommand};
use ledger_node::{Monitor as Node, MonitorConfig, storage::LocalFiles};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};

/// Run a monitor: it follows all logs and witnesses, keeps evidence of lies, and shows how things stand on a page.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Monitor {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    start: Start,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Make a monitor's folder and configuration. It has no key: it signs nothing.
    Init(Init),
}

#[derive(Args, Debug)]
struct Init {
    /// Where the monitor has its files.
    folder: PathBuf,
    /// The registrar's public key, as `attest issuer-key init` prints it.
    #[arg(long, value_name = "HEX")]
    registrar: String,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8130", value_name = "ADDRESS")]
    listen: SocketAddr,
}

/// The file `monitor.toml`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: SocketAddr,
    files: PathBuf,
    monitor: MonitorConfig,
}

impl Settings for File {
    fn paths(&mut self) -> Vec<&mut PathBuf> {
        let Self { files, monitor, .. } = self;
        let paths = [files, &mut monitor.policy_file].into_iter();
        let chain = monitor.chain.iter_mut().map(|chain| &mut chain.url_file);
        paths.chain(&mut monitor.webhook_file).chain(chain).collect()
    }
}

impl Monitor {
    pub async fn run(&self) -> Result<(), Error> {
        match &self.action {
            Some(Action::Init(init)) => init.run(),
            None => match self.start.settings()? {
                Some(settings) => run(&settings).await,
                None => Ok(()),
            },
        }
    }
}

async fn run(settings: &File) -> Result<(), Error> {
    service::log_to_standard_error();
    let files = LocalFiles::open(&settings.files).map_err(ledger_node::Error::from)?;
    let monitor = Node::open(&settings.monitor, Arc::new(files))?;
    let listener = service::listen(settings.listen).await?;
    service::announce("monitor", &listener);
    Ok(monitor.run(listener, serve::told_to_stop()).await?)
}

impl Init {
    fn run(&self) -> Result<(), Error> {
        let config_file = self.folder.join("monitor.toml");
        if config_file.exists() {
            return Err(Error::Exists(config_file));
        }
        let registrar = crate::issuer_key::hex(&crate::issuer_key::public_key(&self.registrar)?);
        files::make_folder(&self.folder)?;
        let text = format!(
            "# A monitor: `attest monitor --config monitor.toml`. Paths begin at this file.\n\
             \n\
             # Where it listens: the status page is public, and says nothing that the ledger does not.\n\
             listen = \"{listen}\"\n\
             # What it has read, and the evidence that it keeps.\n\
             files = \"files\"\n\
             \n\
             [monitor]\n\
             # The members' policy, from the registrar's office: which logs and witnesses there are, and where.\n\
             policy_file = \"members.policy\"\n\
             # The registrar's public key: who says which issuers there are.\n\
             registrar = \"{registrar}\"\n\
             # A file with the URL that alarms are posted to, as JSON.\n\
             #webhook_file = \"webhook\"\n\
             # Checkpoints in other places: mirrors, and other monitors' `/<SHA-256 of the origin>/checkpoint`.\n\
             also = []\n\
             # Evidence that was dealt with, by its identifier: it raises no alarm any more.\n\
             settled = []\n\
             \n\
             # When things happen. The values are the usual ones; an idle log has its checkpoint cosigned each `idle_ms`, and\n\
             # three times that without one is an alarm.\n\
             #[monitor.pace]\n\
             #poll_ms = 10000\n\
             #retry_ms = 120000\n\
             #idle_ms = 60000\n\
             #grace_ms = 600000\n\
             #save_ms = 60000\n\
             \n\
             # The chain on which logs anchor their checkpoints, if there is one (docs/chain.md), with who anchors which.\n\
             #[monitor.chain]\n\
             #url_file = \"chain.url\"\n\
             #chain_id = 1337\n\
             #contract = \"0x...\"\n\
             #stale_ms = 10800000\n\
             #anchored_by = {{ \"ledger.example/log\" = \"0x...\" }}\n\
             \n\
             # An issuer whose declaration of batches is held against the logs; one such table for each.\n\
             #[[monitor.issuers]]\n\
             #number = 1\n\
             #url = \"https://issuer.example\"\n",
            listen = self.listen,
        );
        files::write_new(&config_file, text.as_bytes())?;
        say!("{}", config_file.display());
        eprintln!(
            "Put the members.policy of the registrar's office into {}, and start with `attest monitor --config {}`.",
            self.folder.display(),
            config_file.display()
        );
        Ok(())
    }
}
