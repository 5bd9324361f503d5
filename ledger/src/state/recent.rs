//! The last entries of one sequence in full, to hold others against them.

use crate::entry::{CheckedEntry, EntryId};
use std::collections::BTreeMap;

/// Entries kept of each sequence, and how far ahead of the highest number another may come: logs deliver in different
/// order, and a second of the busiest issuer has a dozen batches. 1,024 entries take 200 kB.
pub(super) const KEPT: u32 = 1_024;

/// The entries with the highest numbers, each linked to its neighbours where both are there.
#[derive(Default)]
pub(super) struct Recent {
    entries: BTreeMap<u32, CheckedEntry>,
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
        self.entries.insert(number(&entry), entry);
        let lowest = self
            .highest()
            .map_or(0, |highest| highest.saturating_sub(KEPT - 1));
        while let Some(first) = self.entries.first_entry()
            && *first.key() < lowest
        {
            first.remove();
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &CheckedEntry> {
        self.entries.values()
    }

    pub(super) fn get(&self, number: u32) -> Option<&CheckedEntry> {
        self.entries.get(&number)
    }

    pub(super) fn highest(&self) -> Option<u32> {
        self.entries.last_key_value().map(|(number, _)| *number)
    }

    pub(super) fn last(&self) -> Option<&CheckedEntry> {
        self.entries.last_key_value().map(|(_, entry)| entry)
    }

    /// Takes out the entries from `first` on.
    pub(super) fn split_off(&mut self, first: u32) -> Vec<CheckedEntry> {
        self.entries.split_off(&first).into_values().collect()
    }

    /// Drops the entries that `gone` names.
    pub(super) fn drop_if(&mut self, gone: impl Fn(&CheckedEntry) -> bool) {
        self.entries.retain(|_, entry| !gone(entry));
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
