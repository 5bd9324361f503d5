//! Tokens that were seen at this door. A copied code works at another door until it is 90 s old; at the same door it
//! does not work twice. Kept in memory only, as hashes only, for two minutes only.

use schemas::{Hash, UnixTime, sd_cwt::profile::FRESHNESS};
use std::collections::{HashMap, VecDeque};

/// How long a token is remembered, in seconds: as long as the same token can be fresh, two minutes.
pub const REMEMBERED_FOR: i64 = FRESHNESS.max_age + FRESHNESS.max_ahead;

/// Tokens remembered at a time: 500 scans a second, 6 MB.
pub const CAPACITY: usize = 60_000;

/// What the memory knows of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It was not seen before; it is now remembered.
    First,
    /// It was seen before.
    Again {
        /// When.
        first: UnixTime,
    },
    /// It was not seen within what is remembered, but the memory is full, so that it cannot be remembered.
    Full,
}

/// The tokens seen at one door in the last two minutes.
#[derive(Default)]
pub struct ReplayMemory {
    seen: HashMap<Hash, UnixTime>,
    in_order: VecDeque<(UnixTime, Hash)>,
}

impl ReplayMemory {
    /// Looks a token up and remembers it. To be called after the token's signatures held, so that only what the
    /// holders of valid credentials sign can fill the memory.
    ///
    /// `token` is the hash of the bytes that the holder's key signed ([`schemas::sd_cwt::profile::Claims::token`]),
    /// not of the text as received: ES256 signatures are malleable, and anybody could turn a copied token into another
    /// text of the same meaning.
    pub fn observe(&mut self, token: Hash, now: UnixTime) -> Seen {
        self.forget(now);
        match self.seen.get(&token) {
            Some(&first) if is_remembered(first, now) => return Seen::Again { first },
            _ if self.in_order.len() >= CAPACITY => return Seen::Full,
            _ => {}
        }
        self.seen.insert(token, now);
        self.in_order.push_back((now, token));
        Seen::First
    }

    /// Drops what is older than two minutes, or newer than now by as much: after a clock was set back, the memory must
    /// not stay full of what it took for the future.
    fn forget(&mut self, now: UnixTime) {
        while let Some(&(at, token)) = self.in_order.front()
            && !is_remembered(at, now)
        {
            self.in_order.pop_front();
            if self.seen.get(&token) == Some(&at) {
                self.seen.remove(&token);
            }
        }
    }
}

fn is_remembered(at: UnixTime, now: UnixTime) -> bool {
    now.since(at).saturating_abs() <= REMEMBERED_FOR
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: UnixTime = UnixTime(1_635_768_000);

    fn token(name: &[u8]) -> Hash {
        Hash::of(&[name])
    }

    #[test]
    fn remembers_for_two_minutes() {
        let mut memory = ReplayMemory::default();
        assert_eq!(memory.observe(token(b"a"), START), Seen::First);
        assert_eq!(memory.observe(token(b"b"), START.plus(1)), Seen::First);
        assert_eq!(
            memory.observe(token(b"a"), START.plus(120)),
            Seen::Again { first: START }
        );
        assert_eq!(memory.observe(token(b"a"), START.plus(121)), Seen::First);
        assert_eq!(
            memory.observe(token(b"b"), START.plus(121)),
            Seen::Again { first: START.plus(1) }
        );
    }

    #[test]
    fn a_full_memory_says_so_and_empties() {
        let mut memory = ReplayMemory::default();
        for index in 0..CAPACITY {
            assert_eq!(memory.observe(token(&index.to_be_bytes()), START), Seen::First);
        }
        assert_eq!(memory.observe(token(b"new"), START), Seen::Full);
        assert_eq!(
            memory.observe(token(&7usize.to_be_bytes()), START),
            Seen::Again { first: START }
        );
        assert_eq!(memory.observe(token(b"new"), START.plus(121)), Seen::First);
        assert_eq!(memory.in_order.len(), 1);
    }

    proptest! {
        #[test]
        fn agrees_with_a_list(steps in prop::collection::vec((0u8..6, -200i64..200), 0..60)) {
            let mut memory = ReplayMemory::default();
            let mut list: Vec<(u8, UnixTime)> = Vec::new();
            let mut now = START;
            for (name, passed) in steps {
                now = now.plus(passed);
                let known = list.iter().rev().find(|(seen, _)| *seen == name);
                let known = known.map(|(_, at)| *at).filter(|at| now.since(*at).abs() <= REMEMBERED_FOR);
                match memory.observe(token(&[name]), now) {
                    Seen::First => {
                        // Setting the clock back and forth may make it forget early, never remember wrongly.
                        list.push((name, now));
                    }
                    Seen::Again { first } => prop_assert_eq!(Some(first), known),
                    Seen::Full => prop_assert!(false),
                }
                prop_assert!(memory.seen.len() <= memory.in_order.len());
            }
        }
    }
}
