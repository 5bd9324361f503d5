//! How things stand, as the page shows it.

use super::{alarm::Alarm, core::Core, issuers, watched::Offset};
use schemas::{IssuerNumber, UnixTime};

pub(super) struct Status {
    pub(super) now: UnixTime,
    /// Seconds after which silence is an alarm.
    pub(super) patience: i64,
    pub(super) quorum: usize,
    pub(super) logs: Vec<Log>,
    pub(super) witnesses: Vec<Witness>,
    pub(super) issuers: Vec<Issuer>,
    pub(super) hours: Vec<(UnixTime, u64)>,
    pub(super) open: Vec<Alarm>,
    pub(super) closed: Vec<Alarm>,
}

pub(super) struct Log {
    pub(super) origin: String,
    pub(super) size: u64,
    pub(super) freshness: Option<UnixTime>,
    /// Witnesses that answered lately.
    pub(super) witnesses: usize,
}

pub(super) struct Witness {
    pub(super) name: String,
    pub(super) answered: Option<UnixTime>,
    /// Its newest cosignature.
    pub(super) newest: Option<UnixTime>,
    /// The tree sizes that it cosigned last, in the order of the logs.
    pub(super) sizes: Vec<Option<u64>>,
    pub(super) offset: Option<Offset>,
}

pub(super) struct Issuer {
    pub(super) name: String,
    pub(super) in_logs: u64,
    pub(super) declared: Option<u64>,
}

impl Status {
    pub(super) fn of(core: &Core, now: UnixTime) -> Self {
        let log = |(at, log): (usize, &super::followed::Followed)| Log {
            origin: log.origin().to_owned(),
            size: log.head().size.0,
            freshness: log.freshness(),
            witnesses: core.fresh_witnesses(at, now),
        };
        let witness = |witness: &super::watched::Watched| Witness {
            name: witness.name.clone(),
            answered: witness.answered,
            newest: witness.newest(),
            sizes: (0..core.logs.len())
                .map(|log| witness.seen(log).map(|seen| seen.head.size.0))
                .collect(),
            offset: witness.offset,
        };
        let issuer = |(number, tracked): (&u32, &issuers::Tracked)| Issuer {
            name: issuers::name(&core.state, IssuerNumber(*number)),
            in_logs: tracked.batches,
            declared: tracked.declared.as_ref().map(|declared| declared.batches),
        };
        Self {
            now,
            patience: core.settings.pace.patience(),
            quorum: core.policy().quorum(),
            logs: core.logs.iter().enumerate().map(log).collect(),
            witnesses: core.witnesses.iter().map(witness).collect(),
            issuers: core.issuers.0.iter().map(issuer).collect(),
            hours: core.hours.last(now),
            open: core.alarms.open().to_vec(),
            closed: core.alarms.closed().to_vec(),
        }
    }
}
