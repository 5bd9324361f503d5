//! `attest wallet`: the citizen's wallet on the command line.
//!
//! What a credential says about a person's health is printed by `show` alone, as a code.

mod passphrase;
pub mod pick_up;
mod show;

use crate::{Error, print::say};
use clap::{Args, Subcommand};
use passphrase::For;
use pick_up::Progress;
use schemas::{Day, UnixTime};
use std::{
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};
use time::OffsetDateTime;
use tokio::time::Instant;
use verifier_server::{DoorFiles, Input, OpenDoor, now};
use wallet_core::{
    Holding, HoldingNumber, Home, Pass, Stock, Vault,
    pick_up::{Answer, Offer, PickUp},
};
use wallet_file::{VaultFile, read_export, write_export};

/// How long to wait for the first proof: the batch before the copy's and its own each wait for others for up to a minute, and
/// then the ledger for its quorum.
const PATIENCE: Duration = Duration::from_secs(180);
/// How often to look.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Keep certificates and test results, and show them.
#[derive(Args, Debug)]
pub struct Wallet {
    /// The wallet's file, encrypted under a passphrase.
    #[arg(long, value_name = "FILE")]
    vault: PathBuf,
    /// Take the passphrase from the first line of this file. Else from ATTEST_PASSPHRASE, else it is asked for.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Make a new wallet.
    Create,
    /// Take in a certificate: a picture, a file with the text of its code, the text itself, or `-`.
    Import {
        /// What to take in.
        #[arg(value_name = "FILE|TEXT|-")]
        input: String,
    },
    /// Pick up a test result with the offer of the test centre.
    PickUp {
        /// The offer: a picture of its code, its link, its JSON, a file with one of these, or `-`.
        #[arg(value_name = "OFFER|FILE|-")]
        offer: String,
        /// The code that was told apart from the offer; else it is asked for.
        #[arg(long)]
        code: Option<String>,
        #[command(flatten)]
        ledger: Ledger,
    },
    /// Get what is still missing of a test result, and new copies when they run low.
    Refresh {
        /// Its number in the list.
        id: u32,
        #[command(flatten)]
        ledger: Ledger,
    },
    /// List what is in the wallet.
    List,
    /// Show a code for a door to scan. The first showing uses up one copy of a test result.
    Show(show::Show),
    /// Write certificates and receipts to a new file, under the same passphrase, for another device.
    Export {
        /// The new file.
        file: PathBuf,
    },
    /// Take in what `export` wrote under the same passphrase. Each result then moves here with its first `refresh`: the copies on
    /// the other device end.
    Restore {
        /// The file.
        file: PathBuf,
    },
    /// Take something out of the wallet, for good.
    Remove {
        /// Its number in the list.
        id: u32,
    },
}

/// Where the wallet learns the issuers' keys from.
#[derive(Args, Debug)]
struct Ledger {
    /// The cooperative's network document (TOML).
    #[arg(long, value_name = "FILE")]
    network: PathBuf,
    /// The ledger's static files: a URL or a folder. Default: the first log of the network document.
    #[arg(long, value_name = "URL|FOLDER")]
    ledger: Option<String>,
}

impl Wallet {
    pub async fn run(&self) -> Result<(), Error> {
        if let Action::Create = self.action {
            VaultFile::create(&self.vault, self.passphrase(For::NewWallet)?)?;
            eprintln!(
                "{}: an empty wallet. Nobody can open it without the passphrase.",
                self.vault.display()
            );
            return Ok(());
        }
        // What can be refused without the passphrase is.
        let input = match &self.action {
            Action::Import { input } | Action::PickUp { offer: input, .. } => Some(read_input(input)?),
            _ => None,
        };
        if !self.vault.exists() {
            return Err(wallet_file::Error::Missing(self.vault.clone()).into());
        }
        let passphrase = self.passphrase(For::Wallet)?;
        let (mut file, mut vault) = VaultFile::open(&self.vault, passphrase.clone())?;
        match &self.action {
            Action::Create => {}
            Action::Import { .. } => {
                for text in input.unwrap_or_default() {
                    let number = vault.import_text(&text, now())?;
                    eprintln!("Number {} in the wallet.", number.0);
                }
                file.save(&vault)?;
            }
            Action::PickUp { code, ledger, .. } => {
                let offer = Offer::read(&input.unwrap_or_default().concat())?;
                let door = ledger.open()?;
                let code = code.clone().map_or_else(ask_for_code, Ok)?;
                collect(PickUp::take_up(&offer, &code), &mut file, &mut vault, &door).await?;
            }
            Action::Refresh { id, ledger } => {
                let door = ledger.open()?;
                let pick_up = PickUp::resume(&vault, HoldingNumber(*id))?;
                collect(pick_up, &mut file, &mut vault, &door).await?;
            }
            Action::List => {
                vault
                    .list()
                    .for_each(|(number, holding)| say!("{}", line(number, holding)));
                if vault.unknown() > 0 {
                    eprintln!(
                        "{} more can be read by a later version of this program.",
                        vault.unknown()
                    );
                }
            }
            Action::Show(show) => show.run(&mut file, &mut vault).await?,
            Action::Export { file } => {
                write_export(file, &vault, &passphrase)?;
                eprintln!(
                    "{}: certificates and receipts; no copies, whose keys stay here.",
                    file.display()
                );
            }
            Action::Restore { file: export } => {
                let restored = read_export(export, &mut vault, &passphrase)?;
                file.save(&vault)?;
                eprintln!(
                    "New: {}, {}; in the wallet before: {}.",
                    counted(restored.certificates, "certificate", "certificates"),
                    counted(restored.receipts, "receipt", "receipts"),
                    restored.already_held
                );
                if restored.receipts > 0 {
                    eprintln!(
                        "Copies come with `refresh NUMBER --network FILE`. That moves the result here: its copies on the other device \
                         end, and this backup is used up."
                    );
                }
            }
            Action::Remove { id } => {
                vault.remove(HoldingNumber(*id))?;
                file.save(&vault)?;
                eprintln!("Number {id} is gone.");
            }
        }
        Ok(())
    }

    fn passphrase(&self, purpose: For) -> Result<wallet_file::Passphrase, Error> {
        passphrase::read(self.passphrase_file.as_deref(), purpose)
    }
}

impl Ledger {
    fn open(&self) -> Result<OpenDoor, Error> {
        let files = DoorFiles {
            network: Some(self.network.clone()),
            ledger: self.ledger.clone(),
            ..DoorFiles::default()
        };
        Ok(OpenDoor::open(&files)?)
    }
}

/// Picks up until the first copy has its proof.
async fn collect(
    mut pick_up: PickUp,
    file: &mut VaultFile,
    vault: &mut Vault,
    door: &OpenDoor,
) -> Result<(), Error> {
    let end = Instant::now() + PATIENCE;
    let (mut is_told, mut is_move_told) = (false, false);
    let number = loop {
        let synced = door.sync().await;
        let problem = match pick_up::go_on(&mut pick_up, file, vault, door, now()).await {
            Ok(Progress::Done) => None,
            Ok(Progress::Waiting) => {
                pick_up.answer(Answer::Waited, vault, now())?;
                Some(None)
            }
            Err(Error::IssuerNotListed) => {
                Some(Some(synced.map_or_else(Error::from, |_| Error::IssuerNotListed)))
            }
            Err(error) => return Err(error),
        };
        // At once: who ends the wait would not hear of it.
        if pick_up.is_moved() && !is_move_told {
            eprintln!(
                "The result has moved here. Its copies on the other device have ended, and the backup that it came from is good \
                 for nothing more: save a new one with `attest wallet --vault FILE export NEW-FILE`."
            );
            is_move_told = true;
        }
        // An order is noted before anything can be waited for.
        let number = pick_up.holding().ok_or(Error::IssuerNotListed)?;
        match problem {
            None => break number,
            Some(Some(problem)) if Instant::now() >= end => return Err(problem),
            Some(None) if Instant::now() >= end => break number,
            Some(_) => {}
        }
        if !is_told {
            eprintln!(
                "Waiting for the ledger, up to three minutes. Ctrl-C is safe: {} goes on.",
                refresh_hint(number)
            );
            is_told = true;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    report(&pick_up, vault, number)
}

/// Says what came of a pick-up.
fn report(pick_up: &PickUp, vault: &Vault, number: HoldingNumber) -> Result<(), Error> {
    if pick_up.is_replaced() {
        eprintln!(
            "The test centre has corrected this result. What was held is replaced, and can no longer be shown."
        );
    }
    let pass = vault.pass(number)?;
    let (proven, all) = (pick_up::proven(vault, number)?, pass.copies().len());
    eprintln!(
        "Number {} in the wallet: {}, {proven} of them on the ledger.",
        number.0,
        counted(all, "copy", "copies")
    );
    if proven < all {
        eprintln!(
            "The others follow in some minutes: {} gets their proofs.",
            refresh_hint(number)
        );
    }
    Ok(())
}

/// The texts of an argument. An offer as JSON is a text too.
fn read_input(argument: &str) -> Result<Vec<String>, Error> {
    match argument.trim_start().starts_with('{') {
        true => Ok(vec![argument.to_owned()]),
        false => Ok(Input::of(argument)?.texts),
    }
}

fn ask_for_code() -> Result<String, Error> {
    eprint!("Code of the test centre: ");
    let _ = io::stderr().flush();
    let mut code = String::new();
    let read = io::stdin().read_line(&mut code);
    read.map_err(|source| Error::Unreadable {
        path: "-".into(),
        source,
    })?;
    Ok(code)
}

/// A line of the list, which tells nothing of anybody's health.
fn line(number: HoldingNumber, holding: &Holding) -> String {
    match holding {
        Holding::Certificate(certificate) => {
            format!(
                "{}  certificate, imported on {}",
                number.0,
                date(certificate.imported_at())
            )
        }
        Holding::Pass(pass) => format!("{}  test result, {}", number.0, of_pass(pass)),
    }
}

fn of_pass(pass: &Pass) -> String {
    let receipt = pass.receipt();
    let from = format!(
        "ordered on {} from {}",
        date(receipt.ordered_at()),
        receipt.service()
    );
    if pass.home() == Home::MovedAway {
        return format!("{from}: restored on another device, so that nothing of it can be shown here");
    }
    let left = copies(pass.stock(now()));
    let until = pass
        .expires()
        .map_or(String::new(), |day: Day| format!(" until {}", date(day.start())));
    let waiting = match pass.waiting(now()) {
        0 => String::new(),
        waiting => format!(", and {waiting} without proof"),
    };
    format!("{from}: {left} left to show{until}{waiting}")
}

/// How many copies a door would take, in words.
fn copies(stock: Stock) -> String {
    match stock {
        Stock::Enough(many) => format!("{many} copies"),
        Stock::Low(few) => counted(few, "copy", "copies"),
        Stock::Out => "no copy".into(),
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The command that goes on with a test result.
fn refresh_hint(number: HoldingNumber) -> String {
    format!("`attest wallet --vault FILE refresh {} --network FILE`", number.0)
}

fn date(time: UnixTime) -> String {
    OffsetDateTime::from_unix_timestamp(time.0).map_or_else(|_| "?".into(), |time| time.date().to_string())
}
