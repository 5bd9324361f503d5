//! The time that a door judges by: its own clock, with the ledger's time as a floor (`schemas/spec/policy.md`).

use crate::{policy::ViewAge, verdict::Missing};
use schemas::UnixTime;

/// How far a clock may be behind the ledger without a word: cosigners' clocks differ as well.
const BEHIND: i64 = 60;

/// How far a clock may be ahead of the ledger, in seconds, before it is the clock that is asked about: no policy can
/// allow a view of the ledger to be older.
const AHEAD: i64 = ViewAge::LONGEST.seconds();

/// What the clock showed and what time it is at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The time to judge by: the later one of the clock's and the ledger's.
    pub now: UnixTime,
    /// What the comparison found.
    pub finding: ClockFinding,
}

/// What the comparison of the clock with the ledger's time found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockFinding {
    /// Nothing to say.
    Sound,
    /// There is no view of the ledger to compare with.
    NoLedger,
    /// The clock is behind a time that a quorum of members signed. The time is then known only to be the floor or
    /// later, and so is the age of the view: what is refused by the floor is refused, and nothing can be accepted.
    Behind {
        /// By how many seconds at least.
        by: i64,
    },
    /// The clock is ahead by more than any view may be old. A clock that is ahead by less cannot be told from a view
    /// that is old; either way the view is older than the policy allows, and tests look older than they are: it errs
    /// on the side of refusing.
    Ahead {
        /// By how many seconds.
        by: i64,
    },
}

impl Reading {
    /// Compares the clock with the ledger's time: the newest time that a quorum of cosigners has signed.
    #[must_use]
    pub fn of(clock: UnixTime, ledger: Option<UnixTime>) -> Self {
        let Some(floor) = ledger else {
            return Self {
                now: clock,
                finding: ClockFinding::NoLedger,
            };
        };
        let finding = match floor.since(clock) {
            by if by > BEHIND => ClockFinding::Behind { by },
            by if by < -AHEAD => ClockFinding::Ahead {
                by: by.saturating_neg(),
            },
            _ => ClockFinding::Sound,
        };
        Self {
            now: clock.max(floor),
            finding,
        }
    }

    /// The finding as a check.
    ///
    /// # Errors
    /// [`Missing::ClockBehind`], [`Missing::ClockAhead`] and [`Missing::View`].
    pub fn check(&self) -> Result<(), Missing> {
        match self.finding {
            ClockFinding::Sound => Ok(()),
            ClockFinding::NoLedger => Err(Missing::View),
            ClockFinding::Behind { by } => Err(Missing::ClockBehind { by }),
            ClockFinding::Ahead { by } => Err(Missing::ClockAhead { by }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_is_a_floor() {
        let ledger = UnixTime(1_635_768_000);
        let read = |offset| Reading::of(ledger.plus(offset), Some(ledger));
        assert_eq!(
            read(30),
            Reading {
                now: ledger.plus(30),
                finding: ClockFinding::Sound
            }
        );
        assert_eq!(
            read(-60),
            Reading {
                now: ledger,
                finding: ClockFinding::Sound
            }
        );
        assert_eq!(
            read(-61),
            Reading {
                now: ledger,
                finding: ClockFinding::Behind { by: 61 }
            }
        );
        assert_eq!(read(-61).check(), Err(Missing::ClockBehind { by: 61 }));
        assert_eq!(read(AHEAD).finding, ClockFinding::Sound);
        assert_eq!(
            read(AHEAD + 1).check(),
            Err(Missing::ClockAhead { by: AHEAD + 1 })
        );
        let alone = Reading::of(ledger, None);
        assert_eq!(
            alone,
            Reading {
                now: ledger,
                finding: ClockFinding::NoLedger
            }
        );
        assert_eq!(alone.check(), Err(Missing::View));
    }
}
