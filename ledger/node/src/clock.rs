//! Where the edge reads the clock.

use schemas::UnixTime;
use std::time::{SystemTime, UNIX_EPOCH};

/// Now, by this machine.
#[expect(clippy::disallowed_methods, reason = "the edge is where time comes from")]
pub(crate) fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
