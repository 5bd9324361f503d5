//! One issuer's batch roots: what is known, what is disputed, and what has expired.

use super::{
    Outcome,
    cache::{Fields, ascending, entries, entries_item, number as read_number, number_item, option_item},
    cut_off::CutOffs,
    evidence::{Contradiction, Earlier},
    reach::{Reach, SignedAt},
    recent::{KEPT, Recent, Standing, chain_back, number},
    roots::Roots,
};
use crate::{
    Error,
    entry::{CheckedEntry, EntryId, Signer},
    heads::Head,
};
use schemas::{Day, Hash, KeyId, cbor::Item};
use std::collections::BTreeSet;

#[derive(Default)]
pub(super) struct Batches {
    pub(super) roots: Roots,
    pub(super) reach: Reach,
    recent: Recent,
    /// The latest expiry among the batches up to a number, where it grows; both ascend. A batch is pruned together with
    /// all before it.
    latest_expiry: Vec<(u32, Day)>,
    pruned_before: u32,
    /// From here on there are two stories.
    fork: Option<u32>,
    /// Entries from the fork on that are not in `roots`, to settle the dispute with when the registrar has spoken; at
    /// most [`KEPT`].
    disputed: Vec<CheckedEntry>,
}

impl Batches {
    /// Takes an entry of kind 1 that its signer's cut-off does not exclude.
    pub(super) fn add(&mut self, entry: &CheckedEntry) -> Outcome {
        let (at, root) = (number(entry), entry.entry().root());
        if at < self.pruned_before {
            return Outcome::Superseded;
        }
        let stored = self.roots.get(at);
        if stored.is_some_and(|(known, _)| known == root) {
            return Outcome::Known;
        }
        if self.is_disputed(at) {
            self.dispute(entry);
            return Outcome::Refused(Error::IssuerFrozen);
        }
        let (fork, earlier) = match (self.recent.standing_of(entry), stored) {
            (Standing::Contradicts { fork, earlier }, _) => (fork, Earlier::Entry(earlier)),
            (_, Some((known, _))) => (at, Earlier::Root(known)),
            (Standing::TooFarAhead, None) => return Outcome::Refused(Error::EntryTooFarAhead),
            (Standing::Known | Standing::New, None) => return self.insert(entry),
        };
        self.fork = Some(self.fork.map_or(fork, |known| known.min(fork)));
        self.dispute(entry);
        let later = *entry;
        Outcome::Contradicted(Box::new(Contradiction::Forked { fork, earlier, later }))
    }

    pub(super) fn get(&self, number: u32) -> Option<(Hash, KeyId)> {
        self.roots.get(number)
    }

    /// The entry with the highest number.
    pub(super) fn last(&self) -> Option<&CheckedEntry> {
        self.recent.last()
    }

    pub(super) fn is_pruned(&self, number: u32) -> bool {
        number < self.pruned_before
    }

    pub(super) fn is_disputed(&self, number: u32) -> bool {
        self.fork.is_some_and(|fork| number >= fork)
    }

    pub(super) fn fork(&self) -> Option<u32> {
        self.fork
    }

    /// Forgets the batches whose credentials, and those of all batches before them, expired before `today`.
    pub(super) fn prune(&mut self, today: Day) {
        let expired = self.latest_expiry.partition_point(|(_, day)| *day < today);
        if expired == 0 {
            return;
        }
        let first = match self.latest_expiry.get(expired) {
            Some((number, _)) => *number,
            None => self
                .recent
                .highest()
                .map_or(0, |highest| highest.saturating_add(1)),
        };
        self.latest_expiry.drain(..expired);
        self.pruned_before = self.pruned_before.max(first);
        self.roots.forget_before(self.pruned_before);
        self.reach.forget_before(self.pruned_before);
    }

    /// Takes the head that the issuer's ML-DSA-44 key signed.
    pub(super) fn sign(&mut self, head: &Head) -> Outcome {
        let at = SignedAt {
            number: head.number,
            time: head.time,
        };
        let known = self
            .recent
            .get(head.number)
            .filter(|entry| entry.id() == head.entry);
        let stands = |entry: &CheckedEntry| {
            self.roots
                .get(head.number)
                .is_some_and(|(root, _)| root == entry.entry().root())
        };
        match self.reach.signed() {
            Some(signed) if signed == at => Outcome::Known,
            Some(signed) if signed.number > at.number || signed.time > at.time => Outcome::Superseded,
            _ if !known.is_some_and(stands) => Outcome::Refused(Error::HeadUnknown),
            _ => {
                self.reach.sign(at);
                Outcome::Applied
            }
        }
    }

    /// Applies the registrar's cut-offs, and with their help settles what is disputed.
    ///
    /// The last good batch that a cut-off names vouches for the entries that lead up to it. They go in first; what
    /// contradicts them is dropped. The rest goes in as if it had just arrived, so that what nobody vouched for is
    /// disputed again.
    pub(super) fn settle(&mut self, cut_offs: &CutOffs) {
        for (key, cut_off) in cut_offs.iter() {
            self.roots
                .forget_after(*key, cut_off.batch.map(|(last, _)| last.0));
            if let Some((last, root)) = cut_off.batch
                && self
                    .roots
                    .get(last.0)
                    .is_some_and(|(known, signer)| known != root && signer == *key)
            {
                self.roots.forget_one(last.0);
            }
        }
        self.recent.drop_if(|entry| cut_offs.excludes(entry));
        let Some(fork) = self.fork.take() else { return };

        let stored = self.recent.split_off(fork);
        stored
            .iter()
            .for_each(|entry| self.roots.forget_one(number(entry)));
        let mut pool = stored.clone();
        pool.append(&mut self.disputed);
        pool.retain(|entry| !cut_offs.excludes(entry));

        let mut vouched: Vec<CheckedEntry> = Vec::new();
        // Below this number the stored roots stand: each was held against its neighbours when it came in.
        let mut settled_below = 0;
        for (last, root) in cut_offs.last_batches() {
            let names = |entry: &&CheckedEntry| number(entry) == last && entry.entry().root() == root;
            match pool.iter().find(names) {
                Some(start) => vouched.extend(chain_back(&pool, start)),
                None if self.roots.get(last).is_some_and(|(known, _)| known == root) => {
                    settled_below = settled_below.max(last.saturating_add(1));
                }
                None => {}
            }
        }
        let ids: BTreeSet<EntryId> = vouched.iter().map(|entry| entry.id()).collect();
        let is_vouched = |entry: &CheckedEntry| ids.contains(&entry.id());
        if let Some(lowest) = stored.first().filter(|_| stored.iter().all(is_vouched)) {
            settled_below = settled_below.max(number(lowest));
        }

        vouched.sort_by_key(number);
        for entry in &vouched {
            self.add(entry);
        }
        pool.retain(|entry| !is_vouched(entry) && number(entry) >= settled_below);
        pool.sort_by_key(number);
        for entry in &pool {
            match self.recent.standing_of(entry) {
                Standing::Contradicts { earlier, .. } if is_vouched(&earlier) => {}
                _ => drop(self.add(entry)),
            }
        }
    }

    pub(super) fn to_item(&self) -> Item<'_> {
        let step = |(number, day): &(u32, Day)| Item::Array(vec![number_item(*number), number_item(day.0)]);
        Item::Array(vec![
            self.roots.to_item(),
            self.reach.to_item(),
            self.recent.to_item(),
            Item::Array(self.latest_expiry.iter().map(step).collect()),
            number_item(self.pruned_before),
            option_item(self.fork.map(number_item)),
            entries_item(self.disputed.iter()),
        ])
    }

    pub(super) fn from_item(item: &Item<'_>) -> Result<Self, Error> {
        let mut fields = Fields::of(item)?;
        let batches = Self {
            roots: Roots::from_item(fields.next()?)?,
            reach: Reach::from_item(fields.next()?)?,
            recent: Recent::from_item(fields.next()?)?,
            latest_expiry: {
                let steps = ascending(fields.list()?, |item| {
                    let mut step = Fields::of(item)?;
                    let pair = (step.number()?, Day(step.number()?));
                    step.end(pair)
                })?;
                steps.into_iter().collect()
            },
            pruned_before: fields.number()?,
            fork: fields.option(read_number)?,
            disputed: entries(fields.next()?, KEPT as usize)?,
        };
        fields.end(batches)
    }

    fn insert(&mut self, entry: &CheckedEntry) -> Outcome {
        let Signer::Issuer(signer) = entry.signer() else {
            return Outcome::Refused(Error::EntryUnsigned);
        };
        let (at, entry_root) = (number(entry), entry.entry().root());
        if self.roots.insert(at, entry_root, signer).is_none() {
            return Outcome::Refused(Error::EntryTooFarAhead);
        }
        let next_to = |other: Option<u32>| other.and_then(|other| self.recent.get(other));
        let below = next_to(at.checked_sub(1)).is_some_and(|before| before.entry().is_before(entry.entry()));
        let above = next_to(at.checked_add(1)).is_some_and(|after| entry.entry().is_before(after.entry()));
        self.reach.insert(at, below, above);
        self.recent.insert(*entry);
        self.note_expiry(at, entry.entry().expiry());
        Outcome::Applied
    }

    fn note_expiry(&mut self, at: u32, day: Day) {
        let after = self.latest_expiry.partition_point(|(number, _)| *number <= at);
        if after > 0 && self.latest_expiry[after - 1].1 >= day {
            return;
        }
        let start = match after > 0 && self.latest_expiry[after - 1].0 == at {
            true => after - 1,
            false => after,
        };
        let outlived = self.latest_expiry[after..].partition_point(|(_, other)| *other <= day);
        self.latest_expiry.splice(start..after + outlived, [(at, day)]);
    }

    fn dispute(&mut self, entry: &CheckedEntry) {
        let is_new = self.disputed.iter().all(|known| known.entry() != entry.entry());
        if is_new && self.disputed.len() < KEPT as usize {
            self.disputed.push(*entry);
        }
    }
}
