//! What a verifier or monitor knows of the ledger, built from its entries (`schemas/spec/entry-and-state.md`).
//!
//! `(state, input) -> outcome`, total and pure: the same entries give the same state everywhere. The caller has shown
//! that the entries are in a log that enough witnesses cosigned; this module knows whose word each entry is, and holds
//! all that one party said against each other. Entries of several logs go in one after the other, in each log's order.
//!
//! It knows no time. Whether the view is recent enough is for the caller, which has the checkpoints.

mod answer;
mod batches;
mod cache;
mod cut_off;
mod evidence;
mod issuer;
mod reach;
mod recent;
mod roots;
mod runs;
mod snapshots;

#[cfg(test)]
mod tests;

pub use answer::{BatchAnswer, HeadAnswer, IssuerAnswer, KeyAnswer, StatusAnswer};
pub use cache::MAX_CACHE_BYTES;
pub use evidence::{Contradiction, Earlier};
pub use issuer::Key;

use crate::{
    Error,
    entry::{CheckedEntry, Leaf, PolicyNumber, ReleaseNumber, Signer, Subject, UncheckedEntry},
    heads::SignedHead,
    merkle::LeafIndex,
};
use issuer::Issuer;
use recent::{Recent, Standing};
use schemas::{
    Day, Hash, IssuerNumber, KeyId,
    crypto::{Crypto, P256Point, VerifyingKey, ml_dsa},
};
use std::collections::{BTreeMap, BTreeSet};

/// One leaf of a log.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Where it stands in its log.
    pub index: LeafIndex,
    /// What it says.
    pub leaf: Leaf,
    /// The object whose hash is the entry's root. A key event needs it; a status snapshot can have it later, by
    /// [`State::supply_snapshot`]; a batch has none, and a policy is read by who follows policies.
    pub object: Option<&'a [u8]>,
}

/// What an input did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The view has grown.
    Applied,
    /// It says what is known already: the same number with the same root.
    Known,
    /// It is older than what the view has or needs.
    Superseded,
    /// It does not count. An entry refused as `entry-unsigned`, `issuer-unknown`, `entry-too-far-ahead` or
    /// `issuer-frozen` may count after others, if it is given again. Where a snapshot's object is refused, its entry
    /// has counted: the view knows that it is behind.
    Refused(Error),
    /// It contradicts what its signer said before. The evidence is kept, and what is in doubt is answered as frozen.
    Contradicted(Box<Contradiction>),
}

/// The view.
pub struct State {
    crypto: &'static dyn Crypto,
    registrar: Box<dyn VerifyingKey>,
    registrar_point: P256Point,
    registrar_post_quantum: Option<ml_dsa::PublicKey>,
    issuers: BTreeMap<IssuerNumber, Issuer>,
    key_ids: BTreeSet<(KeyId, IssuerNumber)>,
    policies: Recent,
    releases: Recent,
    evidence: Vec<Contradiction>,
}

impl State {
    /// An empty view. The registrar's key is part of the policy that the verifier was given.
    ///
    /// # Errors
    /// [`schemas::Error::KeyMalformed`].
    pub fn new(registrar: &P256Point, crypto: &'static dyn Crypto) -> Result<Self, Error> {
        Ok(Self {
            crypto,
            registrar: crypto.es256(registrar)?,
            registrar_point: *registrar,
            registrar_post_quantum: None,
            issuers: BTreeMap::new(),
            key_ids: BTreeSet::new(),
            policies: Recent::default(),
            releases: Recent::default(),
            evidence: Vec::new(),
        })
    }

    /// From now on other keys speak as the registrar. What those before them said stays.
    ///
    /// # Errors
    /// [`schemas::Error::KeyMalformed`].
    pub fn hand_over(
        &mut self,
        registrar: &P256Point,
        post_quantum: Option<ml_dsa::PublicKey>,
    ) -> Result<(), Error> {
        self.registrar = self.crypto.es256(registrar)?;
        self.registrar_point = *registrar;
        self.registrar_post_quantum = post_quantum;
        Ok(())
    }

    /// The same with the registrar's ML-DSA-44 key, under which heads of key events are checked. What another one signed is
    /// forgotten.
    #[must_use]
    pub fn with_post_quantum(mut self, registrar: Option<ml_dsa::PublicKey>) -> Self {
        if self.registrar_post_quantum != registrar {
            self.issuers.values_mut().for_each(|issuer| issuer.signed = None);
        }
        self.registrar_post_quantum = registrar;
        self
    }

    /// Takes one leaf.
    pub fn apply(&mut self, input: &Input<'_>) -> Outcome {
        match input.leaf {
            // Entry 0 of a log says nothing.
            Leaf::Null if input.index == LeafIndex(0) => Outcome::Known,
            Leaf::Entry(entry) if input.index != LeafIndex(0) => match self.verify(&entry) {
                Ok(entry) => self.apply_checked(&entry, input.object),
                Err(error) => Outcome::Refused(error),
            },
            _ => Outcome::Refused(Error::EntryMalformed("the null entry is entry 0 and no other")),
        }
    }

    /// Takes many leaves with far fewer signature checks: of a run of entries in which each names the one before it,
    /// only the ends are checked, and the middle of what two keys signed. A million entries take one to two seconds.
    pub fn apply_all(&mut self, inputs: &[Input<'_>]) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(inputs.len());
        // A key event changes which signatures hold, so what follows it is checked after it was taken.
        let is_key_event = |input: &Input<'_>| match input.leaf {
            Leaf::Entry(entry) => matches!(entry.unverified().subject(), Subject::KeyEvent(..)),
            Leaf::Null => false,
        };
        for part in inputs.split_inclusive(is_key_event) {
            for (input, checked) in part.iter().zip(self.verify_runs(part)) {
                outcomes.push(match checked {
                    Some(entry) if input.index != LeafIndex(0) => self.apply_checked(&entry, input.object),
                    _ => self.apply(input),
                });
            }
        }
        outcomes
    }

    /// Takes the object of an issuer's announced snapshot (see [`wanted_objects`](Self::wanted_objects)).
    pub fn supply_snapshot(&mut self, issuer: IssuerNumber, object: &[u8]) -> Outcome {
        self.with_issuer(issuer, |known| known.snapshots.supply(issuer, object))
    }

    /// The object of an issuer's announced snapshot, as the bytes of a delta make it of the one at hand, for
    /// [`supply_snapshot`](Self::supply_snapshot). `None` where they do not lead there.
    #[must_use]
    pub fn object_by_delta(&self, issuer: IssuerNumber, delta: &[u8]) -> Option<Vec<u8>> {
        self.issuers.get(&issuer)?.snapshots.object_by(delta)
    }

    /// The root of an issuer's snapshot that is at hand, where deltas begin.
    #[must_use]
    pub fn snapshot_at_hand(&self, issuer: IssuerNumber) -> Option<Hash> {
        self.issuers.get(&issuer)?.snapshots.at_hand()
    }

    /// Of each issuer the roots of the last snapshots that the ledger names, the latest first.
    pub fn snapshot_roots(&self) -> impl Iterator<Item = impl Iterator<Item = Hash> + '_> + '_ {
        self.issuers.values().map(|issuer| issuer.snapshots.roots())
    }

    /// Takes the signed head of an issuer's chain. One that is refused as `head-unknown` may count when its entry is there.
    pub fn apply_head(&mut self, head: &SignedHead) -> Outcome {
        match self.issuers.get_mut(&head.unverified().issuer) {
            Some(issuer) => issuer.sign(head, self.registrar_post_quantum.as_ref()),
            None => Outcome::Refused(Error::IssuerUnknown),
        }
    }

    /// The snapshots that the ledger names and whose objects are not at hand, by their hashes.
    pub fn wanted_objects(&self) -> impl Iterator<Item = (IssuerNumber, Hash)> + '_ {
        self.issuers
            .iter()
            .filter_map(|(number, issuer)| Some((*number, issuer.snapshots.wanted()?)))
    }

    /// Forgets the batches whose credentials expired before `today`, from each issuer's first up to the first that has
    /// not.
    pub fn prune(&mut self, today: Day) {
        self.issuers
            .values_mut()
            .for_each(|issuer| issuer.batches.prune(today));
    }

    /// The latest policy that the ledger names, by number and hash.
    #[must_use]
    pub fn policy(&self) -> Option<(PolicyNumber, Hash)> {
        let entry = self.policies.last()?.entry();
        Some((PolicyNumber(entry.subject().number()), entry.root()))
    }

    /// The releases of the software that the ledger names, the latest first, by number and hash of the manifest.
    pub fn releases(&self) -> impl Iterator<Item = (ReleaseNumber, Hash)> + '_ {
        let release = |entry: &CheckedEntry| {
            let entry = entry.entry();
            (ReleaseNumber(entry.subject().number()), entry.root())
        };
        self.releases.iter().rev().map(release)
    }

    /// The contradictions that were found, by issuer; those about the policy and releases stand under number 0.
    pub fn evidence(&self) -> impl Iterator<Item = (IssuerNumber, &Contradiction)> + '_ {
        let of_policy = self.evidence.iter().map(|evidence| (IssuerNumber(0), evidence));
        let of_issuers = self.issuers.iter().flat_map(|(number, issuer)| {
            let number = *number;
            issuer.evidence.iter().map(move |evidence| (number, evidence))
        });
        of_policy.chain(of_issuers)
    }

    /// How many batch roots are known.
    #[must_use]
    pub fn root_count(&self) -> usize {
        self.issuers
            .values()
            .map(|issuer| issuer.batches.roots.known())
            .sum()
    }

    /// The bytes of memory that the batch roots take.
    #[must_use]
    pub fn root_bytes(&self) -> usize {
        self.issuers
            .values()
            .map(|issuer| issuer.batches.roots.bytes())
            .sum()
    }

    /// Checks an entry's signature with the keys known now.
    fn verify(&self, entry: &UncheckedEntry) -> Result<CheckedEntry, Error> {
        match entry.unverified().subject() {
            Subject::Batch(issuer, _) | Subject::Snapshot(issuer, _) => {
                let issuer = self.issuers.get(&issuer).ok_or(Error::IssuerUnknown)?;
                issuer.verify(entry)
            }
            Subject::KeyEvent(..) | Subject::Policy(_) | Subject::Release(_) => {
                entry.verify(Signer::Registrar, &*self.registrar)
            }
        }
    }

    fn apply_checked(&mut self, entry: &CheckedEntry, object: Option<&[u8]>) -> Outcome {
        match entry.entry().subject() {
            Subject::Batch(issuer, _) => self.with_issuer(issuer, |known| known.add_batch(entry)),
            Subject::Snapshot(issuer, _) => {
                self.with_issuer(issuer, |known| known.add_snapshot(entry, object))
            }
            Subject::KeyEvent(issuer, _) => self.apply_key_event(issuer, entry, object),
            Subject::Policy(_) => add(&mut self.policies, &mut self.evidence, entry),
            Subject::Release(_) => add(&mut self.releases, &mut self.evidence, entry),
        }
    }

    fn apply_key_event(
        &mut self,
        number: IssuerNumber,
        entry: &CheckedEntry,
        object: Option<&[u8]>,
    ) -> Outcome {
        let outcome = match self.issuers.get(&number) {
            Some(_) => {
                let crypto = self.crypto;
                self.with_issuer(number, |known| known.update(entry, object, crypto))
            }
            None => match Issuer::new(entry, object, self.crypto) {
                Ok(issuer) => {
                    self.issuers.insert(number, issuer);
                    Outcome::Applied
                }
                Err(error) => Outcome::Refused(error),
            },
        };
        if outcome == Outcome::Applied {
            self.key_ids.retain(|(_, issuer)| *issuer != number);
            let ids = self
                .issuers
                .get(&number)
                .into_iter()
                .flat_map(|issuer| issuer.keys.keys());
            self.key_ids.extend(ids.map(|id| (*id, number)));
        }
        outcome
    }

    fn with_issuer(&mut self, issuer: IssuerNumber, step: impl FnOnce(&mut Issuer) -> Outcome) -> Outcome {
        match self.issuers.get_mut(&issuer) {
            Some(known) => {
                let outcome = step(known);
                evidence::record(&mut known.evidence, &outcome);
                outcome
            }
            None => Outcome::Refused(Error::IssuerUnknown),
        }
    }
}

/// Adds an entry of the registrar to its sequence.
fn add(known: &mut Recent, evidence: &mut Vec<Contradiction>, entry: &CheckedEntry) -> Outcome {
    match known.standing_of(entry) {
        Standing::Known => Outcome::Known,
        Standing::TooFarAhead => Outcome::Refused(Error::EntryTooFarAhead),
        Standing::Contradicts { fork, earlier } => {
            let (earlier, later) = (Earlier::Entry(earlier), *entry);
            let outcome = Outcome::Contradicted(Box::new(Contradiction::Forked { fork, earlier, later }));
            evidence::record(evidence, &outcome);
            outcome
        }
        Standing::New => {
            known.insert(*entry);
            Outcome::Applied
        }
    }
}

impl core::fmt::Debug for State {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("State")
            .field("issuers", &self.issuers.len())
            .field("roots", &self.root_count())
            .finish_non_exhaustive()
    }
}
