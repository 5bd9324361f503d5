//! `attest policy`: the ceremony by which the members agree on who they are. Each version of the network document takes the
//! signatures of a quorum under the version before it (`schemas/spec/network.md`).

mod changes;
mod lines;
mod office;

pub use lines::policy_of;
pub use office::Office;

use crate::{Error, files, issuer_key, print::say};
use changes::changes;
use clap::{Args, Subcommand};
use ledger::note::{Note, NoteSignature};
use schemas::crypto::{P256Point, ml_dsa};
use std::path::{Path, PathBuf};
use verifier::network::{Network, Terms, USUAL_AGE_DAYS};
use verifier_server::now;

/// The members' policy: found a cooperative, and change its members, keys, logs and quorum together.
#[derive(Args, Debug)]
pub struct Policies {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Make the keys of a member's office. Prints its lines for the network document.
    Init {
        /// Where the office keeps its keys.
        folder: PathBuf,
        /// The name of its keys: the member's domain and `/office`, by custom.
        #[arg(long)]
        name: String,
    },
    /// Write the members' policy and the network document that every verifier starts from.
    Found(Found),
    /// Write what the next version would be. It is nobody's until enough offices have signed it.
    Propose(Propose),
    /// Show what a proposal changes, and sign it as an office. Prints the signatures.
    Sign {
        /// The office's folder.
        folder: PathBuf,
        /// The proposal.
        proposal: PathBuf,
        /// The version in force.
        #[arg(long, value_name = "FILE")]
        network: PathBuf,
    },
    /// Put the offices' signatures under a proposal, and write the version that comes into force. With a note that has its
    /// signatures already, whoever has the version before comes up to date.
    Enact {
        /// The proposal or note.
        proposal: PathBuf,
        /// What the offices' `sign` printed.
        signatures: Vec<PathBuf>,
        /// The version in force.
        #[arg(long, value_name = "FILE")]
        network: PathBuf,
        /// Where to write `network.toml`, `members.policy` and `network-N.note`: an empty or new folder.
        #[arg(long, value_name = "FOLDER")]
        into: PathBuf,
    },
}

/// What members agree on.
#[derive(Args, Debug)]
struct Agreed {
    /// The lines that the members' `init` printed, of all members.
    #[arg(required = true, value_name = "LINE-FILE")]
    members: Vec<PathBuf>,
    /// How many witnesses must have cosigned. Default: all but one less than a third, such as 7 of 10.
    #[arg(long)]
    quorum: Option<usize>,
    /// How many offices must sign the next version. Default: as for the quorum.
    #[arg(long)]
    signatures: Option<usize>,
    /// For how many days a version is good.
    #[arg(long, default_value_t = USUAL_AGE_DAYS, value_name = "DAYS")]
    max_age: u16,
}

#[derive(Args, Debug)]
struct Found {
    /// The registrar's public key, as `attest issuer-key init` prints it.
    #[arg(long, value_name = "HEX")]
    registrar: String,
    /// Its ML-DSA-44 key, as `attest issuer-key post-quantum` prints it.
    #[arg(long, value_name = "BASE64URL", allow_hyphen_values = true)]
    registrar_post_quantum: Option<String>,
    #[command(flatten)]
    agreed: Agreed,
    /// Where to write `members.policy` and `network.toml`.
    #[arg(long, default_value = ".", value_name = "FOLDER")]
    into: PathBuf,
}

#[derive(Args, Debug)]
struct Propose {
    /// The version in force.
    #[arg(long, value_name = "FILE")]
    network: PathBuf,
    /// Another registrar's public key.
    #[arg(long, value_name = "HEX")]
    registrar: Option<String>,
    /// Another ML-DSA-44 key of the registrar's.
    #[arg(long, value_name = "BASE64URL", allow_hyphen_values = true)]
    registrar_post_quantum: Option<String>,
    #[command(flatten)]
    agreed: Agreed,
}

impl Policies {
    pub fn run(&self) -> Result<(), Error> {
        match &self.action {
            Action::Init { folder, name } => init(folder, name),
            Action::Found(found) => found.run(),
            Action::Propose(propose) => propose.run(),
            Action::Sign {
                folder,
                proposal,
                network,
            } => sign(folder, proposal, network),
            Action::Enact {
                proposal,
                signatures,
                network,
                into,
            } => enact(proposal, signatures, network, into),
        }
    }
}

fn init(folder: &Path, name: &str) -> Result<(), Error> {
    for line in office_lines(folder, name)? {
        say!("{line}");
    }
    eprintln!(
        "The keys are in {}. They are for signing versions of the network document and nothing else: keep them offline.",
        folder.display()
    );
    Ok(())
}

/// Makes an office, and gives its lines.
pub fn office_lines(folder: &Path, name: &str) -> Result<Vec<String>, Error> {
    let office = Office::create(folder, &name.parse()?)?;
    Ok(office
        .keys()
        .iter()
        .map(|key| format!("{}{}", lines::SIGNATORY, key.key()))
        .collect())
}

impl Agreed {
    fn terms(
        &self,
        registrar: P256Point,
        registrar_post_quantum: Option<ml_dsa::PublicKey>,
    ) -> Result<Terms, Error> {
        let (members, signatories) = lines::read(&self.members, self.quorum, self.signatures)?;
        Ok(Terms {
            registrar,
            registrar_post_quantum,
            members,
            signatories,
            max_age_days: self.max_age,
        })
    }
}

impl Found {
    fn run(&self) -> Result<(), Error> {
        let post_quantum = self.registrar_post_quantum.as_deref();
        let post_quantum = post_quantum.map(issuer_key::post_quantum_key).transpose()?;
        let terms = self
            .agreed
            .terms(issuer_key::public_key(&self.registrar)?, post_quantum)?;
        write(&Network::found(terms, now())?, None, &self.into)
    }
}

impl Propose {
    fn run(&self) -> Result<(), Error> {
        let network = read_network(&self.network)?;
        let registrar = match &self.registrar {
            Some(hex) => issuer_key::public_key(hex)?,
            None => network.terms().registrar,
        };
        let post_quantum = match &self.registrar_post_quantum {
            Some(key) => Some(issuer_key::post_quantum_key(key)?),
            None => network.terms().registrar_post_quantum.clone(),
        };
        let proposed = network.propose(self.agreed.terms(registrar, post_quantum)?, now())?;
        crate::print::out(format_args!("{}", proposed.to_toml()));
        tell(&network, &proposed);
        Ok(())
    }
}

fn sign(folder: &Path, proposal: &Path, network: &Path) -> Result<(), Error> {
    let office = Office::open(folder)?;
    let network = read_network(network)?;
    let text = files::read(proposal)?;
    let proposed = read(proposal, &text)?;
    // What is signed here could not come into force otherwise, and whoever signs should hear of it before the others.
    let follows = network.propose(proposed.terms().clone(), proposed.issued())?;
    if follows != proposed || proposed.to_toml() != text {
        return Err(Error::NotAProposal {
            path: proposal.to_owned(),
            version: network.version(),
        });
    }
    let note = Note::new(text)?;
    for signature in office.sign(&note) {
        crate::print::out(format_args!("{signature}"));
    }
    tell(&network, &proposed);
    Ok(())
}

fn enact(proposal: &Path, signatures: &[PathBuf], network: &Path, into: &Path) -> Result<(), Error> {
    let before = read_network(network)?;
    let text = files::read(proposal)?;
    // A proposal has no signatures yet; a note that somebody passed on has them.
    let mut note = match Network::from_toml(&text) {
        Ok(_) => Note::new(text)?,
        Err(_) => Note::parse(text.as_bytes())?,
    };
    for file in signatures {
        let of_file = |source| Error::Signatures {
            path: file.clone(),
            source,
        };
        for signature in NoteSignature::parse_lines(&files::read(file)?).map_err(of_file)? {
            note.add(signature)?;
        }
    }
    let next = before.successor(note.to_string().as_bytes())?;
    let next = next.ok_or_else(|| Error::NotAProposal {
        path: proposal.to_owned(),
        version: before.version(),
    })?;
    tell(&before, &next);
    write(&next, Some(&note), into)
}

/// Writes a version, over nothing that is there.
fn write(network: &Network, note: Option<&Note>, into: &Path) -> Result<(), Error> {
    let members = &network.terms().members;
    let (policy_file, network_file) = (into.join("members.policy"), into.join("network.toml"));
    let note = note.map(|note| (into.join(format!("network-{}.note", network.version())), note));
    let note_file = note.as_ref().map(|(file, _)| file);
    if let Some(there) = [&policy_file, &network_file]
        .into_iter()
        .chain(note_file)
        .find(|file| file.exists())
    {
        return Err(Error::Exists(there.clone()));
    }
    files::make_folder(into)?;
    files::write_new(&policy_file, members.to_string().as_bytes())?;
    eprintln!(
        "{}: for every member. {} of {} witnesses are a quorum.",
        policy_file.display(),
        members.quorum(),
        members.witnesses().len()
    );
    if let Some((file, note)) = note {
        files::write_new(&file, note.to_string().as_bytes())?;
        eprintln!("{}: for the registrar to announce on the ledger.", file.display());
    }
    files::write_new(&network_file, network.to_toml().as_bytes())?;
    eprintln!(
        "{}: version {}, for issuers, wallets and doors.",
        network_file.display(),
        network.version()
    );
    Ok(())
}

fn tell(before: &Network, after: &Network) {
    eprintln!(
        "Version {} after version {}, {}:",
        after.version(),
        before.version(),
        after.hash()
    );
    match &*changes(before, after) {
        [] => eprintln!(
            "  nothing changes; it is good for {} days more",
            after.terms().max_age_days
        ),
        lines => lines.iter().for_each(|line| eprintln!("  {line}")),
    }
}

/// Reads a network document.
pub fn read_network(path: &Path) -> Result<Network, Error> {
    read(path, &files::read(path)?)
}

fn read(path: &Path, text: &str) -> Result<Network, Error> {
    Network::from_toml(text).map_err(|reason| {
        let file = path.to_owned();
        verifier_server::SetUpError::Refused { file, reason }.into()
    })
}

#[cfg(test)]
pub mod tests;
