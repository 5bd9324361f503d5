//! `attest issuer`: the issuer's service.

use crate::{
    Error, files, issuer_key,
    print::say,
    service::{self, Settings, Start, quoted},
};
use clap::{Args, Subcommand};
use issuer::batch::EARLY_EVERY_SECONDS;
use issuer_server::{Config, DatabaseUrl, IssuerService, account::Role};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf};

/// Run an issuer: it takes results from stations, issues, anchors, revokes, and hands over to wallets.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Issuer {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    start: Start,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Make an issuer: its key and its configuration. Prints the request to give to the registrar's office.
    Init(Init),
    /// Take the registrar's answer. On SQLite the service must not be running; a running one takes it over HTTP.
    Accredit {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// What `attest issuer-key accredit` or `cut-off` printed; `-` is standard input.
        answer: PathBuf,
    },
    /// Make another signing key. Prints the request to give to the registrar's office; the key before it signs until the answer
    /// is here. On SQLite the service must not be running.
    NewKey {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Print the last entries that this issuer made, for the registrar to cut off a stolen key after them. On SQLite the service
    /// must not be running.
    LastGood {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Make an account and print its key, once. On SQLite the service must not be running; an administrator makes more over
    /// HTTP.
    Account {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// What it is for: a station submits results; a supervisor revokes and corrects; an admin makes accounts.
        #[arg(long, value_parser = ["station", "supervisor", "admin"])]
        role: String,
        /// Most new results in one day.
        #[arg(long, default_value_t = 500)]
        quota: u32,
        /// Its name, such as a place; never a patient.
        name: String,
    },
}

#[derive(Args, Debug)]
struct Init {
    /// Where the issuer has its files.
    folder: PathBuf,
    /// The number under which the registrar knows it, from 1.
    #[arg(long)]
    number: u32,
    /// Its name, as its certificates say it.
    #[arg(long)]
    name: String,
    /// The country it issues in: two letters.
    #[arg(long)]
    country: String,
    /// Where wallets and stations reach it, without a slash at the end.
    #[arg(long)]
    url: String,
    /// The log that takes its entries.
    #[arg(long, value_name = "URL")]
    log: String,
    /// The registrar's public key, as `attest issuer-key init` prints it.
    #[arg(long, value_name = "HEX")]
    registrar: String,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: SocketAddr,
}

/// The file `issuer.toml`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: SocketAddr,
    operations: Option<SocketAddr>,
    issuer: Config,
}

impl Settings for File {
    fn paths(&mut self) -> Vec<&mut PathBuf> {
        let Config { data, keys, .. } = &mut self.issuer;
        std::iter::once(data).chain(keys).collect()
    }

    fn follow_environment(&mut self) {
        if let Some(url) = database_url() {
            self.issuer.database_url = Some(url);
        }
    }
}

/// The database that the environment names. It goes before the file's: the password then need not be in a file.
fn database_url() -> Option<DatabaseUrl> {
    let url = std::env::var("DATABASE_URL").ok()?;
    (!url.is_empty()).then(|| url.into())
}

impl Issuer {
    pub async fn run(&self) -> Result<(), Error> {
        match &self.action {
            Some(Action::Init(init)) => init.run().await,
            Some(Action::Accredit { config, answer }) => {
                let text = files::read(answer)?;
                let malformed = |_| Error::Accreditation {
                    path: answer.clone(),
                    reason: "it is not the registrar's answer",
                };
                let accreditation = serde_json::from_str(&text).map_err(malformed)?;
                let service = IssuerService::open(&File::read(config)?.issuer).await?;
                let accredited = service.accredit(&accreditation).await;
                service.close().await;
                eprintln!("{}", accredited.map(|()| "The key is accredited.")?);
                Ok(())
            }
            Some(Action::NewKey { config }) => {
                let service = IssuerService::open(&File::read(config)?.issuer).await?;
                let request = service.rotate_key();
                service.close().await;
                say!("{}", request?);
                Ok(())
            }
            Some(Action::LastGood { config }) => {
                let service = IssuerService::open(&File::read(config)?.issuer).await?;
                let last = service.last_good().await;
                service.close().await;
                say!(
                    "{}",
                    serde_json::to_string(&last?).expect("numbers and texts are JSON")
                );
                Ok(())
            }
            Some(Action::Account {
                config,
                role,
                quota,
                name,
            }) => {
                let role: Role = role.parse().expect("clap knows the roles");
                let service = IssuerService::open(&File::read(config)?.issuer).await?;
                let added = service.add_account(name, role, *quota).await;
                service.close().await;
                let (number, key) = added?;
                say!("{}", key.expose());
                eprintln!(
                    "Account {}. The key is shown this once; only its hash is kept.",
                    number.0
                );
                Ok(())
            }
            None => match self.start.settings()? {
                Some(settings) => run(&settings).await,
                None => Ok(()),
            },
        }
    }
}

/// The pages on the issuer's origin.
pub fn pages() -> axum::Router {
    serve::pages("/wallet/", &wallet_page::files())
}

async fn run(settings: &File) -> Result<(), Error> {
    service::log_to_standard_error();
    let issuer = IssuerService::open(&settings.issuer).await?.with_pages(pages());
    if let Err(error) = issuer.compare_with_log().await {
        issuer.close().await;
        return Err(error.into());
    }
    let listener = service::listen(settings.listen).await?;
    let operations = match settings.operations {
        Some(address) => Some(service::listen(address).await?),
        None => None,
    };
    service::announce("issuer", &listener);
    if let Some(operations) = &operations {
        service::announce("operations", operations);
    }
    Ok(issuer.run(listener, operations, serve::told_to_stop()).await?)
}

impl Init {
    async fn run(&self) -> Result<(), Error> {
        let config_file = self.folder.join("issuer.toml");
        if config_file.exists() {
            return Err(Error::Exists(config_file));
        }
        let data = self.folder.join("data");
        let config = Config {
            number: self.number,
            name: self.name.clone(),
            country: self.country.clone(),
            url: self.url.clone(),
            database_url: database_url(),
            data: data.clone(),
            keys: None,
            log: self.log.clone(),
            early_every_seconds: EARLY_EVERY_SECONDS,
            registrar: issuer_key::hex(&issuer_key::public_key(&self.registrar)?),
        };
        files::make_folder(&data)?;
        let service = IssuerService::open(&config).await?;
        let request = service.key_request();
        service.close().await;
        let request = request?;
        let text = format!(
            "# An issuer: `attest issuer --config issuer.toml`. Paths begin at this file.\n\
             \n\
             # Where it listens. A proxy in front of it speaks TLS.\n\
             listen = \"{listen}\"\n\
             # Where the metrics are, for the operator's network alone.\n\
             # operations = \"127.0.0.1:9080\"\n\
             \n\
             [issuer]\n\
             # The number under which the registrar knows it.\n\
             number = {number}\n\
             # Its name and country, as its certificates say them.\n\
             name = {name}\n\
             country = {country}\n\
             # Where wallets and stations reach it.\n\
             url = {url}\n\
             # The database, which holds results until they expire. The signing keys are in the folder `keys` in it; to have\n\
             # them elsewhere: keys = \"…\"\n\
             data = \"data\"\n\
             # For several processes: PostgreSQL in place of the file in `data`. They share `keys` too. The environment variable\n\
             # DATABASE_URL goes before this line.\n\
             # database_url = \"postgres://attest@localhost/attest\"\n\
             # The log that takes its entries.\n\
             log = {log}\n\
             # How long after the batch before it one that is not full closes, if enough people are in it: less makes results\n\
             # quicker to anchor, and the ledger larger for everybody.\n\
             early_every_seconds = {EARLY_EVERY_SECONDS}\n\
             # The registrar's public key.\n\
             registrar = \"{registrar}\"\n",
            listen = self.listen,
            number = self.number,
            name = quoted(&self.name),
            country = quoted(&self.country),
            url = quoted(&self.url),
            log = quoted(&self.log),
            registrar = config.registrar,
        );
        files::write_new(&config_file, text.as_bytes())?;
        say!("{request}");
        eprintln!(
            "Give this request to the registrar's office, and its answer to `attest issuer accredit --config {}`.",
            config_file.display()
        );
        Ok(())
    }
}
