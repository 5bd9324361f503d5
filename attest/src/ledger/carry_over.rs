//! `attest ledger carry-over`: all that a log that has ended said, said again by the log that takes its place.
//!
//! An entry speaks for its issuer and for no log: the same entry in two logs says the same thing. So the next log takes what the
//! issuers and the registrar signed from any mirror of the last one, and whoever follows it alone knows all of it.

use crate::{Error, print::say};
use clap::Args;
use issuer_server::{HttpLedger, NotTaken, Submission};
use ledger::{
    entry::{ENTRY_BYTES, Leaf, Subject},
    follow::{Advanced, Follower},
    policy::Policy,
};
use schemas::Hash;
use serve::{Source, Unavailable};
use std::path::PathBuf;

/// Most entries of one request, whose answers an issuer would read too, and most bytes of their objects in it
/// (`schemas/spec/log-http.md`).
const MAX_ENTRIES: usize = 64;
const MAX_OBJECT_BYTES: usize = 2 << 20;

/// An entry with its object.
type Said = ([u8; ENTRY_BYTES], Option<Vec<u8>>);

#[derive(Args, Debug)]
pub struct CarryOver {
    /// The log that has ended: a mirror of it, a URL or a folder.
    #[arg(value_name = "URL|FOLDER")]
    from: String,
    /// The cooperative's network document (TOML), which names both logs.
    #[arg(long, value_name = "FILE")]
    network: PathBuf,
    /// The log that takes its place. What it has already stays where it is.
    #[arg(long, value_name = "URL")]
    to: String,
}

impl CarryOver {
    pub async fn run(&self) -> Result<(), Error> {
        let network = crate::policy::read_network(&self.network)?;
        let source: Source = self.from.parse().map_err(|error| unavailable(&error))?;
        let log = HttpLedger::new(self.to.trim_end_matches('/'))?;
        // 1. What it said, as far as a quorum has cosigned it.
        let advanced = read(&source, &network.terms().members).await?;
        // 2. The same to the next one, in this order.
        let (mut waiting, mut bytes, mut carried, mut refused) = (Vec::new(), 0, 0, 0);
        for (_, entry) in advanced.entries() {
            let Ok(leaf @ Leaf::Entry(said)) = Leaf::decode(entry) else {
                continue;
            };
            let said = said.unverified();
            let object = match said.subject() {
                Subject::Batch(..) => None,
                _ => Some(object(&source, &said.root()).await?),
            };
            let length = object.as_ref().map_or(0, Vec::len);
            if waiting.len() == MAX_ENTRIES || bytes + length > MAX_OBJECT_BYTES {
                refused += submit(&log, &std::mem::take(&mut waiting)).await?;
                bytes = 0;
            }
            bytes += length;
            carried += 1;
            waiting.push((leaf.encode(), object));
        }
        if !waiting.is_empty() {
            refused += submit(&log, &waiting).await?;
        }
        say!("{carried} entries, of which {refused} no longer count.");
        Ok(())
    }
}

/// Returns how many the log refused by its rules: what came after a cut-off, or what was superseded.
async fn submit(log: &HttpLedger, said: &[Said]) -> Result<usize, Error> {
    let submissions = said.iter().map(|(entry, object)| Submission {
        entry,
        object: object.as_deref(),
    });
    let submissions: Vec<_> = submissions.collect();
    let mut refused = 0;
    for answer in log.submit(&submissions).await? {
        match answer {
            Ok(_) => {}
            Err(NotTaken::Refused(code)) => {
                eprintln!("{code}: not carried over");
                refused += 1;
            }
            Err(NotTaken::Later(code)) => return Err(issuer_server::Error::Ledger(code).into()),
        }
    }
    Ok(refused)
}

async fn read(source: &Source, policy: &Policy) -> Result<Advanced, Error> {
    let checkpoint = source
        .read("checkpoint")
        .await
        .map_err(|error| unavailable(&error))?;
    let advance = Follower::default().advance(policy, &checkpoint)?;
    let mut bundles = Vec::new();
    for tile in advance.bundles() {
        let read = match source.read(&tile.to_string()).await {
            Err(Unavailable::Missing { .. }) => source.read(&tile.full().to_string()).await,
            other => other,
        };
        bundles.push(read.map_err(|error| unavailable(&error))?);
    }
    Ok(advance.read(&bundles)?)
}

async fn object(source: &Source, hash: &Hash) -> Result<Vec<u8>, Error> {
    let path = format!("object/{hash}");
    let object = source.read(&path).await.map_err(|error| unavailable(&error))?;
    match Hash::of(&[&object]) == *hash {
        true => Ok(object),
        false => Err(ledger_node::Error::SourceDiffers { path }.into()),
    }
}

fn unavailable(error: &Unavailable) -> Error {
    let reason = error.to_string();
    ledger_node::Error::SourceUnavailable { reason }.into()
}
