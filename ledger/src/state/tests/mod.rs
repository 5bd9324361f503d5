//! What the view makes of sequences of entries. Here: who says what in these tests.

mod cache;
mod entries;
mod heads;
mod status;
mod theft;

use super::*;
use crate::entry::{Entry, EntryId};
use proptest::prelude::*;
use schemas::{
    BatchNumber, Place, Slot, UnixTime,
    crypto::{
        SigningKey as _,
        aws_lc::{AwsLc, SigningKey},
    },
    key_event::{Country, CutOff, EventNumber, IssuerKey, KeyEvent},
    status::{Snapshot, SnapshotNumber, Window},
};
use std::sync::LazyLock;

const ISSUER: IssuerNumber = IssuerNumber(7);
const EXPIRY: Day = Day(20_000);

/// The registrar's key, the issuer's first and second, and a stranger's.
static KEYS: LazyLock<[SigningKey; 4]> =
    LazyLock::new(|| core::array::from_fn(|_| SigningKey::generate().unwrap()));

fn registrar() -> &'static SigningKey {
    &KEYS[0]
}

fn key(number: usize) -> &'static SigningKey {
    &KEYS[number]
}

fn id(number: usize) -> KeyId {
    KeyId::of_point(&key(number).public())
}

fn state() -> State {
    State::new(&registrar().public(), &AwsLc).unwrap()
}

fn registered() -> State {
    let mut state = state();
    assert_eq!(
        give(&mut state, &event(0, None, &[(1, None), (2, None)])),
        Outcome::Applied
    );
    state
}

/// A leaf and its object, as a log has them.
#[derive(Clone, Debug)]
struct Said {
    leaf: Leaf,
    object: Option<Vec<u8>>,
}

impl Said {
    fn new(
        signer: &SigningKey,
        subject: Subject,
        expiry: Day,
        root: Hash,
        previous: Option<EntryId>,
    ) -> Self {
        let entry = Entry::new(subject, expiry, root, previous).unwrap();
        Self {
            leaf: Leaf::Entry(entry.sign(signer).unwrap()),
            object: None,
        }
    }

    fn with(self, object: Vec<u8>) -> Self {
        Self {
            object: Some(object),
            ..self
        }
    }

    fn entry(&self) -> &Entry {
        match &self.leaf {
            Leaf::Entry(entry) => entry.unverified(),
            Leaf::Null => panic!("no entry"),
        }
    }

    fn id(&self) -> EntryId {
        self.entry().id()
    }

    fn input(&self) -> Input<'_> {
        Input {
            index: LeafIndex(1),
            leaf: self.leaf,
            object: self.object.as_deref(),
        }
    }
}

fn give(state: &mut State, said: &Said) -> Outcome {
    state.apply(&said.input())
}

fn event(number: u32, previous: Option<EntryId>, keys: &[(usize, Option<CutOff>)]) -> Said {
    let keys = keys.iter().map(|(number, cut_off)| {
        let record = IssuerKey::new(key(*number).public(), UnixTime(0), EXPIRY.start(), None).unwrap();
        match cut_off {
            Some(cut_off) => record.cut_off_at(*cut_off),
            None => record,
        }
    });
    let (name, country) = ("Test centre".to_owned(), Country::new("DE").unwrap());
    let event = KeyEvent::new(ISSUER, EventNumber(number), name, country, keys.collect()).unwrap();
    let subject = Subject::KeyEvent(ISSUER, EventNumber(number));
    Said::new(registrar(), subject, EXPIRY, event.root(), previous).with(event.encode())
}

fn root(story: u8, number: u32) -> Hash {
    Hash::of(&[&[story], &number.to_be_bytes()])
}

fn batch(signer: usize, story: u8, number: u32, previous: Option<EntryId>) -> Said {
    let subject = Subject::Batch(ISSUER, BatchNumber(number));
    Said::new(key(signer), subject, EXPIRY, root(story, number), previous)
}

/// Entries `numbers` of a story, after `previous`.
fn story(
    signer: usize,
    story: u8,
    numbers: core::ops::Range<u32>,
    mut previous: Option<EntryId>,
) -> Vec<Said> {
    let mut chain = Vec::new();
    for number in numbers {
        let said = batch(signer, story, number, previous);
        previous = Some(said.id());
        chain.push(said);
    }
    chain
}

fn cut_off(story: u8, last: Option<u32>) -> CutOff {
    CutOff {
        batch: last.map(|last| (BatchNumber(last), root(story, last))),
        snapshot: None,
    }
}

fn place(batch: u32, slot: u8) -> Place {
    Place {
        issuer: ISSUER,
        batch: BatchNumber(batch),
        slot: Slot(slot),
    }
}

fn snapshot(number: u32, batches: core::ops::Range<u32>, revoked: &[(u32, u8)]) -> Snapshot {
    let window = Window::new(BatchNumber(batches.start), batches.end - batches.start).unwrap();
    let revoked = revoked.iter().map(|(batch, slot)| place(*batch, *slot));
    Snapshot::new(ISSUER, SnapshotNumber(number), window, revoked).unwrap()
}

fn status_entry(signer: usize, snapshot: &Snapshot, previous: Option<EntryId>) -> Said {
    let subject = Subject::Snapshot(ISSUER, snapshot.number());
    Said::new(key(signer), subject, EXPIRY, snapshot.root().unwrap(), previous)
        .with(snapshot.encode().unwrap())
}

fn code(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Applied => "applied",
        Outcome::Known => "known",
        Outcome::Superseded => "superseded",
        Outcome::Refused(error) => error.code(),
        Outcome::Contradicted(evidence) => evidence.code(),
    }
}

fn known(state: &State, number: u32, signer: usize) -> BatchAnswer {
    state.batch_root(ISSUER, BatchNumber(number), &id(signer))
}
