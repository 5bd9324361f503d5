//! How long each check takes.

use std::{sync::LazyLock, time::Instant};

/// Nanoseconds since this was first asked.
#[expect(clippy::disallowed_methods, reason = "the edge that reads the clock")]
pub fn nanoseconds() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
