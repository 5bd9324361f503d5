//! `attest release`: how a build of this software becomes an entry of the ledger. `release/build` makes it, the registrar signs
//! its manifest, and `attest issuer-key publish` brings that to the logs.

mod manifest;

pub use manifest::{Manifest, Sha256, pages};

use crate::{
    Error, files,
    issuer_key::{Record, open},
    print,
};
use clap::{Args, Subcommand};
use manifest::{BuiltWith, MAX_MANIFEST_BYTES};
use schemas::Hash;
use std::{
    fs,
    path::{Path, PathBuf},
};
use verifier_server::now;

/// Largest binary or bill of materials.
const MAX_PART_BYTES: u64 = 1 << 30;
/// Releases of this software on the ledger.
#[derive(Args, Debug)]
pub struct Release {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Print the manifest of a build; `release/build` does it.
    Manifest(Parts),
    /// Sign a manifest as the registrar. Prints the answer, for `attest issuer-key publish`.
    Sign {
        /// The office's folder.
        folder: PathBuf,
        /// What `manifest` printed.
        manifest: PathBuf,
    },
}

#[derive(Args, Debug)]
struct Parts {
    /// The binary, of the same version and with the same pages as this one.
    #[arg(long, value_name = "FILE")]
    binary: PathBuf,
    /// The bill of materials.
    #[arg(long, value_name = "FILE")]
    sbom: PathBuf,
    /// The triple of the machines that it runs on.
    #[arg(long, value_name = "TRIPLE")]
    target: String,
    /// What `rustc -V` says.
    #[arg(long, value_name = "VERSION")]
    rustc: String,
    /// What the first line of `cc --version` says.
    #[arg(long, value_name = "VERSION")]
    cc: String,
}

impl Release {
    pub fn run(&self) -> Result<(), Error> {
        match &self.action {
            Action::Manifest(parts) => parts.print(),
            Action::Sign { folder, manifest } => sign(folder, manifest),
        }
    }
}

impl Parts {
    fn print(&self) -> Result<(), Error> {
        let manifest = Manifest {
            version: env!("CARGO_PKG_VERSION").into(),
            target: self.target.clone(),
            binary: hash_of(&self.binary)?,
            sbom: hash_of(&self.sbom)?,
            pages: pages(),
            built_with: BuiltWith {
                rustc: self.rustc.clone(),
                cc: self.cc.clone(),
            },
        };
        print::out(format_args!("{}", manifest.to_json()));
        Ok(())
    }
}

/// The hash of a file.
pub fn hash_of(path: &Path) -> Result<Sha256, Error> {
    let unreadable = |source| Error::Unreadable {
        path: path.to_owned(),
        source,
    };
    let length = fs::metadata(path).map_err(unreadable)?.len();
    if length > MAX_PART_BYTES {
        let reason = format!("it is longer than {} MB", MAX_PART_BYTES >> 20);
        return Err(unreadable(std::io::Error::other(reason)));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    Ok(Sha256(Hash::of(&[&bytes])))
}

fn sign(folder: &Path, file: &Path) -> Result<(), Error> {
    let registrar = open(folder)?;
    let text = files::read_within(file, MAX_MANIFEST_BYTES as u64)?;
    let malformed = || Error::ManifestMalformed(file.to_owned());
    let manifest = Manifest::parse(text.as_bytes()).ok_or_else(malformed)?;
    let record = Record::of_releases(folder);
    record.say(registrar.release(text.as_bytes(), record.read()?.as_ref(), now()))?;
    eprintln!("Release {} for {}.", manifest.version, manifest.target);
    Ok(())
}
