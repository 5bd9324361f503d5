//! `attest ledger check` and `attest ledger repair`: every file of a log that does not run.

use super::{
    File,
    source::{Upstream, waiting},
};
use crate::{Error, print::say, service::Settings as _};
use clap::Args;
use ledger_node::{Cure, Fault, Log, Survey};
use std::path::PathBuf;

#[derive(Args, Debug)]
pub struct Check {
    /// The configuration file (TOML), as `init` writes it.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Args, Debug)]
pub struct Repair {
    #[command(flatten)]
    check: Check,
    /// A mirror of this log: a URL or a folder. It is asked for damaged and missing files alone, and need not be trusted.
    #[arg(long, value_name = "URL|FOLDER")]
    from_mirror: String,
}

impl Check {
    pub async fn run(&self) -> Result<(), Error> {
        self.look(None).await
    }

    async fn look(&self, mirror: Option<Upstream>) -> Result<(), Error> {
        let settings = File::read(&self.config)?;
        let survey = waiting(move || {
            let storage = settings.files.open().map_err(ledger_node::Error::from)?;
            Ok(match mirror {
                Some(mirror) => Log::repair(&settings.log, &*storage, &mirror)?,
                None => Log::check(&settings.log, &*storage)?,
            })
        });
        report(&survey.await?)
    }
}

impl Repair {
    pub async fn run(&self) -> Result<(), Error> {
        let mirror = Upstream::new(&self.from_mirror)?;
        self.check.look(Some(mirror)).await
    }
}

/// Tells what was found; damage that is left is a failure.
fn report(survey: &Survey) -> Result<(), Error> {
    for name in &survey.repaired {
        say!("{name}: mended");
    }
    for Fault { name, problem, cure } in &survey.faults {
        let cure = match cure {
            Cure::Mirror => "`attest ledger repair --from-mirror` mends it, from a mirror that is not behind",
            Cure::Backup => "no mirror has it: restore the log's newest backup",
            Cure::Removal => "remove it",
        };
        say!("{name}: {problem}; {cure}");
    }
    let published = match survey.published {
        Some(size) => format!("{size} published"),
        None => "none published".to_owned(),
    };
    say!(
        "{} entries signed, {published}; {} files looked at.",
        survey.entries,
        survey.files
    );
    match survey.faults.len() {
        0 => Ok(()),
        count => Err(Error::LedgerDamaged(count)),
    }
}
