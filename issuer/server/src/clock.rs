//! Where the time comes from.

use schemas::UnixTime;
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// Time since 1970-01-01T00:00:00Z, without leap seconds.
    fn since_1970(&self) -> Duration;

    /// The current time in whole seconds.
    fn now(&self) -> UnixTime {
        UnixTime(i64::try_from(self.since_1970().as_secs()).unwrap_or(i64::MAX))
    }
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn since_1970(&self) -> Duration {
        serve::since_1970()
    }
}

/// A clock that stands still until it is moved, so that a test or a tour can be any day.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn new(now: UnixTime) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Moves the clock by `seconds`, which may be negative.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn since_1970(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.0.load(Ordering::SeqCst)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_when_told() {
        let clock = ManualClock::new(UnixTime(100));
        assert_eq!(clock.now(), UnixTime(100));
        clock.advance(-40);
        assert_eq!(clock.now(), UnixTime(60));
        assert!(SystemClock.now() > UnixTime(1_700_000_000));
    }
}
