//! Where the edges read the clock.

use schemas::UnixTime;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time by this machine since 1970-01-01T00:00:00Z, without leap seconds; nothing if its clock stands before that.
#[expect(clippy::disallowed_methods, reason = "the edge is where time comes from")]
#[must_use]
pub fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Now, by this machine, in whole seconds.
#[must_use]
pub fn now() -> UnixTime {
    UnixTime(i64::try_from(since_1970().as_secs()).unwrap_or(i64::MAX))
}
