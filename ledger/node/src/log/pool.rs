//! The entries that were taken and are not yet signed, and the rules by which they were taken.

use super::{
    evidence::{self, Evidence},
    files::{self, read_tile},
    heads,
    tree::Addition,
};
use crate::{
    Error, deltas,
    storage::{File, Storage},
};
use ledger::{
    entry::{CheckedEntry, ENTRY_BYTES, Entry, Leaf, Subject},
    heads::SignedHead,
    merkle::{LeafIndex, TreeSize},
    state::{Contradiction, Earlier, Input, Outcome, State},
    tile::{Level, TILE_WIDTH, Tile},
};
use schemas::{Hash, IssuerNumber, key_event::EventNumber, status::Snapshot};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// The largest object: a status snapshot (`schemas::status`).
pub(super) const MAX_OBJECT_BYTES: usize = schemas::status::MAX_BYTES;

/// What the log knows of its issuers, and the entries that wait for the next checkpoint.
///
/// An entry has its place as soon as it is taken: places are given in order, and only a failure of the storage takes them
/// back, together with the whole pool.
pub(super) struct Pool {
    storage: Arc<dyn Storage>,
    state: State,
    /// Where the entry of each subject stands or will stand.
    places: BTreeMap<Subject, u64>,
    /// The size of the tree that is durable.
    stored: u64,
    /// The entries after it.
    waiting: VecDeque<Addition>,
}

/// What a caller wants to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Submission {
    pub(super) entry: Vec<u8>,
    /// What the entry's root is the hash of; none for a batch.
    pub(super) object: Option<Vec<u8>>,
}

/// Why an entry was not taken.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It does not meet the rules of `ledger::state`.
    Rule(ledger::Error),
    /// A newer one has taken its place.
    Superseded,
    /// The same number and root as an entry of the log, but otherwise not the same.
    Differs {
        /// Where that entry stands.
        index: u64,
    },
    /// Its signer said something else before.
    Contradicts {
        evidence: Box<Contradiction>,
        /// Where the earlier entry stands in this log, if it does.
        index: Option<u64>,
    },
    /// The storage could not be read.
    Storage(Error),
}

impl Pool {
    /// The pool of a log without entries.
    pub(super) fn new(storage: Arc<dyn Storage>, state: State) -> Self {
        Self {
            storage,
            state,
            places: BTreeMap::new(),
            stored: 0,
            waiting: VecDeque::new(),
        }
    }

    /// Takes note of entries that are in the log, from `first` on.
    ///
    /// # Errors
    /// [`Error::Damaged`] for an object that is missing or another one, [`Error::Storage`].
    pub(super) fn replay(&mut self, first: u64, entries: &[&[u8]]) -> Result<(), Error> {
        // What an older version of these rules took stays in the log; it only means nothing.
        let leaves = (first..).zip(entries.iter().map(|bytes| Leaf::decode(bytes)));
        let leaves: Vec<(u64, Leaf)> = leaves
            .filter_map(|(index, leaf)| Some((index, leaf.ok()?)))
            .collect();
        let mut objects = Vec::with_capacity(leaves.len());
        for (_, leaf) in &leaves {
            objects.push(match leaf {
                Leaf::Entry(entry) => self.stored_object(entry.unverified())?,
                Leaf::Null => None,
            });
        }
        let inputs: Vec<Input<'_>> = leaves
            .iter()
            .zip(&objects)
            .map(|((index, leaf), object)| Input {
                index: LeafIndex(*index),
                leaf: *leaf,
                object: object.as_deref(),
            })
            .collect();
        for (input, outcome) in inputs.iter().zip(self.state.apply_all(&inputs)) {
            match (input.leaf, outcome) {
                (Leaf::Null, _) => {}
                (Leaf::Entry(entry), Outcome::Applied) => {
                    self.places.insert(entry.unverified().subject(), input.index.0);
                }
                (_, outcome) => tracing::warn!(
                    index = input.index.0,
                    ?outcome,
                    "an entry of the log does not count"
                ),
            }
        }
        self.stored = first + entries.len() as u64;
        Ok(())
    }

    /// Ends the replay: the latest snapshots, and what issuers said besides that contradicts the log.
    ///
    /// # Errors
    /// As [`replay`](Self::replay).
    pub(super) fn replayed(&mut self) -> Result<(), Error> {
        let wanted: Vec<(IssuerNumber, Hash)> = self.state.wanted_objects().collect();
        for (issuer, hash) in wanted {
            let object = read_object(&*self.storage, &hash)?.ok_or_else(|| missing(&hash))?;
            self.state.supply_snapshot(issuer, &object);
        }
        // Those of entries that are no longer kept whole are shown all the same: they were looked at when they came.
        for head in heads::read(&*self.storage)?.iter() {
            self.state.apply_head(head);
        }
        for said in evidence::read(&*self.storage)? {
            let Ok(leaf @ Leaf::Entry(entry)) = Leaf::decode(&said.entry) else {
                continue;
            };
            let issuer = entry.unverified().subject().issuer();
            // Each word of the registrar after it has settled it.
            let events =
                Subject::KeyEvent(issuer, EventNumber(0))..=Subject::KeyEvent(issuer, EventNumber(u32::MAX));
            if self.places.range(events).all(|(_, index)| *index < said.size) {
                self.apply(leaf, said.object.as_deref());
            }
        }
        Ok(())
    }

    /// What the state needs of an entry of the log: the object of a key event. Of snapshots, which are many and large,
    /// only the latest is read; the others must be there.
    fn stored_object(&self, entry: &Entry) -> Result<Option<Vec<u8>>, Error> {
        let hash = &entry.root();
        match entry.subject() {
            Subject::Batch(..) => Ok(None),
            Subject::Snapshot(..) if self.storage.has(&files::object(hash))? => Ok(None),
            Subject::Snapshot(..) => Err(missing(hash)),
            Subject::KeyEvent(..) | Subject::Policy(_) | Subject::Release(_) => {
                match read_object(&*self.storage, hash)? {
                    None => Err(missing(hash)),
                    object => Ok(object),
                }
            }
        }
    }

    /// Takes an entry, or finds the place that it has already.
    pub(super) fn submit(&mut self, submission: Submission) -> Result<u64, Refusal> {
        let Submission { entry: bytes, object } = submission;
        // 1. The entry by itself, and its object.
        let leaf = Leaf::decode(&bytes).map_err(Refusal::Rule)?;
        let Leaf::Entry(entry) = leaf else {
            let null = ledger::Error::EntryMalformed("the null entry is entry 0 and no other");
            return Err(Refusal::Rule(null));
        };
        let entry = *entry.unverified();
        check_object(&entry, object.as_deref()).map_err(Refusal::Rule)?;
        // 2. Its issuer, and what the issuer said before.
        match self.apply(leaf, object.as_deref()) {
            Outcome::Applied => {}
            Outcome::Known => return self.known(&entry, &bytes),
            Outcome::Superseded => return Err(Refusal::Superseded),
            Outcome::Refused(error) => return Err(Refusal::Rule(error)),
            Outcome::Contradicted(contradiction) => {
                // A crash before this is durable: the caller has no answer and says it again, or regrets it.
                let said = Evidence {
                    size: self.size().0,
                    entry: bytes,
                    object,
                };
                evidence::write(&*self.storage, &said).map_err(Refusal::Storage)?;
                return Err(self.contradicts(contradiction));
            }
        }
        // 3. Its place.
        let index = self.size().0;
        self.places.insert(entry.subject(), index);
        let object = object.map(|bytes| File::once(files::object(&entry.root()), bytes));
        self.waiting.push_back(Addition { entry: bytes, object });
        Ok(index)
    }

    /// Takes a signed head of an entry that the log has.
    pub(super) fn take_head(&mut self, head: &SignedHead) -> Outcome {
        self.state.apply_head(head)
    }

    /// Of each issuer the roots of its last snapshots, the latest first.
    pub(super) fn snapshot_roots(&self) -> Vec<Vec<Hash>> {
        let chains = self.state.snapshot_roots();
        chains.map(|roots| roots.take(deltas::ROOTS).collect()).collect()
    }

    /// The last batch and the last snapshot of an issuer, also those that wait.
    pub(super) fn last_entries(&self, issuer: IssuerNumber) -> [Option<&CheckedEntry>; 2] {
        self.state.last_entries(issuer)
    }

    /// The size of the log with all that was taken.
    pub(super) fn size(&self) -> TreeSize {
        TreeSize(self.stored + self.waiting.len() as u64)
    }

    /// Whether an entry waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The entries to append next, at most `limit`. They wait until they are [`stored`](Self::stored).
    pub(super) fn first(&self, limit: usize) -> Vec<Addition> {
        self.waiting.iter().take(limit).cloned().collect()
    }

    /// Takes note that the tree of this size is durable.
    pub(super) fn stored(&mut self, size: TreeSize) {
        let grown = size.0.saturating_sub(self.stored);
        let grown = usize::try_from(grown).unwrap_or(usize::MAX);
        self.waiting.drain(..grown.min(self.waiting.len()));
        self.stored = size.0;
    }

    fn apply(&mut self, leaf: Leaf, object: Option<&[u8]>) -> Outcome {
        let index = LeafIndex(self.size().0);
        self.state.apply(&Input { index, leaf, object })
    }

    /// The place of an entry that the state has already. The signature may be another one: an issuer that signs again
    /// after a crash says nothing new.
    fn known(&self, entry: &Entry, bytes: &[u8]) -> Result<u64, Refusal> {
        let Some(index) = self.places.get(&entry.subject()).copied() else {
            return Err(Refusal::Superseded);
        };
        let first = self.entry_at(index).map_err(Refusal::Storage)?;
        let said = |bytes: &[u8]| bytes.get(..ENTRY_BYTES - 64).map(<[u8]>::to_vec);
        match said(&first) == said(bytes) {
            true => Ok(index),
            false => Err(Refusal::Differs { index }),
        }
    }

    fn contradicts(&self, evidence: Box<Contradiction>) -> Refusal {
        let subject = match &*evidence {
            Contradiction::Forked {
                earlier: Earlier::Entry(earlier),
                ..
            } => Some(earlier.entry().subject()),
            Contradiction::Forked { later, .. } => Some(later.entry().subject()),
            _ => None,
        };
        let index = subject.and_then(|subject| self.places.get(&subject).copied());
        Refusal::Contradicts { evidence, index }
    }

    /// The bytes of an entry that waits or is stored.
    fn entry_at(&self, index: u64) -> Result<Vec<u8>, Error> {
        if let Some(at) = index.checked_sub(self.stored) {
            let waiting = usize::try_from(at).ok().and_then(|at| self.waiting.get(at));
            return Ok(waiting.expect("places are given to entries only").entry.clone());
        }
        let bundle = Tile::in_tree(Level::Entries, index / TILE_WIDTH, TreeSize(self.stored));
        let bundle = bundle.expect("the index is below the size");
        let bytes = read_tile(&*self.storage, bundle)?.ok_or(ledger::Error::TileMissing(bundle))?;
        let at = usize::try_from(index % TILE_WIDTH).expect("below 256");
        Ok(bundle.entries(&bytes)?[at].to_vec())
    }
}

/// An object has the hash that its entry names; a batch has none, since it never leaves its issuer. A snapshot is looked
/// into as well: once the state has heard of the entry, another object for its number would be a contradiction.
fn check_object(entry: &Entry, object: Option<&[u8]>) -> Result<(), ledger::Error> {
    let object = match (entry.subject(), object) {
        (Subject::Batch(..), None) => return Ok(()),
        (Subject::Batch(..), Some(_)) => return Err(ledger::Error::ObjectMismatch),
        (_, None) => return Err(ledger::Error::ObjectMissing),
        (_, Some(object)) => object,
    };
    if object.len() > MAX_OBJECT_BYTES {
        return Err(ledger::Error::Schemas(schemas::Error::TooLong {
            what: "object in bytes",
            length: object.len(),
            limit: MAX_OBJECT_BYTES,
        }));
    }
    if Hash::of(&[object]) != entry.root() {
        return Err(ledger::Error::ObjectMismatch);
    }
    if let Subject::Snapshot(issuer, number) = entry.subject() {
        let snapshot = Snapshot::decode(object)?;
        if (snapshot.issuer(), snapshot.number()) != (issuer, number) {
            return Err(ledger::Error::ObjectMismatch);
        }
    }
    Ok(())
}

/// The hash of the object that an entry speaks of; none for a batch.
pub(crate) fn object_root(entry: &Entry) -> Option<Hash> {
    match entry.subject() {
        Subject::Batch(..) => None,
        _ => Some(entry.root()),
    }
}

/// Reads an object, if it is there.
///
/// # Errors
/// [`Error::Damaged`] when it is another one, [`Error::Storage`].
pub(crate) fn read_object(storage: &dyn Storage, hash: &Hash) -> Result<Option<Vec<u8>>, Error> {
    let Some(object) = storage.read(&files::object(hash))? else {
        return Ok(None);
    };
    match Hash::of(&[&object]) == *hash {
        true => Ok(Some(object)),
        false => Err(Error::Damaged {
            name: files::object(hash),
            problem: "it has another hash than its name",
        }),
    }
}

fn missing(hash: &Hash) -> Error {
    Error::Damaged {
        name: files::object(hash),
        problem: "it is missing, and an entry of the log names it",
    }
}
