//! How often something may happen.

use schemas::UnixTime;

/// A bucket of permits that fills at a steady rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    per_second: u32,
    permits: u32,
    filled: UnixTime,
}

impl Bucket {
    /// `per_second` permits a second, and as many as three seconds bring at once.
    pub(crate) fn new(per_second: u32) -> Self {
        Self {
            per_second,
            permits: per_second.saturating_mul(3),
            filled: UnixTime(0),
        }
    }

    /// Takes a permit if there is one. A clock that goes back fills nothing.
    pub(crate) fn take(&mut self, now: UnixTime) -> bool {
        let seconds = u32::try_from(now.since(self.filled)).unwrap_or(0);
        let new = seconds.saturating_mul(self.per_second);
        self.permits = self
            .permits
            .saturating_add(new)
            .min(self.per_second.saturating_mul(3));
        if now > self.filled {
            self.filled = now;
        }
        let taken = self.permits.checked_sub(1);
        self.permits = taken.unwrap_or(0);
        taken.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bursts_are_taken_and_a_rate_is_kept() {
        let mut bucket = Bucket::new(2);
        let mut taken = |time| (0..20).filter(|_| bucket.take(UnixTime(time))).count();
        assert_eq!(taken(1_000), 6);
        assert_eq!(taken(1_001), 2);
        assert_eq!(taken(1_000), 0);
        assert_eq!(taken(9_000), 6);
    }
}
