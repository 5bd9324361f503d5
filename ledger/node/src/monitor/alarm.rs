//! Alarms: what is wrong, since when, and when it was over.

use schemas::UnixTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Alarms that are over and are still shown. Enough for a night's trouble on one page.
const MAX_CLOSED: usize = 50;

/// What is wrong. The codes are stable (`schemas/spec/monitor.md`); the text for people is in `words`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    LogTwoHistories,
    LogUnproven,
    LogRefused,
    LogStalled,
    WitnessesFew,
    WitnessSilent,
    WitnessBehind,
    ClockWrong,
    ClockOwn,
    IssuerForked,
    IssuerTookBack,
    KeyRestored,
    EntryUnexplained,
    SnapshotMissing,
    BatchUndeclared,
    BatchMissing,
    BatchDiffers,
    IssuerSilent,
    ChainDiffers,
    ChainAhead,
    ChainStale,
    ChainSilent,
}

impl Kind {
    pub(super) const ALL: [Self; 22] = [
        Self::LogTwoHistories,
        Self::LogUnproven,
        Self::LogRefused,
        Self::LogStalled,
        Self::WitnessesFew,
        Self::WitnessSilent,
        Self::WitnessBehind,
        Self::ClockWrong,
        Self::ClockOwn,
        Self::IssuerForked,
        Self::IssuerTookBack,
        Self::KeyRestored,
        Self::EntryUnexplained,
        Self::SnapshotMissing,
        Self::BatchUndeclared,
        Self::BatchMissing,
        Self::BatchDiffers,
        Self::IssuerSilent,
        Self::ChainDiffers,
        Self::ChainAhead,
        Self::ChainStale,
        Self::ChainSilent,
    ];

    /// The stable code.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::LogTwoHistories => "log-two-histories",
            Self::LogUnproven => "log-unproven",
            Self::LogRefused => "log-refused",
            Self::LogStalled => "log-stalled",
            Self::WitnessesFew => "witnesses-few",
            Self::WitnessSilent => "witness-silent",
            Self::WitnessBehind => "witness-behind",
            Self::ClockWrong => "clock-wrong",
            Self::ClockOwn => "clock-own",
            Self::IssuerForked => "issuer-forked",
            Self::IssuerTookBack => "issuer-took-back",
            Self::KeyRestored => "key-restored",
            Self::EntryUnexplained => "entry-unexplained",
            Self::SnapshotMissing => "snapshot-missing",
            Self::BatchUndeclared => "batch-undeclared",
            Self::BatchMissing => "batch-missing",
            Self::BatchDiffers => "batch-differs",
            Self::IssuerSilent => "issuer-silent",
            Self::ChainDiffers => "chain-differs",
            Self::ChainAhead => "chain-ahead",
            Self::ChainStale => "chain-stale",
            Self::ChainSilent => "chain-silent",
        }
    }

    /// Whether somebody lied, as against something that stands still.
    pub(super) fn is_grave(self) -> bool {
        matches!(
            self,
            Self::LogTwoHistories
                | Self::IssuerForked
                | Self::IssuerTookBack
                | Self::KeyRestored
                | Self::BatchUndeclared
                | Self::BatchDiffers
                | Self::ChainDiffers
        )
    }
}

/// What an alarm is about: its kind, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) kind: Kind,
    /// A log's origin, a witness's name, or an issuer's number; with evidence, also its identifier.
    pub(super) subject: String,
}

/// What there is to say: `words` has the names of these.
pub(super) type Facts = BTreeMap<String, String>;

/// What is the case now.
pub(super) type Conditions = BTreeMap<Key, Facts>;

/// An alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Alarm {
    #[serde(flatten)]
    pub(super) key: Key,
    /// When it was raised, in seconds since 1970.
    pub(super) opened: i64,
    /// When it was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) closed: Option<i64>,
    pub(super) facts: Facts,
}

impl Alarm {
    /// For a log line: one line, without anything that a stranger could break it with.
    pub(super) fn in_a_line(&self) -> String {
        let facts = self.facts.iter().map(|(name, fact)| format!("{name}={fact:?}"));
        facts.collect::<Vec<_>>().join(" ")
    }
}

/// All alarms.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Alarms {
    open: Vec<Alarm>,
    /// The last one first.
    closed: Vec<Alarm>,
}

impl Alarms {
    /// Opens what is new, closes what is over, and tells both.
    pub(super) fn reconcile(&mut self, mut now_true: Conditions, now: UnixTime) -> Vec<Alarm> {
        let mut changes = Vec::new();
        for mut alarm in std::mem::take(&mut self.open) {
            match now_true.remove(&alarm.key) {
                Some(facts) => {
                    alarm.facts = facts;
                    self.open.push(alarm);
                }
                None => {
                    alarm.closed = Some(now.0);
                    changes.push(alarm.clone());
                    self.closed.insert(0, alarm);
                }
            }
        }
        self.closed.truncate(MAX_CLOSED);
        for (key, facts) in now_true {
            let alarm = Alarm {
                key,
                opened: now.0,
                closed: None,
                facts,
            };
            changes.push(alarm.clone());
            self.open.push(alarm);
        }
        // What somebody did on purpose comes first, then the oldest.
        self.open
            .sort_by_key(|alarm| (!alarm.key.kind.is_grave(), alarm.opened));
        changes
    }

    pub(super) fn open(&self) -> &[Alarm] {
        &self.open
    }

    pub(super) fn closed(&self) -> &[Alarm] {
        &self.closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(kinds: &[Kind]) -> Conditions {
        let key = |kind: &Kind| Key {
            kind: *kind,
            subject: "x".into(),
        };
        kinds.iter().map(|kind| (key(kind), Facts::new())).collect()
    }

    #[test]
    fn an_alarm_opens_once_and_closes_once() {
        let mut alarms = Alarms::default();
        let stalled = conditions(&[Kind::LogStalled]);
        assert_eq!(alarms.reconcile(stalled.clone(), UnixTime(5)).len(), 1);
        assert_eq!(alarms.reconcile(stalled, UnixTime(6)), []);
        let both = conditions(&[Kind::LogStalled, Kind::LogTwoHistories]);
        assert_eq!(alarms.reconcile(both, UnixTime(7)).len(), 1);
        let order: Vec<_> = alarms
            .open()
            .iter()
            .map(|alarm| (alarm.key.kind, alarm.opened))
            .collect();
        assert_eq!(order, [(Kind::LogTwoHistories, 7), (Kind::LogStalled, 5)]);
        let closed = alarms.reconcile(conditions(&[Kind::LogTwoHistories]), UnixTime(9));
        assert_eq!((closed.len(), closed[0].closed), (1, Some(9)));
        assert_eq!((alarms.open().len(), alarms.closed().len()), (1, 1));
    }

    #[test]
    fn codes_are_the_names_on_disk() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        }
    }
}
