//! A door from its files: the network, the ledger's files, the policy, trust lists and rules.

use crate::{
    chain::AskedChain,
    copy::{CopyError, copy},
    stopwatch::nanoseconds,
    sync::{read, sync},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use schemas::{UnixTime, crypto::aws_lc::AwsLc, sd_cwt::profile::Audience};
use serve::now;
use serve::{Source, Unavailable};
use std::{
    collections::BTreeSet,
    fmt,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, RwLock, RwLockReadGuard},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use verifier::{
    Door, Examination, Policy,
    foreign::CountryRules,
    network::Network,
    replay::ReplayMemory,
    rules::RuleSet,
    sync::Synced,
    trust::{Publisher, TrustList},
    view::LedgerView,
};

/// Most bytes that are read of a file here, which is the largest of the limits that their readers have.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// What a door is set up with.
#[derive(Args, Clone, Debug, Default)]
pub struct DoorFiles {
    /// The cooperative's network document (TOML): the registrar's key and the members.
    #[arg(long, value_name = "FILE")]
    pub network: Option<PathBuf>,
    /// The ledger's static files: a URL, or a folder such as a USB stick. Default: the first log of the network document.
    #[arg(long, value_name = "URL|FOLDER", requires = "network")]
    pub ledger: Option<String>,
    /// The door's policy (TOML or JSON). Default: negative tests, PCR up to 48 h and rapid tests up to 24 h, with initials.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// A file with the URL of a node of the chain (JSON-RPC), for a policy that requires one.
    #[arg(long, value_name = "FILE")]
    pub chain_url_file: Option<PathBuf>,
    /// Trust lists of EU certificate signers (JSON, PEM or DER).
    #[arg(long, value_name = "FILE")]
    pub trust: Vec<PathBuf>,
    /// Country rules for EU certificates (JSON).
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
    /// Value sets that the rules refer to (JSON).
    #[arg(long, value_name = "FILE")]
    pub value_sets: Vec<PathBuf>,
    /// Verify as of this time (RFC 3339) instead of now.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

/// Why a door could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// A file cannot be read.
    #[error("{} cannot be read: {reason}", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
    /// A file was refused.
    #[error("{}: {reason}", file.display())]
    Refused {
        /// Which.
        file: PathBuf,
        /// Why.
        reason: verifier::Error,
    },
    /// The network document names no address of a log.
    #[error("the network document names no address of a log: give one with --ledger")]
    NoLedger,
    /// The policy requires a chain, and no node is named.
    #[error(
        "the policy requires a chain: name a file with the URL of one of its nodes with --chain-url-file"
    )]
    NoChain,
    /// The chain cannot be asked.
    #[error(transparent)]
    Chain(#[from] ledger_evm::Error),
    /// Not a time.
    #[error("{0} is not a time such as 2026-11-23T12:00:00Z")]
    NotATime(String),
    /// Neither a URL nor a folder.
    #[error(transparent)]
    Source(#[from] Unavailable),
}

impl SetUpError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "input-unreadable",
            Self::Refused { reason, .. } => reason.code(),
            Self::NoLedger => "ledger-not-named",
            Self::NoChain => "chain-not-named",
            Self::Chain(error) => error.code(),
            Self::NotATime(_) => "not-a-time",
            Self::Source(_) => "source-unavailable",
        }
    }
}

/// A door that is set up.
pub struct OpenDoor {
    policy: Policy,
    ledger: Option<Ledger>,
    trust: TrustList,
    left_out: Vec<LeftOut>,
    rules: CountryRules,
    at: Option<UnixTime>,
    memory: Mutex<ReplayMemory>,
    documents: Documents,
}

/// What the door was set up with, for the page to be set up with the same: files in base64, since a trust list need not
/// be text.
#[derive(Default)]
pub(crate) struct Documents {
    pub(crate) trust: Vec<String>,
    pub(crate) rules: Vec<String>,
    pub(crate) value_sets: Vec<String>,
}

/// What of a trust list is not trusted, since it cannot be used.
pub(crate) struct LeftOut {
    file: PathBuf,
    number: usize,
    of: usize,
    codes: BTreeSet<&'static str>,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes: Vec<&str> = self.codes.iter().copied().collect();
        let (file, codes) = (self.file.display(), codes.join(", "));
        write!(f, "{file}: {} of {} left out ({codes})", self.number, self.of)
    }
}

struct Ledger {
    /// What the door was given.
    network: Network,
    source: Source,
    /// Where the files are copied from, and into which folder, when `source` is a copy.
    origin: Option<(Source, PathBuf)>,
    view: RwLock<LedgerView>,
    syncing: tokio::sync::Mutex<()>,
    chain: Option<AskedChain>,
}

impl OpenDoor {
    /// Reads the files. The ledger's are read by [`sync`](Self::sync).
    ///
    /// # Errors
    /// [`SetUpError`].
    pub fn open(files: &DoorFiles) -> Result<Self, SetUpError> {
        let mut trust = TrustList::default();
        let mut left_out = Vec::new();
        let mut documents = Documents::default();
        for file in &files.trust {
            let imported = parse(file, |bytes| {
                documents.trust.push(STANDARD.encode(bytes));
                TrustList::import(bytes, Publisher::NotChecked, &AwsLc)
            })?;
            if !imported.left_out.is_empty() {
                left_out.push(LeftOut {
                    file: file.clone(),
                    of: imported.list.len() + imported.left_out.len(),
                    codes: imported.left_out.iter().map(|one| one.reason.code()).collect(),
                    number: imported.left_out.len(),
                });
            }
            trust.extend(&imported.list);
        }
        let mut rules = CountryRules::default();
        for file in &files.rules {
            rules.rules.extend(parse(file, |bytes| {
                documents.rules.push(STANDARD.encode(bytes));
                RuleSet::read(bytes)
            })?);
        }
        for file in &files.value_sets {
            rules.value_sets = parse(file, |bytes| {
                documents.value_sets.push(STANDARD.encode(bytes));
                rules.value_sets.clone().with_published(bytes)
            })?;
        }
        let policy = match &files.policy {
            Some(file) => parse(file, policy)?,
            None => Policy::default(),
        };
        let network = files.network.as_deref();
        let mut ledger = network
            .map(|file| Ledger::open(file, files.ledger.as_deref()))
            .transpose()?;
        if let Some(ledger) = &mut ledger {
            ledger.beside(AskedChain::open(&policy, files.chain_url_file.as_deref())?);
        }
        Ok(Self {
            policy,
            ledger,
            trust,
            left_out,
            rules,
            at: files.at.as_deref().map(time_of).transpose()?,
            memory: Mutex::default(),
            documents,
        })
    }

    /// Copies the ledger's files into `folder` from where they were, to be read there from now on; does nothing without a
    /// network document. The copy is brought up to date by [`sync`](Self::sync), before the view is.
    pub(crate) fn keep_ledger_in(&mut self, folder: PathBuf) {
        if let Some(ledger) = &mut self.ledger {
            let here = Source::Folder(folder.clone());
            ledger.origin = Some((std::mem::replace(&mut ledger.source, here), folder));
        }
    }

    /// The folder of [`keep_ledger_in`](Self::keep_ledger_in).
    pub(crate) fn ledger_files(&self) -> Option<&Source> {
        let ledger = self.ledger.as_ref()?;
        ledger.origin.as_ref().map(|_| &ledger.source)
    }

    /// The network document in force: the one that the door was given, or a version after it.
    pub(crate) fn network(&self) -> Option<Network> {
        self.view().map(|view| view.network().clone())
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn documents(&self) -> &Documents {
        &self.documents
    }

    /// What of the trust lists cannot be used.
    pub(crate) fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Brings the view of the ledger up to date; does nothing without a network document. Where there is a copy that cannot
    /// be brought up to date, the view is as new as the copy.
    ///
    /// # Errors
    /// [`CopyError`]; the view stays as it was, or is as the copy.
    pub async fn sync(&self) -> Result<Synced, CopyError> {
        let Some(ledger) = &self.ledger else {
            return Ok(Synced::default());
        };
        let _one_at_a_time = ledger.syncing.lock().await;
        let copied = match &ledger.origin {
            Some((origin, folder)) => copy(&ledger.network, origin, folder).await.map(drop),
            None => Ok(()),
        };
        let signatures = self.policy.ledger.signatures;
        let synced = sync(&ledger.view, signatures, &ledger.source).await;
        copied?;
        let (synced, _) = synced?;
        if let Some(chain) = &ledger.chain {
            chain.look(&ledger.view, &synced.log).await?;
        }
        Ok(synced)
    }

    /// Examines a text, as of now or of the time that was asked for.
    pub fn examine(&self, text: &str) -> Examination {
        let view = self.view();
        let door = Door {
            policy: &self.policy,
            view: view.as_deref(),
            trust: &self.trust,
            rules: &self.rules,
            audience: Audience::AnyDoor,
            crypto: &AwsLc,
            stopwatch: nanoseconds,
        };
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        door.examine(text, self.at.unwrap_or_else(now), &mut memory)
    }

    /// Where the ledger's files are read, if there is a network document.
    #[must_use]
    pub fn source(&self) -> Option<&Source> {
        self.ledger.as_ref().map(|ledger| &ledger.source)
    }

    /// The view of the ledger, if there is a network document.
    #[must_use]
    pub fn view(&self) -> Option<RwLockReadGuard<'_, LedgerView>> {
        self.ledger.as_ref().map(|ledger| read(&ledger.view))
    }
}

impl Ledger {
    fn open(network: &Path, ledger: Option<&str>) -> Result<Self, SetUpError> {
        let (document, source) = read_network(network, ledger)?;
        let view = LedgerView::new(document.clone(), &AwsLc);
        let view = view.map_err(|error| SetUpError::Refused {
            file: network.to_owned(),
            reason: error.into(),
        })?;
        Ok(Self {
            network: document,
            source,
            origin: None,
            view: RwLock::new(view),
            syncing: tokio::sync::Mutex::default(),
            chain: None,
        })
    }

    /// Asks a chain after each sync.
    fn beside(&mut self, chain: Option<AskedChain>) {
        if chain.is_some() {
            let view = self.view.get_mut().unwrap_or_else(PoisonError::into_inner);
            view.remember_beginnings();
        }
        self.chain = chain;
    }
}

/// The network, and where its ledger's files are: at `ledger`, or at its first log.
pub(crate) fn read_network(file: &Path, ledger: Option<&str>) -> Result<(Network, Source), SetUpError> {
    let network = parse(file, |bytes| Network::from_toml(&String::from_utf8_lossy(bytes)))?;
    let named = || {
        network
            .terms()
            .members
            .logs()
            .iter()
            .find_map(|log| log.url.as_deref())
    };
    let source = ledger.or_else(named).ok_or(SetUpError::NoLedger)?.parse()?;
    Ok((network, source))
}

/// A TOML document never begins with a brace, and a JSON object always does.
fn policy(bytes: &[u8]) -> Result<Policy, verifier::Error> {
    let text = String::from_utf8_lossy(bytes);
    match text.trim_start().starts_with('{') {
        true => Policy::from_json(&text),
        false => Policy::from_toml(&text),
    }
}

fn parse<T>(file: &Path, read: impl FnOnce(&[u8]) -> Result<T, verifier::Error>) -> Result<T, SetUpError> {
    let file = file.to_owned();
    let mut bytes = Vec::new();
    // One byte more than is allowed, so that the reader refuses it.
    let all = File::open(&file).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes));
    match all {
        Ok(_) => read(&bytes).map_err(|reason| SetUpError::Refused { file, reason }),
        Err(reason) => Err(SetUpError::Unreadable { file, reason }),
    }
}

fn time_of(text: &str) -> Result<UnixTime, SetUpError> {
    let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| SetUpError::NotATime(text.to_owned()))?;
    Ok(UnixTime(time.unix_timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn set_up(set: impl FnOnce(&mut DoorFiles, PathBuf), text: &str) -> Result<OpenDoor, SetUpError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, text).unwrap();
        let mut files = DoorFiles::default();
        set(&mut files, file);
        OpenDoor::open(&files)
    }

    #[test]
    fn a_policy_is_toml_or_json() {
        for text in ["disclosure = \"person\"", " {\"disclosure\": \"person\"}"] {
            let door = set_up(|files, file| files.policy = Some(file), text).unwrap();
            assert_eq!(door.policy.disclosure, verifier::policy::Disclosure::Person);
        }
    }

    #[test]
    fn a_file_without_an_end_is_refused() {
        let endless = PathBuf::from("/dev/zero");
        let files = [
            DoorFiles {
                network: Some(endless.clone()),
                ..DoorFiles::default()
            },
            DoorFiles {
                policy: Some(endless.clone()),
                ..DoorFiles::default()
            },
            DoorFiles {
                trust: vec![endless.clone()],
                ..DoorFiles::default()
            },
            DoorFiles {
                rules: vec![endless.clone()],
                ..DoorFiles::default()
            },
            DoorFiles {
                value_sets: vec![endless],
                ..DoorFiles::default()
            },
        ];
        for files in files {
            assert_eq!(
                OpenDoor::open(&files).err().map(|error| error.code()),
                Some("too-long")
            );
        }
    }

    #[test]
    fn what_of_a_trust_list_cannot_be_used_is_said() {
        let list = r#"[{ "certificate": "AAAA" }, { "certificate": "AAAA", "certificateType": "CSCA" }]"#;
        let door = set_up(|files, file| files.trust.push(file), list).unwrap();
        let said: Vec<String> = door.left_out().iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 1);
        assert!(said[0].contains(": 2 of 2 left out ("), "{said:?}");
        assert!(said[0].contains("not-a-signer"), "{said:?}");
    }
}
