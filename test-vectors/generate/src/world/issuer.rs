//! An issuer, and what it and the registrar say about it on the ledger.

use super::{
    EXPIRES, NOW,
    said::{Said, Sequence},
};
use ledger::entry::Subject;
use schemas::{
    BatchNumber, Day, Hash, IssuerNumber, Place, UnixTime,
    crypto::{SigningKey as _, ml_dsa, p256::SigningKey},
    key_event::{Country, EventNumber, IssuerKey, KeyEvent},
    status::{Snapshot, SnapshotNumber, Window},
};

/// An issuer's place in the ledger.
#[derive(Clone)]
pub struct Issuer {
    /// Its number.
    pub number: IssuerNumber,
    name: &'static str,
    /// Its key events.
    pub events: Sequence,
    /// Its batches.
    pub batches: Sequence,
    /// Its snapshots.
    pub snapshots: Sequence,
    /// Its key of ML-DSA-44, once it has one.
    pub post_quantum: Option<ml_dsa::PublicKey>,
}

/// A month before and after [`NOW`].
const MONTH: i64 = 30 * 86_400;

/// What the registrar says of a key that is good for two months.
#[must_use]
pub fn listed(key: &SigningKey) -> IssuerKey {
    listed_until(key, NOW.plus(MONTH))
}

/// What the registrar says of a key that ends at `end`.
///
/// # Panics
/// When that is a month ago.
#[must_use]
pub fn listed_until(key: &SigningKey, end: UnixTime) -> IssuerKey {
    IssuerKey::new(key.public(), NOW.plus(-MONTH), end, None).expect("it ends after it starts")
}

impl Issuer {
    /// An issuer that nobody registered yet.
    #[must_use]
    pub fn new(number: u32, name: &'static str) -> Self {
        Self {
            number: IssuerNumber(number),
            name,
            events: Sequence::default(),
            batches: Sequence::default(),
            snapshots: Sequence::default(),
            post_quantum: None,
        }
    }

    /// What the registrar says next of the keys.
    ///
    /// # Panics
    /// On keys that stand twice.
    pub fn event(&mut self, registrar: &SigningKey, keys: Vec<IssuerKey>) -> Said {
        let number = EventNumber(self.events.next);
        let country = Country::new("DE").expect("two letters");
        let event = KeyEvent::new(self.number, number, self.name.into(), country, keys)
            .expect("different keys")
            .with_post_quantum(self.post_quantum.clone());
        let subject = |number| Subject::KeyEvent(self.number, EventNumber(number));
        self.events
            .say(subject, (EXPIRES, event.root()), Some(event.encode()), registrar)
    }

    /// The next batch.
    pub fn batch(&mut self, key: &SigningKey, root: Hash, expiry: Day) -> Said {
        let subject = |number| Subject::Batch(self.number, BatchNumber(number));
        self.batches.say(subject, (expiry, root), None, key)
    }

    /// The next status snapshot, of `batches` batches from `first` on.
    ///
    /// # Panics
    /// On a place outside of them.
    pub fn snapshot(&mut self, key: &SigningKey, (first, batches): (u32, u32), revoked: &[Place]) -> Said {
        let window = Window::new(BatchNumber(first), batches).expect("a small window");
        let number = SnapshotNumber(self.snapshots.next);
        let snapshot = Snapshot::new(self.number, number, window, revoked.iter().copied());
        let snapshot = snapshot
            .and_then(|snapshot| snapshot.encode())
            .expect("places in the window");
        let subject = |number| Subject::Snapshot(self.number, SnapshotNumber(number));
        self.snapshots
            .say(subject, (EXPIRES, Hash::of(&[&snapshot])), Some(snapshot), key)
    }
}
