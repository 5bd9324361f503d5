//! `attest witness`: a member's witness.

use crate::{
    Error, files,
    print::say,
    service::{self, Settings, Start, quoted},
    token::{self, Token},
};
use clap::{Args, Subcommand};
use ledger::{cosignature::CosignerKey, note::KeyName};
use ledger_node::{Seed, Witness as Node, WitnessConfig, storage::LocalFiles};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};

/// Run a witness: it cosigns the members' logs as long as they only grow.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Witness {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    start: Start,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Make a witness: its keys and its configuration. Prints its lines for the members' policy.
    Init(Box<Init>),
}

#[derive(Args, Debug)]
struct Init {
    /// Where the witness has its files.
    folder: PathBuf,
    /// The name of its key: its URL without scheme, by custom.
    #[arg(long)]
    name: String,
    /// The member's short name in the policy. Default: the last part of the name.
    #[arg(long)]
    member: Option<String>,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8101", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where logs reach it.
    #[arg(long)]
    url: Option<String>,
    #[command(flatten)]
    token: Token,
}

/// The file `witness.toml`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: SocketAddr,
    records: PathBuf,
    witness: WitnessConfig,
}

impl Settings for File {
    fn paths(&mut self) -> Vec<&mut PathBuf> {
        let Self { records, witness, .. } = self;
        let files = [records, witness.key.path(), &mut witness.policy_file];
        files
            .into_iter()
            .chain(&mut witness.post_quantum_key_file)
            .collect()
    }
}

impl Witness {
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
    let records = LocalFiles::open(&settings.records).map_err(ledger_node::Error::from)?;
    let witness = Node::open(&settings.witness, Arc::new(records))?;
    witness.compare_with_logs().await?;
    let listener = service::listen(settings.listen).await?;
    service::announce("witness", &listener);
    witness.run(listener, serve::told_to_stop()).await;
    Ok(())
}

impl Init {
    fn run(&self) -> Result<(), Error> {
        let config_file = self.folder.join("witness.toml");
        if config_file.exists() {
            return Err(Error::Exists(config_file));
        }
        let name: KeyName = self.name.parse()?;
        files::make_folder(&self.folder)?;
        let (file, records, policy) = ("witness.key", "records", "members.policy");
        let post_quantum_key = "witness-post-quantum.key";
        let place = self.token.place_or(self.folder.join(file))?;
        let key = place.create()?;
        let (key_setting, key_table) = token::settings("witness", file, &place);
        let post_quantum_seed = Seed::create(&self.folder.join(post_quantum_key))?;
        let text = format!(
            "# A witness: `attest witness --config witness.toml`. Paths begin at this file.\n\
             \n\
             # Where it listens. A proxy in front of it speaks TLS.\n\
             listen = \"{listen}\"\n\
             # What it has cosigned. Never go back to an older copy: it would cosign a second history.\n\
             records = \"{records}\"\n\
             \n\
             [witness]\n\
             # The name of its key.\n\
             name = {name}\n\
             {key_setting}\
             # Its key of ML-DSA-44, which holds against a quantum computer; tokens have no such keys yet.\n\
             post_quantum_key_file = \"{post_quantum_key}\"\n\
             # The members' policy, from the registrar's office: whose logs it cosigns.\n\
             policy_file = \"{policy}\"\n\
             # How often a log's tree may grow, as a mean.\n\
             checkpoints_per_second = 10\n\
             {key_table}",
            listen = self.listen,
            name = quoted(&self.name),
        );
        files::write_new(&config_file, text.as_bytes())?;
        let vkey = key.cosigner(name.clone()).witness();
        let post_quantum = CosignerKey::ml_dsa_44_from_seed(name, post_quantum_seed.as_bytes())
            .key()
            .clone();
        let last = self.name.rsplit('/').next().unwrap_or_default();
        let member = self.member.as_deref().unwrap_or(last);
        match &self.url {
            Some(url) => say!("witness {member} {vkey} {url}"),
            None => say!("witness {member} {vkey}"),
        }
        say!("witness {member}-post-quantum {post_quantum}");
        eprintln!(
            "Give these lines to the registrar's office, put the {policy} that it returns into {}, and start with \
             `attest witness --config {}`.",
            self.folder.display(),
            config_file.display()
        );
        Ok(())
    }
}
