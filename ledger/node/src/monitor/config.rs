//! What a monitor is told at its start.

use super::chain::{MonitorChain, Watching};
use crate::{Error, config};
use ledger::policy::Policy;
use schemas::{IssuerNumber, crypto::P256Point};
use serde::{Deserialize, Serialize};
use serve::Source;
use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

/// The configuration of a monitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonitorConfig {
    /// The members' policy (C2SP tlog-policy): which logs and witnesses to follow, and where they are.
    pub policy_file: PathBuf,
    /// The registrar's P-256 key in hexadecimal, compressed: who says which issuers there are.
    pub registrar: String,
    /// A file with the URL that alarms are posted to. Such URLs are often secrets, so it is not here itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_file: Option<PathBuf>,
    /// Where else checkpoints are to be seen, such as mirrors and other members' monitors: URLs that end in `/checkpoint`.
    #[serde(default)]
    pub also: Vec<String>,
    /// Evidence that was dealt with, by its identifier: it is kept, and raises no alarm any more.
    #[serde(default)]
    pub settled: Vec<String>,
    /// The issuers whose declarations are compared with the logs.
    #[serde(default)]
    pub issuers: Vec<DeclaringIssuer>,
    /// When things happen.
    #[serde(default)]
    pub pace: MonitorPace,
    /// The chain on which logs anchor their checkpoints, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<MonitorChain>,
}

/// An issuer that declares its batches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaringIssuer {
    /// Its number on the ledger.
    pub number: u32,
    /// Where it is.
    pub url: String,
}

/// When a monitor does what. Milliseconds, all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MonitorPace {
    /// How often each log, witness and issuer is asked.
    pub poll_ms: u64,
    /// The longest pause before one that does not answer is asked again.
    pub retry_ms: u64,
    /// How often an idle log has its checkpoint cosigned again; after three times that without one it has stalled.
    pub idle_ms: u64,
    /// How long an issuer's declaration and the logs may differ, and an entry or a snapshot may be unexplained.
    pub grace_ms: u64,
    /// How often what was learned is written to disk.
    pub save_ms: u64,
}

impl Default for MonitorPace {
    fn default() -> Self {
        Self {
            poll_ms: 10_000,
            retry_ms: 120_000,
            idle_ms: 60_000,
            grace_ms: 600_000,
            save_ms: 60_000,
        }
    }
}

impl MonitorPace {
    /// Seconds in which an idle log has its checkpoint cosigned again.
    pub(super) fn idle(&self) -> i64 {
        seconds(self.idle_ms)
    }

    /// Seconds after which silence is an alarm: three idle intervals.
    pub(super) fn patience(&self) -> i64 {
        seconds(self.idle_ms.saturating_mul(3))
    }

    /// Seconds after which a difference is an alarm.
    pub(super) fn grace(&self) -> i64 {
        seconds(self.grace_ms)
    }

    pub(super) fn save(&self) -> i64 {
        seconds(self.save_ms)
    }

    /// The pause before asking again, after so many failures in a row: it doubles.
    pub(super) fn pause(&self, failures: u32) -> Duration {
        let doubled = self.poll_ms.saturating_mul(1 << failures.min(16));
        Duration::from_millis(doubled.min(self.retry_ms.max(self.poll_ms)))
    }
}

pub(super) fn seconds(milliseconds: u64) -> i64 {
    i64::try_from(milliseconds.div_ceil(1_000)).unwrap_or(i64::MAX)
}

/// A configuration that was read.
pub(super) struct Settings {
    pub(super) policy: Policy,
    pub(super) registrar: P256Point,
    pub(super) webhook: Option<reqwest::Url>,
    pub(super) also: Vec<Source>,
    pub(super) settled: Vec<String>,
    pub(super) issuers: BTreeMap<IssuerNumber, Source>,
    pub(super) pace: MonitorPace,
    pub(super) chain: Option<Watching>,
}

impl MonitorConfig {
    /// A monitor with the usual pace.
    #[must_use]
    pub fn new(policy_file: PathBuf, registrar: &P256Point) -> Self {
        Self {
            policy_file,
            registrar: hex::encode(registrar.as_bytes()),
            webhook_file: None,
            also: Vec::new(),
            settled: Vec::new(),
            issuers: Vec::new(),
            pace: MonitorPace::default(),
            chain: None,
        }
    }

    pub(super) fn read(&self) -> Result<Settings, Error> {
        let unusable = |setting, reason: &str| Error::Setting {
            setting,
            reason: reason.to_owned(),
        };
        let also = self.also.iter().map(|url| {
            let prefix = url.strip_suffix("/checkpoint");
            let prefix = prefix.ok_or_else(|| unusable("also", "each is a URL that ends in /checkpoint"))?;
            source("also", prefix)
        });
        let mut issuers = BTreeMap::new();
        for issuer in &self.issuers {
            let known = issuers.insert(IssuerNumber(issuer.number), source("issuers", &issuer.url)?);
            if known.is_some() {
                return Err(unusable("issuers", "a number stands twice"));
            }
        }
        if self.pace.poll_ms == 0 || self.pace.idle_ms == 0 {
            return Err(unusable("pace", "poll_ms and idle_ms are above 0"));
        }
        let webhook = self.webhook_file.as_ref().map(|path| {
            let text =
                fs::read_to_string(path).map_err(|error| unusable("webhook_file", &error.to_string()))?;
            let url = reqwest::Url::parse(text.trim()).ok();
            let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
            url.ok_or_else(|| unusable("webhook_file", "the file has no http(s) URL"))
        });
        let policy = config::policy(&self.policy_file)?;
        Ok(Settings {
            chain: self.chain.as_ref().map(|chain| chain.read(&policy)).transpose()?,
            policy,
            registrar: config::registrar(&self.registrar)?,
            webhook: webhook.transpose()?,
            also: also.collect::<Result<_, _>>()?,
            settled: self.settled.clone(),
            issuers,
            pace: self.pace,
        })
    }
}

/// A source over HTTP: members' files are not on this machine's disk.
pub(super) fn source(setting: &'static str, url: &str) -> Result<Source, Error> {
    match url.parse() {
        Ok(source @ Source::Http(..)) => Ok(source),
        _ => Err(Error::Setting {
            setting,
            reason: format!("{url} is not an http(s) URL"),
        }),
    }
}
