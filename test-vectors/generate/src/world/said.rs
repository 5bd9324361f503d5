//! Entries of a log, and the sequences that they stand in.

use ledger::{
    Error,
    entry::{Entry, EntryId, Leaf, Subject, UncheckedEntry},
};
use schemas::{Day, Hash, crypto::SigningKey};

/// An entry with the object whose hash is its root, where it has one.
#[derive(Clone)]
pub struct Said {
    /// The 144 bytes, or what stands in their place.
    pub leaf: Vec<u8>,
    /// The object.
    pub object: Option<Vec<u8>>,
}

impl Said {
    /// Entry 0 of a log.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            leaf: Leaf::Null.encode().to_vec(),
            object: None,
        }
    }

    /// A signed entry.
    #[must_use]
    pub fn entry(entry: &UncheckedEntry, object: Option<Vec<u8>>) -> Self {
        Self {
            leaf: entry.encode().to_vec(),
            object,
        }
    }
}

/// Where a sequence of an issuer stands.
#[derive(Clone, Copy, Default)]
pub struct Sequence {
    /// The number of the next entry.
    pub next: u32,
    /// The last entry.
    pub last: Option<EntryId>,
}

impl Sequence {
    /// Says the next thing.
    ///
    /// # Panics
    /// For issuer 0.
    pub fn say(
        &mut self,
        subject: impl Fn(u32) -> Subject,
        (expiry, root): (Day, Hash),
        object: Option<Vec<u8>>,
        key: &dyn SigningKey,
    ) -> Said {
        let entry = Entry::new(subject(self.next), expiry, root, self.last);
        let entry = entry.expect("an entry after the last one");
        *self = Self {
            next: self.next + 1,
            last: Some(entry.id()),
        };
        let signed: Result<_, Error> = entry.sign(key);
        Said::entry(&signed.expect("a key in memory signs"), object)
    }
}
