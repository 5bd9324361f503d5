//! The clocks of this machine.

use schemas::UnixTime;
use std::{
    sync::LazyLock,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// The time of day.
#[expect(clippy::disallowed_methods, reason = "the edge that reads the clock")]
pub fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Nanoseconds since this was first asked.
#[expect(clippy::disallowed_methods, reason = "the edge that reads the clock")]
pub fn nanoseconds() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
