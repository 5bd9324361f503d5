//! `attest issuer-key`: the registrar's office, which says which issuers there are and which keys they have. It gets documents
//! and answers with documents; only `publish` speaks to anybody.

mod publish;
mod registrar;

pub use registrar::Registrar;

use crate::{Error, files, print::say};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use clap::{Args, Subcommand};
use issuer::key_request::KeyRequest;
use issuer_server::{Accreditation, LastGood, key_store::KeyStore};
use publish::Publish;
use registrar::KEY_DAYS;
use schemas::{
    IssuerNumber,
    crypto::{
        P256Point, SigningKey as _,
        aws_lc::{AwsLc, SigningKey},
        ml_dsa,
    },
    hexadecimal,
};
use std::path::{Path, PathBuf};
use verifier_server::now;

/// The registrar's office: accredit issuers, renew their keys, cut them off.
#[derive(Args, Debug)]
pub struct IssuerKeys {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Make the registrar's key. Prints its public half, which every member and issuer is told.
    Init {
        /// Where the office keeps its key and what it said of each issuer.
        folder: PathBuf,
    },
    /// Print the public half of the registrar's ML-DSA-44 key, which logs and the network document are told. Makes the key if there is
    /// none.
    PostQuantum {
        /// The office's folder.
        folder: PathBuf,
    },
    /// Accredit the key of an issuer, whom somebody has looked at. Prints the answer, to publish and to give to the issuer.
    Accredit {
        /// The office's folder.
        folder: PathBuf,
        /// What `attest issuer init` or `attest issuer new-key` printed; `-` is standard input.
        request: PathBuf,
    },
    /// Cut off a key that was stolen or lost. What it signed up to the issuer's last good entries stays good, the rest does not.
    CutOff {
        /// The office's folder.
        folder: PathBuf,
        /// The issuer's number.
        issuer: u32,
        /// What `attest issuer last-good` printed; `-` is standard input.
        last_good: PathBuf,
        /// The request for the key that comes in its place.
        #[arg(long, value_name = "FILE")]
        request: Option<PathBuf>,
    },
    /// Put a version of the network document on the ledger: `network.toml` of the first, `network-N.note` of the others.
    Announce {
        /// The office's folder.
        folder: PathBuf,
        /// The document or note.
        document: PathBuf,
    },
    /// Send an answer to every log of the network.
    Publish(Publish),
}

impl IssuerKeys {
    pub async fn run(&self) -> Result<(), Error> {
        match &self.action {
            Action::Init { folder } => {
                let store = key_store(folder)?;
                if !store.signing_keys()?.is_empty() {
                    return Err(Error::Exists(store.path().to_owned()));
                }
                let number = store.make_signing_key()?;
                say!("{}", hex(&store.signing_key(number)?.public()));
                eprintln!(
                    "The key is in {}. Who has it says who may issue: keep it offline.",
                    store.path().display()
                );
                Ok(())
            }
            Action::PostQuantum { folder } => {
                let key = key_store(folder)?.make_post_quantum_key()?.public();
                say!("{}", BASE64_URL_SAFE_NO_PAD.encode(key.as_bytes()));
                Ok(())
            }
            Action::Accredit { folder, request } => accredit(folder, request),
            Action::CutOff {
                folder,
                issuer,
                last_good,
                request,
            } => cut_off(folder, IssuerNumber(*issuer), last_good, request.as_deref()),
            Action::Announce { folder, document } => announce(folder, document),
            Action::Publish(publish) => publish.run().await,
        }
    }
}

fn accredit(folder: &Path, file: &Path) -> Result<(), Error> {
    let registrar = open(folder)?;
    let request = read_request(file)?;
    let record = Record::of_issuer(folder, request.issuer);
    let answer = registrar.accredit(&request, record.read()?.as_ref(), now());
    record.say(answer)?;
    eprintln!(
        "Issuer {}: {}, {}. Its key is accredited for {KEY_DAYS} days.",
        request.issuer.0, request.name, request.country
    );
    Ok(())
}

fn cut_off(folder: &Path, issuer: IssuerNumber, file: &Path, request: Option<&Path>) -> Result<(), Error> {
    let registrar = open(folder)?;
    let last: Option<LastGood> = serde_json::from_str(&files::read(file)?).ok();
    let last = last
        .and_then(|last| last.cut_off())
        .ok_or_else(|| Error::Accreditation {
            path: file.to_owned(),
            reason: "it is not what `attest issuer last-good` printed",
        })?;
    let request = request.map(read_request).transpose()?;
    if request.as_ref().is_some_and(|request| request.issuer != issuer) {
        return Err(Error::OtherIssuer);
    }
    let record = Record::of_issuer(folder, issuer);
    let earlier = record.read()?.ok_or(Error::IssuerNotAccredited(issuer.0))?;
    record.say(registrar.cut_off(last, request.as_ref(), &earlier, now()))?;
    eprintln!("Publish this at once: until a door has read it, it believes the thief.");
    Ok(())
}

fn announce(folder: &Path, document: &Path) -> Result<(), Error> {
    let registrar = open(folder)?;
    let record = Record(folder.join("network.json"));
    let text = files::read(document)?;
    record.say(registrar.announce(text.as_bytes(), record.read()?.as_ref()))
}

fn read_request(file: &Path) -> Result<KeyRequest, Error> {
    KeyRequest::verify(&files::read(file)?, &AwsLc).map_err(|source| Error::KeyRequest {
        path: file.to_owned(),
        source,
    })
}

/// What was said last of an issuer, or of the network. The next word continues it: a second one of the same number would be a
/// contradiction, on record in public.
pub struct Record(PathBuf);

impl Record {
    fn of_issuer(folder: &Path, issuer: IssuerNumber) -> Self {
        Self(folder.join(format!("issuer-{}.json", issuer.0)))
    }

    /// What was said last of a release of the software.
    pub fn of_releases(folder: &Path) -> Self {
        Self(folder.join("release.json"))
    }

    /// What was said last.
    pub fn read(&self) -> Result<Option<Accreditation>, Error> {
        match self.0.exists() {
            true => Ok(Some(
                serde_json::from_str(&files::read(&self.0)?).map_err(|_| self.damaged())?,
            )),
            false => Ok(None),
        }
    }

    /// Keeps an answer, then prints it.
    pub fn say(&self, answer: Result<Accreditation, Error>) -> Result<(), Error> {
        let answer = answer.map_err(|error| match error {
            Error::RecordDamaged => self.damaged(),
            error => error,
        })?;
        let text = serde_json::to_string(&answer).expect("two texts are JSON");
        files::replace(&self.0, text.as_bytes())?;
        say!("{text}");
        Ok(())
    }

    fn damaged(&self) -> Error {
        Error::Accreditation {
            path: self.0.clone(),
            reason: "it is damaged: restore it from a copy",
        }
    }
}

/// A public key as `attest issuer-key init` prints it.
pub fn public_key(text: &str) -> Result<P256Point, Error> {
    let bytes: [u8; 33] = hexadecimal::read(text.trim()).ok_or(schemas::Error::KeyMalformed)?;
    Ok(P256Point::from_sec1(&bytes)?)
}

/// A public key in hexadecimal.
pub fn hex(point: &P256Point) -> String {
    hexadecimal::write(point.as_bytes())
}

/// A public key as `attest issuer-key post-quantum` prints it.
pub fn post_quantum_key(text: &str) -> Result<ml_dsa::PublicKey, Error> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.trim());
    let bytes = bytes.map_err(|_| schemas::Error::KeyMalformed)?;
    Ok(ml_dsa::PublicKey::from_bytes(&bytes)?)
}

/// The same, written.
pub fn post_quantum_text(key: &ml_dsa::PublicKey) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(key.as_bytes())
}

/// The office with its keys.
pub fn open(folder: &Path) -> Result<Registrar, Error> {
    let key = key(folder)?;
    Ok(Registrar::new(key, key_store(folder)?.post_quantum_key()?))
}

/// The registrar's key.
fn key(folder: &Path) -> Result<SigningKey, Error> {
    let missing = || Error::NoRegistrar(folder.to_owned());
    if !folder.join("keys").exists() {
        return Err(missing());
    }
    let store = key_store(folder)?;
    let number = store.signing_keys()?.first().copied().ok_or_else(missing)?;
    Ok(store.signing_key(number)?)
}

fn key_store(folder: &Path) -> Result<KeyStore, Error> {
    files::make_folder(folder)?;
    Ok(KeyStore::open(folder.join("keys"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        key_store(folder.path()).unwrap().make_signing_key().unwrap();
        let file = folder.path().join("picture.txt");
        std::fs::write(&file, "A".repeat(9_859)).unwrap();
        let said = accredit(folder.path(), &file).unwrap_err().to_string();
        assert!(said.contains("picture.txt: "), "{said}");
    }
}
