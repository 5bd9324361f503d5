//! `attest registrar`: the office that knows the members and accredits issuers. It gets documents and answers with
//! documents; nothing of it runs as a service.

use crate::{Error, files, print::say};
use base64::{Engine, prelude::BASE64_STANDARD};
use clap::{Args, Subcommand};
use issuer::key_request::KeyRequest;
use issuer_server::{Accreditation, key_store::KeyStore};
use ledger::{
    cosignature::WitnessKey,
    entry::{Entry, EntryId, Leaf, Subject},
    policy::{Policy, default_quorum},
};
use schemas::{
    Day, Hash, UnixTime,
    crypto::{
        P256Point, SigningKey as _,
        aws_lc::{AwsLc, SigningKey},
    },
    key_event::{Country, EventNumber, IssuerKey, KeyEvent},
};
use std::path::{Path, PathBuf};
use verifier::network::Network;
use verifier_server::now;

/// How long an accredited key may sign: a year, and the lifetime of what it signed last.
const KEY_DAYS: u32 = 370;

/// The registrar's office: found a cooperative, accredit issuers.
#[derive(Args, Debug)]
pub struct Office {
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
    /// Write the members' policy and the network document that every verifier starts from.
    Found(Found),
    /// Accredit the key of an issuer, whom somebody has looked at. Prints the answer to give to the issuer.
    Accredit {
        /// The office's folder.
        folder: PathBuf,
        /// What `attest issuer init` printed; `-` is standard input.
        request: PathBuf,
    },
}

#[derive(Args, Debug)]
struct Found {
    /// The office's folder.
    folder: PathBuf,
    /// The lines that the members' `init` printed.
    #[arg(required = true, value_name = "LINE-FILE")]
    members: Vec<PathBuf>,
    /// How many witnesses must have cosigned. Default: all but one less than a third, such as 7 of 10.
    #[arg(long)]
    quorum: Option<usize>,
    /// Where to write `members.policy` and `network.toml`.
    #[arg(long, default_value = ".", value_name = "FOLDER")]
    into: PathBuf,
}

impl Office {
    pub fn run(&self) -> Result<(), Error> {
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
            Action::Found(found) => found.run(),
            Action::Accredit { folder, request } => accredit(folder, request),
        }
    }
}

impl Found {
    fn run(&self) -> Result<(), Error> {
        // 1. The members' lines, and the quorum.
        let mut lines = Vec::new();
        for file in &self.members {
            let text = files::read(file)?;
            lines.extend(text.lines().map(|line| (file, line.to_owned())));
        }
        let texts: Vec<String> = lines.iter().map(|(_, line)| line.clone()).collect();
        let members = policy_of(&texts, self.quorum).map_err(|error| match error {
            Error::Ledger(ledger::Error::PolicyMalformed { line, reason })
                if (1..=lines.len()).contains(&line) =>
            {
                let (path, reason) = (lines[line - 1].0.clone(), reason.to_owned());
                Error::MemberLine { path, reason }
            }
            error => error,
        })?;
        if members.logs().is_empty() {
            let (path, reason) = (
                self.members[0].clone(),
                "no file has the line of a log".to_owned(),
            );
            return Err(Error::MemberLine { path, reason });
        }
        // 2. The two documents.
        let registrar = key(&self.folder)?.public();
        let (policy_file, network_file) = (self.into.join("members.policy"), self.into.join("network.toml"));
        if let Some(there) = [&policy_file, &network_file]
            .into_iter()
            .find(|file| file.exists())
        {
            return Err(Error::Exists(there.clone()));
        }
        files::make_folder(&self.into)?;
        files::write_new(&policy_file, members.to_string().as_bytes())?;
        eprintln!(
            "{}: for every member. {} of {} witnesses are a quorum.",
            policy_file.display(),
            members.quorum(),
            members.witnesses().len()
        );
        files::write_new(&network_file, Network { registrar, members }.to_toml().as_bytes())?;
        eprintln!("{}: for issuers, wallets and doors.", network_file.display());
        Ok(())
    }
}

/// The policy of members by the lines that their `init` printed. Without a quorum it is [`default_quorum`].
pub fn policy_of(lines: &[String], quorum: Option<usize>) -> Result<Policy, Error> {
    // 1. Who there is.
    let (post_quantum, witnesses) = witness_names(lines);
    let quorum = quorum.unwrap_or_else(|| default_quorum(witnesses.len()));
    let count = witnesses.len();
    if count > 0 && !(count / 2 + 1..=count).contains(&quorum) {
        return Err(Error::QuorumImpossible {
            quorum,
            witnesses: count,
        });
    }
    // 2. As many of the post-quantum keys as of the others: a quorum is a quorum.
    let mut groups = format!("group members {quorum} {}\nquorum members\n", witnesses.join(" "));
    if !post_quantum.is_empty() {
        if post_quantum.len() < quorum {
            return Err(Error::PostQuantumKeysFew {
                keys: post_quantum.len(),
                quorum,
            });
        }
        groups.push_str(&format!(
            "group post-quantum {quorum} {}\n",
            post_quantum.join(" ")
        ));
    }
    // 3. The lines first, so that a refusal's line is theirs.
    Ok(Policy::parse(
        format!("{}\n{groups}", lines.join("\n")).as_bytes(),
    )?)
}

/// The names of the witnesses with a key of ML-DSA-44, and of the others.
fn witness_names(lines: &[String]) -> (Vec<&str>, Vec<&str>) {
    let mut names = (Vec::new(), Vec::new());
    for line in lines {
        let Some(rest) = line.strip_prefix("witness ") else {
            continue;
        };
        let mut items = rest.split(' ');
        let Some(name) = items.next() else { continue };
        let key = items.next().and_then(|vkey| vkey.parse::<WitnessKey>().ok());
        match key.is_some_and(|key| key.is_post_quantum()) {
            true => names.0.push(name),
            false => names.1.push(name),
        }
    }
    names
}

fn accredit(folder: &Path, file: &Path) -> Result<(), Error> {
    let registrar = Registrar::new(key(folder)?);
    let request = KeyRequest::verify(&files::read(file)?, &AwsLc).map_err(|source| Error::KeyRequest {
        path: file.to_owned(),
        source,
    })?;
    // What was said before is what the next event continues: a second event of one number would be a contradiction.
    let record = folder.join(format!("issuer-{}.json", request.issuer.0));
    let malformed = |reason| Error::Accreditation {
        path: record.clone(),
        reason,
    };
    let earlier = match record.exists() {
        true => {
            let parsed = serde_json::from_str(&files::read(&record)?);
            Some(parsed.map_err(|_| malformed("it is damaged: restore it from a copy"))?)
        }
        false => None,
    };
    let answer = registrar.accredit(&request, earlier.as_ref(), now())?;
    let answer = answer.ok_or(malformed("it is damaged: restore it from a copy"))?;
    let text = serde_json::to_string(&answer).expect("two texts are JSON");
    files::replace(&record, text.as_bytes())?;
    say!("{text}");
    eprintln!(
        "Issuer {}: {}, {}. Its key is accredited for {KEY_DAYS} days.",
        request.issuer.0, request.name, request.country
    );
    Ok(())
}

/// The registrar, with the key at hand.
pub struct Registrar(SigningKey);

impl Registrar {
    pub fn new(key: SigningKey) -> Self {
        Self(key)
    }

    /// The key that the members know.
    pub fn public(&self) -> P256Point {
        self.0.public()
    }

    /// Accredits the key that a request names, besides those that `earlier`, the last answer to the same issuer, has. The
    /// same request again has the same answer. `None` if `earlier` is none of ours.
    pub fn accredit(
        &self,
        request: &KeyRequest,
        earlier: Option<&Accreditation>,
        now: UnixTime,
    ) -> Result<Option<Accreditation>, Error> {
        let mut number = EventNumber(0);
        let (mut keys, mut previous) = (Vec::new(), None);
        if let Some(answer) = earlier {
            let Some((event, id)) = read(answer) else {
                return Ok(None);
            };
            if event.keys().iter().any(|key| *key.point() == request.point) {
                return Ok(Some(answer.clone()));
            }
            number = EventNumber(event.number().0 + 1);
            keys.extend(event.keys().iter().filter(|key| key.not_after() > now).cloned());
            previous = Some(id);
        }
        let end = Day(now.day().0 + KEY_DAYS);
        keys.push(IssuerKey::new(request.point, now.plus(-60), end.start(), None)?);
        let country = Country::new(&request.country)?;
        let event = KeyEvent::new(request.issuer, number, request.name.clone(), country, keys)?.encode();
        let subject = Subject::KeyEvent(request.issuer, number);
        let entry = Entry::new(subject, end, Hash::of(&[&event]), previous)?.sign(&self.0)?;
        Ok(Some(Accreditation {
            entry: BASE64_STANDARD.encode(entry.encode()),
            event: BASE64_STANDARD.encode(event),
        }))
    }
}

fn read(answer: &Accreditation) -> Option<(KeyEvent, EntryId)> {
    let event = KeyEvent::decode(&BASE64_STANDARD.decode(&answer.event).ok()?).ok()?;
    match Leaf::decode(&BASE64_STANDARD.decode(&answer.entry).ok()?).ok()? {
        Leaf::Entry(entry) => Some((event, entry.unverified().id())),
        Leaf::Null => None,
    }
}

/// A public key as `attest registrar init` prints it.
pub fn public_key(hex: &str) -> Result<P256Point, Error> {
    let digits = hex.trim().as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = digits.map(byte).collect();
    Ok(P256Point::from_sec1(&bytes.ok_or(schemas::Error::KeyMalformed)?)?)
}

/// A public key in hexadecimal.
pub fn hex(point: &P256Point) -> String {
    point
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

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
    use ledger::cosignature::CosignerKey;
    use ledger::merkle::LeafIndex;
    use ledger::state::{Input, Outcome, State};
    use schemas::IssuerNumber;

    #[test]
    fn a_second_key_continues_the_first() {
        let registrar = Registrar::new(SigningKey::generate().unwrap());
        let request = || {
            let text = KeyRequest::sign(IssuerNumber(7), "Nord", "DE", &SigningKey::generate().unwrap());
            KeyRequest::verify(&text.unwrap(), &AwsLc).unwrap()
        };
        let (first, now) = (request(), now());
        let one = registrar.accredit(&first, None, now).unwrap().unwrap();
        let again = registrar.accredit(&first, Some(&one), now).unwrap().unwrap();
        assert_eq!(again.entry, one.entry);
        let two = registrar.accredit(&request(), Some(&one), now).unwrap().unwrap();

        // A ledger takes both, and knows both keys.
        let mut state = State::new(&registrar.public(), &AwsLc).unwrap();
        for (index, answer) in [&one, &two].into_iter().enumerate() {
            let object = BASE64_STANDARD.decode(&answer.event).unwrap();
            let leaf = Leaf::decode(&BASE64_STANDARD.decode(&answer.entry).unwrap()).unwrap();
            let (index, object) = (LeafIndex(index as u64 + 1), Some(&*object));
            assert!(matches!(
                state.apply(&Input { index, leaf, object }),
                Outcome::Applied
            ));
        }
        let (event, _) = read(&two).unwrap();
        assert_eq!((event.number(), event.keys().len()), (EventNumber(1), 2));
    }

    #[test]
    fn a_quorum_is_a_majority_of_the_witnesses() {
        let folder = tempfile::tempdir().unwrap();
        let lines = folder.path().join("witnesses");
        std::fs::write(&lines, "witness a x\nwitness b x\nwitness c x\n").unwrap();
        for quorum in [0, 1, 4] {
            let found = Found {
                folder: folder.path().to_owned(),
                members: vec![lines.clone()],
                quorum: Some(quorum),
                into: folder.path().join("network"),
            };
            assert_eq!(found.run().unwrap_err().code(), "quorum-impossible");
        }
    }

    #[test]
    fn a_post_quantum_group_is_as_large_as_a_quorum() {
        let line = |name: &str, key: CosignerKey| format!("witness {name} {}", key.witness());
        let name = |n: u8| format!("attest.example/{n}").parse().unwrap();
        let mut lines: Vec<String> = (0..4)
            .map(|n| line(&n.to_string(), CosignerKey::from_seed(name(n), &[n; 32])))
            .collect();
        assert!(policy_of(&lines, None).unwrap().post_quantum().is_none());
        for n in 0..3 {
            let key = CosignerKey::ml_dsa_44_from_seed(name(n), &[n; 32]);
            lines.push(line(&format!("{n}-post-quantum"), key));
            let policy = policy_of(&lines, None);
            match n {
                2 => assert_eq!(policy.unwrap().post_quantum().unwrap().quorum(), 3),
                _ => assert_eq!(policy.unwrap_err().code(), "post-quantum-keys-few"),
            }
        }
    }

    #[test]
    fn a_wrong_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        key_store(folder.path()).unwrap().make_signing_key().unwrap();
        let file = folder.path().join("picture.txt");
        std::fs::write(&file, "A".repeat(9_859)).unwrap();
        let said = accredit(folder.path(), &file).unwrap_err().to_string();
        assert!(said.contains("picture.txt: "), "{said}");
    }

    #[test]
    fn a_damaged_record_is_not_continued() {
        let registrar = Registrar::new(SigningKey::generate().unwrap());
        let text = KeyRequest::sign(IssuerNumber(7), "Nord", "DE", &SigningKey::generate().unwrap());
        let request = KeyRequest::verify(&text.unwrap(), &AwsLc).unwrap();
        let earlier = Accreditation {
            entry: "AAAA".into(),
            event: "AAAA".into(),
        };
        assert!(
            registrar
                .accredit(&request, Some(&earlier), now())
                .unwrap()
                .is_none()
        );
    }
}
