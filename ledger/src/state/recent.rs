//! The last entries of one sequence in full, to hold others against them.

use crate::entry::{CheckedEntry, EntryId};
use std::collections::{BTreeMap, VecDeque};

/// Entries kept of each sequence, and how far ahead of the highest number another may come: logs deliver in different
/// order, and a second of the busiest issuer has a dozen batches. 1,024 entries take 200 kB.
pub(super) const KEPT: u32 = 1_024;

/// The entries with the highest numbers, each linked to its neighbours where both are there. Close together: every issuer
/// has three of these, and entries come in the order of their numbers but for a few.
#[derive(Default)]
pub(super) struct Recent {
    /// Ascending by number.
    entries: VecDeque<CheckedEntry>,
}

/// Where an entry stands to those that are known.
pub(super) enum Standing {
    /// It fits.
    New,
    /// The same number and root.
    Known,
    /// More than [`KEPT`] ahead.
    TooFarAhead,
    /// It contradicts a known entry, from `fork` on.
    Contradicts {
        /// The lowest number for which there are two stories.
        fork: u32,
        /// The known entry.
        earlier: CheckedEntry,
    },
}

impl Recent {
    /// Compares `entry` with those of its sequence that are kept: same number, predecessor and successor.
    pub(super) fn standing_of(&self, entry: &CheckedEntry) -> Standing {
        let (number, root) = (number(entry), entry.entry().root());
        if let Some(earlier) = self.get(number) {
            return match earlier.entry().root() == root {
                true => Standing::Known,
                false => Standing::Contradicts {
                    fork: number,
                    earlier: *earlier,
                },
            };
        }
        if self
            .highest()
            .is_some_and(|highest| number > highest.saturating_add(KEPT))
        {
            return Standing::TooFarAhead;
        }
        let before = number.checked_sub(1).and_then(|n| Some((n, self.get(n)?)));
        if let Some((fork, earlier)) = before
            && entry.entry().previous() != Some(earlier.id())
        {
            let earlier = *earlier;
            return Standing::Contradicts { fork, earlier };
        }
        let after = number.checked_add(1).and_then(|n| self.get(n));
        if let Some(earlier) = after
            && earlier.entry().previous() != Some(entry.id())
        {
            return Standing::Contradicts {
                fork: number,
                earlier: *earlier,
            };
        }
        Standing::New
    }

    /// Keeps `entry`, and lets go of what is too old.
    pub(super) fn insert(&mut self, entry: CheckedEntry) {
        let at = number(&entry);
        let highest = self.highest().map_or(at, |highest| highest.max(at));
        let lowest = highest.saturating_sub(KEPT - 1);
        // Before the entry goes in, so that there is never room for more than are kept.
        while self.entries.front().is_some_and(|first| number(first) < lowest) {
            self.entries.pop_front();
        }
        match self.entries.binary_search_by_key(&at, number) {
            _ if at < lowest => {}
            Ok(known) => self.entries[known] = entry,
            Err(free) => self.entries.insert(free, entry),
        }
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &CheckedEntry> {
        self.entries.iter()
    }

    pub(super) fn get(&self, number: u32) -> Option<&CheckedEntry> {
        let found = self.entries.binary_search_by_key(&number, self::number);
        found.ok().and_then(|at| self.entries.get(at))
    }

    pub(super) fn highest(&self) -> Option<u32> {
        self.last().map(number)
    }

    pub(super) fn last(&self) -> Option<&CheckedEntry> {
        self.entries.back()
    }

    /// Takes out the entries from `first` on.
    pub(super) fn split_off(&mut self, first: u32) -> Vec<CheckedEntry> {
        let from = self.entries.partition_point(|entry| number(entry) < first);
        self.entries.split_off(from).into()
    }

    /// Drops the entries that `gone` names.
    pub(super) fn drop_if(&mut self, gone: impl Fn(&CheckedEntry) -> bool) {
        self.entries.retain(|entry| !gone(entry));
    }
}

/// `start` and those of `pool` that lead back from it, descending.
pub(super) fn chain_back(pool: &[CheckedEntry], start: &CheckedEntry) -> Vec<CheckedEntry> {
    let mut by_id: BTreeMap<EntryId, &CheckedEntry> = BTreeMap::new();
    by_id.extend(pool.iter().map(|entry| (entry.id(), entry)));
    let mut chain = vec![*start];
    let mut next = *start.entry();
    while let Some(entry) = next.previous().and_then(|id| by_id.get(&id))
        && entry.entry().is_before(&next)
    {
        chain.push(**entry);
        next = *entry.entry();
    }
    chain
}

pub(super) fn number(entry: &CheckedEntry) -> u32 {
    entry.entry().subject().number()
}
