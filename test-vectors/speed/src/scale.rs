//! How much is measured.

use std::time::Duration;

/// How much of each.
pub struct Scale {
    /// Issuers and signers, each with a key of its own.
    pub keys: u32,
    /// Certificates, and presentations, of each.
    pub each: usize,
    /// How often what takes less than a second is repeated.
    pub rounds: usize,
    /// How long a rate is measured at a time.
    pub moment: Duration,
    /// How long results are submitted.
    pub load: Duration,
    /// Batch roots in a verifier's memory.
    pub roots: usize,
    /// How many of them come with one sync.
    pub step: usize,
    /// Issuers that append to a log at once.
    pub issuers: u32,
    /// Requests of each at full speed.
    pub requests: usize,
    /// Entries of each at leisure.
    pub leisurely: usize,
    /// The largest tree whose tiles are written to files.
    pub stored: u64,
}

impl Scale {
    /// Enough for figures.
    pub const FULL: Self = Self {
        keys: 64,
        each: 20,
        rounds: 25,
        moment: Duration::from_millis(250),
        load: Duration::from_secs(20),
        roots: 1_000_000,
        step: 10_000,
        issuers: 256,
        requests: 20,
        leisurely: 20,
        stored: 1_000_000,
    };
    /// Enough to see that everything works.
    pub const CHECK: Self = Self {
        keys: 2,
        each: 2,
        rounds: 2,
        moment: Duration::from_millis(10),
        load: Duration::from_secs(1),
        roots: 600,
        step: 300,
        issuers: 4,
        requests: 2,
        leisurely: 1,
        stored: 1_000,
    };
}
