//! One witness: what it cosigned last of each log, and how its clock goes.

use ledger::merkle::TreeHead;
use schemas::UnixTime;

/// How far clocks may be apart, in seconds.
pub(super) const MAX_APART: i64 = 60;

/// A witness that is asked.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) name: String,
    /// When it last answered about any log.
    pub(super) answered: Option<UnixTime>,
    /// What was wrong with its last answer.
    pub(super) error: Option<String>,
    /// By log, in the policy's order.
    logs: Vec<Option<Seen>>,
    pub(super) offset: Option<Offset>,
}

/// What a witness said of a log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) head: TreeHead,
    /// When it cosigned, by its own clock.
    pub(super) time: UnixTime,
    /// When it was asked.
    asked: UnixTime,
}

/// By how many seconds a clock is ahead of ours: at least and at most. A cosignature that was not there when the witness
/// was asked before and is there now was made in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    pub(super) least: i64,
    pub(super) most: i64,
}

impl Offset {
    /// By how much it is certainly off; 0 where it may be right.
    pub(super) fn off_by(self) -> i64 {
        self.least.max(0) + self.most.min(0)
    }
}

impl Watched {
    pub(super) fn new(name: String, logs: usize) -> Self {
        Self {
            name,
            answered: None,
            error: None,
            logs: vec![None; logs],
            offset: None,
        }
    }

    pub(super) fn seen(&self, log: usize) -> Option<&Seen> {
        self.logs.get(log)?.as_ref()
    }

    /// Takes a good answer about a log.
    pub(super) fn observe(&mut self, log: usize, head: TreeHead, time: UnixTime, now: UnixTime) {
        let before = self.seen(log).copied();
        if before.is_none_or(|before| before.time != time) {
            self.offset = Some(Offset {
                least: time.since(now),
                most: before.map_or(i64::MAX, |before| time.since(before.asked)),
            });
        }
        if let Some(place) = self.logs.get_mut(log) {
            *place = Some(Seen {
                head,
                time,
                asked: now,
            });
        }
        self.answered = Some(now);
        self.error = None;
    }

    /// The newest of its cosignatures.
    pub(super) fn newest(&self) -> Option<UnixTime> {
        self.logs.iter().flatten().map(|seen| seen.time).max()
    }
}

/// Whose clock is wrong.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Clocks {
    /// By how many seconds most witnesses differ from this machine, if they do: then it is this one.
    pub(super) own: Option<i64>,
    /// The witnesses that are off, by their place and by how many seconds.
    pub(super) wrong: Vec<(usize, i64)>,
}

/// Compares the clocks with this machine's and with each other.
pub(super) fn compare(offsets: &[Option<Offset>]) -> Clocks {
    let measured: Vec<(usize, Offset)> = offsets
        .iter()
        .enumerate()
        .filter_map(|(at, offset)| Some((at, (*offset)?)))
        .collect();
    let majority = offsets.len() / 2 + 1;
    let off = |offset: &Offset| offset.off_by().abs() > MAX_APART;
    for sign in [1, -1] {
        let mut same: Vec<i64> = measured
            .iter()
            .filter(|(_, offset)| off(offset) && offset.off_by().signum() == sign)
            .map(|(_, offset)| offset.off_by())
            .collect();
        if same.len() >= majority {
            same.sort_unstable();
            return Clocks {
                own: same.get(same.len() / 2).copied(),
                wrong: Vec::new(),
            };
        }
    }
    // Two that are apart by more than a minute, each of them less than that from us: it is the one further away.
    let is_apart = |(at, one): &(usize, Offset)| {
        measured.iter().any(|(other_at, other)| {
            let apart = one
                .least
                .saturating_sub(other.most)
                .max(other.least.saturating_sub(one.most));
            at != other_at && apart > MAX_APART && one.off_by().abs() >= other.off_by().abs()
        })
    };
    let wrong = measured.iter().filter(|one| off(&one.1) || is_apart(one));
    Clocks {
        own: None,
        wrong: wrong.map(|(at, offset)| (*at, offset.off_by())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(seconds: i64) -> Option<Offset> {
        Some(Offset {
            least: seconds - 5,
            most: seconds + 5,
        })
    }

    #[test]
    fn a_clock_is_measured_by_what_is_new() {
        let mut witness = Watched::new("w".into(), 1);
        let mut at = |time, now| {
            witness.observe(0, TreeHead::empty(), UnixTime(time), UnixTime(now));
            witness.offset.unwrap()
        };
        // The first answer may be old, but not from the future.
        assert_eq!(at(1_000, 5_000).off_by(), 0);
        assert_eq!(at(5_105, 5_010).off_by(), 95);
        assert_eq!(at(5_105, 5_020).off_by(), 95, "nothing new, nothing learned");
        assert_eq!(at(4_900, 5_030).off_by(), -120);
        assert_eq!(at(5_038, 5_040).off_by(), 0);
    }

    #[test]
    fn says_whose_clock_is_wrong() {
        let wrong = |offsets: &[Option<Offset>]| {
            let clocks = compare(offsets);
            (
                clocks.own.is_some(),
                clocks.wrong.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
            )
        };
        assert_eq!(
            wrong(&[exactly(0), exactly(30), exactly(-30), None]),
            (false, vec![])
        );
        assert_eq!(
            wrong(&[exactly(0), exactly(70), exactly(-90), exactly(0)]),
            (false, vec![1, 2])
        );
        assert_eq!(
            wrong(&[exactly(50), exactly(-55), exactly(0), exactly(0)]),
            (false, vec![1])
        );
        assert_eq!(
            wrong(&[exactly(90), exactly(95), exactly(100), exactly(0)]),
            (true, vec![])
        );
        assert_eq!(
            compare(&[exactly(90), exactly(95), exactly(100), exactly(0)]).own,
            Some(90)
        );
    }
}
