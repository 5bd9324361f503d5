//! `attest ledger`: a log of the ledger.

mod carry_over;
mod check;
mod mirror;
mod source;

use crate::{
    Error, files,
    print::say,
    service::{self, Settings, Start, quoted},
    token::{self, Token},
};
use clap::{Args, Subcommand};
use ledger::policy::Log as KnownLog;
use ledger_node::{
    Log, LogConfig,
    storage::{Place, S3Config},
};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf};
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
    Init(Box<Init>),
    /// Read every file of a log that does not run, and name those that are damaged or missing.
    Check(check::Check),
    /// The same, and write the damaged and missing files anew from a mirror. What is whole stays as it is.
    Repair(check::Repair),
    /// Copy any log of tlog-tiles into a folder for a static server, and hold every byte against the signed checkpoint.
    Mirror(mirror::Mirror),
    /// Say again in a new log all that a log said which has ended, from a mirror of it.
    CarryOver(carry_over::CarryOver),
}

#[derive(Args, Debug)]
struct Init {
    /// Where the log has its files.
    folder: PathBuf,
    /// The name of its key: its URL without scheme, by custom.
    #[arg(long)]
    origin: String,
    /// The registrar's public key, as `attest issuer-key init` prints it.
    #[arg(long, value_name = "HEX")]
    registrar: String,
    /// The registrar's ML-DSA-44 key, as `attest registrar post-quantum` prints it, if the cooperative has such keys.
    #[arg(long, value_name = "BASE64URL", allow_hyphen_values = true)]
    registrar_post_quantum: Option<String>,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8100", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where others reach it.
    #[arg(long)]
    url: Option<String>,
    #[command(flatten)]
    s3: S3,
    #[command(flatten)]
    token: Token,
}

/// The object store that has the files in place of a folder.
#[derive(Args, Debug)]
struct S3 {
    /// Keep the log's files in this bucket of an object store (S3, or what speaks like it and has conditional writes).
    #[arg(long = "s3-bucket", value_name = "NAME")]
    bucket: Option<String>,
    /// What the names of all files begin with.
    #[arg(long = "s3-prefix", value_name = "PREFIX", requires = "bucket")]
    prefix: Option<String>,
    /// The server, if it is not Amazon's.
    #[arg(long = "s3-endpoint", value_name = "URL", requires = "bucket")]
    endpoint: Option<String>,
    /// The region. Default: us-east-1.
    #[arg(long = "s3-region", value_name = "NAME", requires = "bucket")]
    region: Option<String>,
    /// A file with the lines AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=… and mode 0600. Default: the environment.
    #[arg(long = "s3-credentials", value_name = "FILE", requires = "bucket")]
    credentials: Option<PathBuf>,
}

/// The file `log.toml`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: SocketAddr,
    files: Place,
    log: LogConfig,
}

impl Settings for File {
    fn paths(&mut self) -> Vec<&mut PathBuf> {
        let log = [self.log.key.path(), &mut self.log.policy_file];
        let chain = self.log.chain.iter_mut();
        let chain = chain.flat_map(|chain| [&mut chain.url_file, &mut chain.key_file]);
        self.files.path().into_iter().chain(log).chain(chain).collect()
    }
}

impl Ledger {
    pub async fn run(&self) -> Result<(), Error> {
        match &self.action {
            Some(Action::Init(init)) => init.run(),
            Some(Action::Check(check)) => check.run().await,
            Some(Action::Repair(repair)) => repair.run().await,
            Some(Action::Mirror(mirror)) => mirror.run().await,
            Some(Action::CarryOver(carry_over)) => carry_over.run().await,
            None => run(&self.start.all_settings()?).await,
        }
    }
}

/// Runs the logs until all have ended. One that fails stops itself alone; how the first one failed is told at the end.
async fn run(settings: &[File]) -> Result<(), Error> {
    service::log_to_standard_error();
    let mut logs = Vec::new();
    for settings in settings {
        let files = settings.files.open().map_err(ledger_node::Error::from)?;
        let log = Log::open(&settings.log, files)?;
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
        let registrar = crate::issuer_key::public_key(&self.registrar)?;
        files::make_folder(&self.folder)?;
        let (file, files, policy) = ("log.key", "files", "members.policy");
        let key = self.token.place_or(self.folder.join(file))?;
        let (key_setting, key_table) = token::settings("log", file, &key);
        let place = match self.s3.config()? {
            Some(s3) => s3.into(),
            None => Place::Folder(self.folder.join(files)),
        };
        // Before there is a key: a store that cannot be reached leaves nothing to clear away.
        let storage = place.open().map_err(ledger_node::Error::from)?;
        let mut config = LogConfig::new(&*self.origin, key, policy.into(), &registrar);
        config.registrar_post_quantum = self.registrar_post_quantum.clone();
        let post_quantum = self.registrar_post_quantum.as_ref().map_or(String::new(), |key| {
            format!(
                "# Its ML-DSA-44 key: it signs the heads of issuers' key events.\n\
                 registrar_post_quantum = {}\n",
                quoted(key)
            )
        });
        let key = config.key.create()?;
        Log::create(&config, storage)?;
        let text = format!(
            "# A log of the ledger: `attest ledger --config log.toml`. Paths begin at this file.\n\
             \n\
             # Where it listens. A proxy in front of it speaks TLS.\n\
             listen = \"{listen}\"\n\
             {files}\
             \n\
             [log]\n\
             # The name of its key.\n\
             origin = {origin}\n\
             {key_setting}\
             # The members' policy, from the registrar's office: which witnesses to ask, and how many are enough.\n\
             policy_file = \"{policy}\"\n\
             # The registrar's public key: who says which issuers there are.\n\
             registrar = \"{registrar}\"\n\
             {post_quantum}\
             \n\
             # Where its checkpoints are anchored, if on a chain too (docs/chain.md).\n\
             #[log.chain]\n\
             #url_file = \"chain.url\"\n\
             #chain_id = 1337\n\
             #contract = \"0x...\"\n\
             #key_file = \"chain.key\"\n\
             #every_ms = 3600000\n\
             {key_table}",
            listen = self.listen,
            files = files_setting(&place, files),
            origin = quoted(&self.origin),
            registrar = config.registrar,
        );
        files::write_new(&config_file, text.as_bytes())?;
        let known = KnownLog {
            key: key.note_signer(origin).verifier().clone(),
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

impl S3 {
    /// The store that was asked for, with the path of its credentials as it is from anywhere.
    fn config(&self) -> Result<Option<S3Config>, Error> {
        let Some(bucket) = self.bucket.clone() else {
            return Ok(None);
        };
        let absolute = |path: &PathBuf| {
            std::path::absolute(path).map_err(|source| Error::Unreadable {
                path: path.clone(),
                source,
            })
        };
        Ok(Some(S3Config {
            bucket,
            prefix: self.prefix.clone(),
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            credentials_file: self.credentials.as_ref().map(absolute).transpose()?,
        }))
    }
}

/// The lines that say where the files are.
fn files_setting(place: &Place, folder: &str) -> String {
    match place {
        Place::Folder(_) => format!(
            "# Its files. Any static server or mirror may serve them too. Nothing else may write here. To have them in an object\n\
             # store, a table in place of this line: [files.s3], with bucket, prefix, endpoint, region, credentials_file.\n\
             files = \"{folder}\"\n"
        ),
        Place::Store(store) => format!(
            "# Its files, in an object store. Any mirror may serve them too, and nothing else may write there. Credentials are\n\
             # in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), or in a file of mode 0600 that credentials_file\n\
             # names.\n\
             [files.s3]\n{}",
            toml::to_string(&store.s3).expect("settings are texts")
        ),
    }
}
