//! `attest verify-evidence`: whether a file shows that a log told two histories, and who signed them.

use crate::{Error, files, print::say};
use clap::Args;
use ledger_node::{Conflict, MAX_EVIDENCE_BYTES, UncheckedConflict};
use std::path::PathBuf;

/// Check a file of evidence that a monitor kept: two checkpoints of one log that cannot both be true. Needs no network.
/// Exit codes: 0 it holds, 1 it shows nothing, 2 it cannot be read.
#[derive(Args, Debug)]
pub struct VerifyEvidence {
    /// The file; `-` is standard input.
    file: PathBuf,
    /// The cooperative's network document (TOML), which names the members' keys.
    #[arg(long, value_name = "FILE")]
    network: PathBuf,
}

impl VerifyEvidence {
    /// Whether the evidence holds.
    ///
    /// # Errors
    /// When the evidence or the network document cannot be read.
    pub fn run(&self) -> Result<bool, Error> {
        let network = crate::policy::read_network(&self.network)?;
        let text = files::read_within(&self.file, MAX_EVIDENCE_BYTES as u64)?;
        let unchecked = UncheckedConflict::parse(text.as_bytes())?;
        match unchecked.verify(&network.terms().members) {
            Ok(conflict) => {
                describe(&conflict);
                Ok(true)
            }
            Err(error) => {
                say!(
                    "This is NO evidence against any log of this network: {error} [{}]",
                    error.code()
                );
                Ok(false)
            }
        }
    }
}

fn describe(conflict: &Conflict) {
    say!(
        "The evidence holds: the log {} signed two histories.",
        conflict.origin()
    );
    let names = ["One", "The other"];
    for ((name, head), signers) in names.iter().zip(conflict.heads()).zip(conflict.signers()) {
        say!("{name} has {} entries and the root {}.", head.size.0, head.root);
        match &signers[..] {
            [] => say!("  No witness cosigned it."),
            signers => {
                let names: Vec<&str> = signers.iter().map(|(name, _)| name.as_str()).collect();
                say!("  Cosigned by {}: {}.", names.len(), names.join(", "));
            }
        }
    }
    let [smaller, larger] = conflict.heads();
    match smaller.size == larger.size {
        true => say!(
            "A tree of {} entries has one root, and these are two.",
            smaller.size.0
        ),
        false => say!(
            "The proof shows that the larger tree begins with {} other entries than the smaller one has.",
            smaller.size.0
        ),
    }
    match &conflict.liars()[..] {
        [] => say!("No witness signed both."),
        liars => say!(
            "These witnesses signed both, and lied as well: {}.",
            liars.join(", ")
        ),
    }
    match conflict.both_have_a_quorum() {
        true => say!("BOTH have a quorum: verifiers may have been shown either."),
        false => say!("They do not both have a quorum: no verifier takes both for true."),
    }
}
