//! `attest verify`.

use crate::{
    copy::{CopyError, copy},
    door::{DoorFiles, OpenDoor, read_network},
    http::{FOLLOW_EVERY, serve_door},
    input::Input,
    output::{Exit, all_as_json, all_as_text},
};
use clap::{Args, Subcommand};
use std::{
    io::{ErrorKind, Write},
    net::SocketAddr,
    path::PathBuf,
};
use tokio::net::TcpListener;
use verifier::{Examination, Verdict, verdict::Missing};

/// Verify credentials: files (PNG, JPEG, text), the text of a code, or `-` for standard input.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Command {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    check: Check,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Serve the scanner page, and the door check over HTTP.
    Serve(Serve),
    /// Copy the ledger's files that a door needs into a folder, such as a USB stick. Everybody copies the same.
    Sync(Sync),
}

#[derive(Args, Debug)]
struct Check {
    /// Files, the text of a code, or `-`.
    #[arg(value_name = "FILE|TEXT|-")]
    inputs: Vec<String>,
    /// Write JSON: one object, or a list for several inputs or codes.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    files: DoorFiles,
}

#[derive(Args, Debug)]
struct Serve {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// The folder for the copy of the ledger that the page follows. Default: a temporary one.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    #[command(flatten)]
    files: DoorFiles,
}

#[derive(Args, Debug)]
struct Sync {
    /// The cooperative's network document (TOML).
    #[arg(long, value_name = "FILE")]
    network: PathBuf,
    /// Where the files come from: a URL or a folder. Default: the first log of the network document.
    #[arg(long, value_name = "URL|FOLDER")]
    from: Option<String>,
    /// The folder that `--ledger` is given afterwards. What is there already is not fetched again.
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
}

impl Command {
    /// Runs it and says how it ended. Verdicts go to standard output, everything else to standard error.
    pub async fn run(&self) -> Exit {
        match &self.action {
            Some(Action::Serve(serve)) => serve.run().await,
            Some(Action::Sync(sync)) => match sync.run().await {
                Ok(exit) => exit,
                Err(error) => failed(error.code(), &error),
            },
            None => self.check.run().await,
        }
    }
}

impl Serve {
    async fn run(&self) -> Exit {
        let Some(door) = set_up(&self.files) else {
            return Exit::Failed;
        };
        let temporary = match tempfile::tempdir() {
            Ok(folder) => folder,
            Err(error) => return failed("output-unwritable", &format_args!("no temporary folder: {error}")),
        };
        let folder = self.keep.clone().unwrap_or_else(|| temporary.path().to_owned());
        let served = async {
            let listener = TcpListener::bind(self.listen).await?;
            let address = listener.local_addr()?;
            print(&format!(
                "door: http://{address}\nscanner: http://{address}/scanner/\n"
            ));
            serve_door(listener, door, folder, FOLLOW_EVERY, serve::told_to_stop()).await
        };
        match served.await {
            Ok(()) => Exit::Accepted,
            Err(error) => failed(
                "listen-failed",
                &format_args!("cannot listen on {}: {error}", self.listen),
            ),
        }
    }
}

impl Sync {
    async fn run(&self) -> Result<Exit, CopyError> {
        let (network, source) = read_network(&self.network, self.from.as_deref())?;
        let copied = copy(&network, &source, &self.into).await?;
        Ok(print(&format!(
            "{}: {} entries, cosigned by {} members; {} files of {} bytes are new.\n",
            self.into.display(),
            copied.entries,
            copied.cosigners,
            copied.files,
            copied.bytes
        )))
    }
}

impl Check {
    async fn run(&self) -> Exit {
        if self.inputs.is_empty() {
            return failed(
                "input-missing",
                &"nothing to verify: give a file, the text of a code, or -",
            );
        }
        let Some(door) = open(&self.files).await else {
            return Exit::Failed;
        };
        let mut exit = Exit::Accepted;
        let mut judged = Vec::new();
        for argument in &self.inputs {
            match Input::of(argument) {
                Ok(input) => {
                    for text in input.texts {
                        let examination = door.examine(&text);
                        exit = exit.and(Exit::of(examination.report.verdict()));
                        judged.push((input.name.clone(), Ok(examination)));
                    }
                }
                Err(error) => {
                    exit = exit.and(failed(error.code(), &error));
                    judged.push((argument.clone(), Err(error)));
                }
            }
        }
        let without_view = |found: &Result<Examination, _>| {
            let verdict = found.as_ref().map(|examination| examination.report.verdict());
            matches!(verdict, Ok(Verdict::Indeterminate(missing)) if missing.contains(&Missing::View))
        };
        if self.files.network.is_none() && judged.iter().any(|(_, found)| without_view(found)) {
            eprintln!("attest: nothing is known of the ledger: give --network FILE");
        }
        let text = match self.json {
            true => format!("{:#}\n", all_as_json(&judged)),
            false => all_as_text(&judged),
        };
        exit.and(print(&text))
    }
}

/// Writes to standard output. One that closed it, such as `head`, has read enough.
fn print(text: &str) -> Exit {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            failed("output-unwritable", &format_args!("standard output: {error}"))
        }
        _ => Exit::Accepted,
    }
}

/// Sets the door up. A ledger that cannot be reached leaves it without a view, which the verdicts then say.
async fn open(files: &DoorFiles) -> Option<OpenDoor> {
    let door = set_up(files)?;
    match door.sync().await {
        Ok(synced) => tell(&synced.networks),
        Err(error) => drop(failed(error.code(), &error)),
    }
    Some(door)
}

/// Says that another version of the network document is in force, or is said to be.
fn tell(networks: &[Result<u32, verifier::Error>]) {
    for network in networks {
        match network {
            Ok(version) => eprintln!("attest: version {version} of the network document is in force"),
            Err(error) => eprintln!(
                "attest: not a version of the network document: {error} [{}]",
                error.code()
            ),
        }
    }
}

fn set_up(files: &DoorFiles) -> Option<OpenDoor> {
    let door = match OpenDoor::open(files) {
        Ok(door) => door,
        Err(error) => {
            failed(error.code(), &error);
            return None;
        }
    };
    for left_out in door.left_out() {
        eprintln!("attest: {left_out}");
    }
    Some(door)
}

fn failed(code: &str, what: &dyn std::fmt::Display) -> Exit {
    eprintln!("attest: {what} [{code}]");
    Exit::Failed
}
