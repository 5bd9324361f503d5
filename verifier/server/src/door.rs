//! A door from its files: the network, the ledger's files, the policy, trust lists and rules.

use crate::{
    source::{Source, Unavailable},
    stopwatch::nanoseconds,
    sync::{SyncError, Synced, read, sync},
};
use clap::Args;
use ledger::state::State;
use schemas::{UnixTime, crypto::aws_lc::AwsLc, sd_cwt::profile::Audience};
use serve::now;
use std::{
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
    trust::{Publisher, TrustList},
    view::LedgerView,
};

/// What a door is set up with.
#[derive(Args, Clone, Debug, Default)]
pub struct DoorFiles {
    /// The cooperative's network document (TOML): the registrar's key and the members.
    #[arg(long, value_name = "FILE")]
    pub network: Option<PathBuf>,
    /// The ledger's static files: a URL, or a folder such as a USB stick. Default: the first log of the network document.
    #[arg(long, value_name = "URL|FOLDER", requires = "network")]
    pub ledger: Option<String>,
    /// The door's policy (TOML). Default: negative tests, PCR up to 48 h and rapid tests up to 24 h, with initials.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
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
    rules: CountryRules,
    at: Option<UnixTime>,
    memory: Mutex<ReplayMemory>,
}

struct Ledger {
    network: Network,
    source: Source,
    view: RwLock<LedgerView>,
    syncing: tokio::sync::Mutex<()>,
}

impl OpenDoor {
    /// Reads the files. The ledger's are read by [`sync`](Self::sync).
    ///
    /// # Errors
    /// [`SetUpError`].
    pub fn open(files: &DoorFiles) -> Result<Self, SetUpError> {
        let mut trust = TrustList::default();
        for file in &files.trust {
            let imported = parse(file, |bytes| {
                TrustList::import(bytes, Publisher::NotChecked, &AwsLc)
            })?;
            trust.extend(&imported.list);
        }
        let mut rules = CountryRules::default();
        for file in &files.rules {
            rules.rules.extend(parse(file, RuleSet::read)?);
        }
        for file in &files.value_sets {
            rules.value_sets = parse(file, |bytes| rules.value_sets.clone().with_published(bytes))?;
        }
        Ok(Self {
            policy: match &files.policy {
                Some(file) => parse(file, |bytes| Policy::from_toml(&String::from_utf8_lossy(bytes)))?,
                None => Policy::default(),
            },
            ledger: files
                .network
                .as_deref()
                .map(|file| Ledger::open(file, files.ledger.as_deref()))
                .transpose()?,
            trust,
            rules,
            at: files.at.as_deref().map(time_of).transpose()?,
            memory: Mutex::default(),
        })
    }

    /// Brings the view of the ledger up to date; does nothing without a network document.
    ///
    /// # Errors
    /// [`SyncError`]; the view stays as it was.
    pub async fn sync(&self) -> Result<Synced, SyncError> {
        let Some(ledger) = &self.ledger else {
            return Ok(Synced::default());
        };
        let _one_at_a_time = ledger.syncing.lock().await;
        sync(&ledger.view, &ledger.network.members, &ledger.source).await
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

    /// The view of the ledger, if there is a network document.
    #[must_use]
    pub fn view(&self) -> Option<RwLockReadGuard<'_, LedgerView>> {
        self.ledger.as_ref().map(|ledger| read(&ledger.view))
    }
}

impl Ledger {
    fn open(network: &Path, ledger: Option<&str>) -> Result<Self, SetUpError> {
        let (document, source) = read_network(network, ledger)?;
        let state = State::new(&document.registrar, &AwsLc).map_err(|error| SetUpError::Refused {
            file: network.to_owned(),
            reason: error.into(),
        })?;
        let view = RwLock::new(LedgerView::new(state));
        Ok(Self {
            network: document,
            source,
            view,
            syncing: tokio::sync::Mutex::default(),
        })
    }
}

/// The network, and where its ledger's files are: at `ledger`, or at its first log.
pub(crate) fn read_network(file: &Path, ledger: Option<&str>) -> Result<(Network, Source), SetUpError> {
    let network = parse(file, |bytes| Network::from_toml(&String::from_utf8_lossy(bytes)))?;
    let named = || network.members.logs().iter().find_map(|log| log.url.as_deref());
    let source = ledger.or_else(named).ok_or(SetUpError::NoLedger)?.parse()?;
    Ok((network, source))
}

fn parse<T>(file: &Path, read: impl FnOnce(&[u8]) -> Result<T, verifier::Error>) -> Result<T, SetUpError> {
    let file = file.to_owned();
    match std::fs::read(&file) {
        Ok(bytes) => read(&bytes).map_err(|reason| SetUpError::Refused { file, reason }),
        Err(reason) => Err(SetUpError::Unreadable { file, reason }),
    }
}

fn time_of(text: &str) -> Result<UnixTime, SetUpError> {
    let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| SetUpError::NotATime(text.to_owned()))?;
    Ok(UnixTime(time.unix_timestamp()))
}
