//! `attest ledger mirror`: a copy of any log of tlog-tiles, for a static server.

use super::source::{Upstream, waiting};
use crate::{Error, print::say};
use clap::Args;
use ledger_node::{Trust, storage::LocalFiles};
use std::path::PathBuf;

#[derive(Args, Debug)]
pub struct Mirror {
    /// The log: a URL, or a folder with its files.
    #[arg(value_name = "URL|FOLDER")]
    from: String,
    /// The folder of the copy. What is there already is not fetched again.
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
    #[command(flatten)]
    signed_by: SignedBy,
}

/// Whose word the checkpoint must be.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct SignedBy {
    /// The log's public key, or that of a witness that vouches for it: NAME+ID+KEY.
    #[arg(long, value_name = "KEY")]
    vkey: Option<String>,
    /// The cooperative's network document (TOML): the checkpoint must be cosigned by a quorum of its members.
    #[arg(long, value_name = "FILE")]
    network: Option<PathBuf>,
}

impl Mirror {
    pub async fn run(&self) -> Result<(), Error> {
        let trust = match (&self.signed_by.vkey, &self.signed_by.network) {
            (Some(vkey), _) => vkey.parse()?,
            (None, Some(network)) => {
                Trust::Policy(crate::policy::read_network(network)?.terms().members.clone())
            }
            (None, None) => unreachable!("clap requires one of them"),
        };
        let (source, into) = (Upstream::new(&self.from)?, self.into.clone());
        let done = waiting(move || {
            let storage = LocalFiles::open(&into).map_err(ledger_node::Error::from)?;
            Ok(ledger_node::mirror(&source, &trust, &storage)?)
        });
        let done = done.await?;
        say!(
            "{}: {} entries, of which {} are new; {} files of {} bytes written.",
            self.into.display(),
            done.entries,
            done.entries - done.before,
            done.files,
            done.bytes
        );
        Ok(())
    }
}
