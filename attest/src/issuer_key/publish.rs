//! Bringing what the registrar signed to every log of the network.

use crate::{Error, files, print::say};
use base64::{Engine, prelude::BASE64_STANDARD};
use clap::Args;
use issuer_server::{Accreditation, HttpLedger, Ledger as _, NotTaken, Submission};
use ledger::{entry::ENTRY_BYTES, heads::SignedHead};
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
pub struct Publish {
    /// What `accredit`, `cut-off` or `announce` printed; `-` is standard input.
    answer: PathBuf,
    /// The network document, whose logs take it.
    #[arg(long, value_name = "FILE")]
    network: PathBuf,
}

impl Publish {
    pub async fn run(&self) -> Result<(), Error> {
        // 1. What to say.
        let (entry, object, head) = read(&self.answer)?;
        let said = Submission {
            entry: &entry,
            object: Some(&object),
        };

        // 2. To whom: every log, so that one that will not hear is not the only one.
        let network = crate::policy::read_network(&self.network)?;
        let head = head.filter(|_| network.terms().registrar_post_quantum.is_some());
        let (mut silent, mut told) = (0, 0);
        for log in network.terms().members.logs() {
            let name = log.key.name();
            let Some(url) = &log.url else {
                say!("{name}: the network document has no address of it");
                silent += 1;
                continue;
            };
            let log = HttpLedger::new(url)?;
            let answer = log.submit(&[said]).await;
            match answer.map(|mut answers| answers.pop()) {
                Ok(Some(Ok(place))) => {
                    say!("{name}: entry {}", place.index);
                    let signed = match &head {
                        Some(head) => log.send_head(head).await,
                        None => Ok(()),
                    };
                    match signed {
                        Ok(()) => told += 1,
                        Err(error) => {
                            say!("{name}: the signed head: {error}");
                            silent += 1;
                        }
                    }
                }
                Ok(Some(Err(NotTaken::Later(code) | NotTaken::Refused(code)))) => {
                    say!("{name}: refused [{code}]");
                    silent += 1;
                }
                Ok(None) => {
                    say!("{name}: no answer");
                    silent += 1;
                }
                Err(error) => {
                    say!("{name}: {error}");
                    silent += 1;
                }
            }
        }

        // 3. All of them, or it has to be said again.
        match silent {
            0 => Ok(()),
            _ => Err(Error::NotEverywhere {
                silent,
                logs: silent + told,
            }),
        }
    }
}

/// The entry, its object, and the head that came with it.
type Said = ([u8; ENTRY_BYTES], Vec<u8>, Option<SignedHead>);

fn read(path: &Path) -> Result<Said, Error> {
    let text = files::read(path)?;
    let read = || {
        let answer: Accreditation = serde_json::from_str(&text).ok()?;
        let entry = BASE64_STANDARD.decode(&answer.entry).ok()?.try_into().ok()?;
        let head = match &answer.head {
            Some(head) => Some(SignedHead::decode(&BASE64_STANDARD.decode(head).ok()?).ok()?),
            None => None,
        };
        Some((entry, BASE64_STANDARD.decode(&answer.event).ok()?, head))
    };
    read().ok_or_else(|| Error::Accreditation {
        path: path.to_owned(),
        reason: "it is not what the registrar's office printed",
    })
}
