//! `attest demo`: the whole system in one process. The roles speak to one another over HTTP and files alone, as they would
//! between machines.

mod centre;
mod citizen;
mod cooperative;
mod dashboard;
mod day;
mod door;
mod members;
mod tour;

use crate::{issuer_key::Registrar, print::say};
use clap::Args;
use ledger_node::Seed;
use schemas::crypto::{aws_lc::SigningKey, ml_dsa::SecretKey};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tokio::sync::watch;
use verifier_server::now;

/// What went wrong, in words.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Run the whole system on this machine: ten members, a test centre, a wallet and a door.
#[derive(Args, Debug)]
pub struct Demo {
    /// Where the parties keep their files; each run has a folder of its own in it.
    #[arg(long, default_value = "attest-data", value_name = "FOLDER")]
    data: PathBuf,
    /// So many members as processes of their own (three each: log, witness, monitor), in place of the tour.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(4..=10))]
    members: Option<u8>,
    /// End after the tour, or after the members' first table.
    #[arg(long)]
    exit: bool,
}

impl Demo {
    /// Runs the tour, then stays up until it is told to stop.
    ///
    /// # Errors
    /// Whatever went wrong.
    pub async fn run(&self) -> Result<(), Failure> {
        let folder = new_folder(&self.data)?;
        let (stop, stopped) = watch::channel(());
        if let Some(count) = self.members {
            members::run(&folder, count.into(), self.exit, &stopped).await?;
            drop(stop);
            return Ok(());
        }
        let registrar = registrar(&folder)?;
        let cooperative = cooperative::found(&folder, &registrar, &stopped).await?;
        let station = centre::open(&folder, 1, &cooperative.log, &registrar, now(), &stopped).await?;
        say!(
            "Attest on this machine: ten members, a log at {}, an issuer at {}.",
            cooperative.log,
            station.issuer
        );
        let souvenirs = tour::tour(&folder, &cooperative.network, &station).await?;
        if !self.exit {
            let scanner = door::open(&folder, &cooperative.network, &stopped).await?;
            pages(&station, &scanner);
            suggest(&folder, &cooperative, &station, &souvenirs)?;
            serve::told_to_stop().await;
        }
        drop(stop);
        Ok(())
    }
}

/// A registrar with keys of both kinds.
fn registrar(folder: &Path) -> Result<Registrar, Failure> {
    let seed = Seed::create(&folder.join("registrar-post-quantum.key"))?;
    let post_quantum = SecretKey::from_seed(seed.as_bytes());
    Ok(Registrar::new(SigningKey::generate()?, Some(post_quantum)))
}

/// A folder that no other run has.
fn new_folder(data: &Path) -> Result<PathBuf, Failure> {
    fs::create_dir_all(data)?;
    for run in 1.. {
        let folder = data.join(format!("demo-{run}"));
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("{} cannot be made: {error}", folder.display()).into()),
        }
    }
    unreachable!("the numbers do not end")
}

/// The pages of the three who use it, in a browser.
fn pages(station: &centre::Station, scanner: &str) {
    tour::heading("It stays up until Ctrl-C. Open in a browser, each in a window of its own:");
    let issuer = &station.issuer;
    say!(
        "  desk     {issuer}/desk/  key {}  supervisor {}",
        station.key,
        station.supervisor
    );
    say!("  wallet   {issuer}/wallet/");
    say!("  scanner  {scanner}");
}

/// What can be tried while it runs.
fn suggest(
    folder: &Path,
    cooperative: &cooperative::Cooperative,
    station: &centre::Station,
    souvenirs: &tour::Souvenirs,
) -> Result<(), Failure> {
    let attest = std::env::current_exe()?;
    let (attest, folder) = (attest.display(), folder.display());
    let network = cooperative.network.display();
    tour::heading("Or in another terminal:");
    say!("  {attest} verify --network {network} {folder}/paper.png      # revoked by now");
    say!("  {attest} verify --network {network} --json {folder}/wallet.png");
    say!("  {attest} verify --network {network} {folder}/paper.txt {folder}/wallet.png");
    say!("  curl {}/checkpoint", cooperative.log);
    say!("  curl {}/openapi.json", station.issuer);
    say!(
        "  curl {}/v1/results/{}   # closed without a key",
        station.issuer,
        souvenirs.result
    );
    Ok(())
}
