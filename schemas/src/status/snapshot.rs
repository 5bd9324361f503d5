//! The revoked places of one issuer at one time.

use super::{SnapshotNumber, Status, Window, numbers, rice};
use crate::{BatchNumber, Error, Hash, IssuerNumber, Place, Slot};

/// Largest encoding that is read: forty times what 10 million live credentials need of which 1 % are revoked.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Most revoked places: 40 % of 10 million live credentials, 16 MB in memory.
pub const MAX_REVOKED: usize = 4_000_000;

/// The first byte of a snapshot's encoding.
const FORMAT: u8 = 1;
/// Format, Rice parameter, and five numbers of four bytes.
const HEADER_BYTES: usize = 22;

/// The revoked places of one issuer within a window. Takes 4 bytes of memory for each; a look-up is a binary search.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub(super) issuer: IssuerNumber,
    pub(super) number: SnapshotNumber,
    pub(super) window: Window,
    /// Local numbers of the window, strictly ascending.
    pub(super) revoked: Vec<u32>,
}

impl Snapshot {
    /// A snapshot of `revoked`, in any order.
    ///
    /// # Errors
    /// [`Error::StatusMalformed`] for a place of another issuer or outside the window; [`Error::TooLong`].
    pub fn new(
        issuer: IssuerNumber,
        number: SnapshotNumber,
        window: Window,
        revoked: impl IntoIterator<Item = Place>,
    ) -> Result<Self, Error> {
        let local = |place: Place| {
            let own = place.issuer == issuer;
            own.then(|| window.local(place.batch, place.slot)).flatten()
        };
        let revoked: Option<Vec<u32>> = revoked.into_iter().map(local).collect();
        let mut revoked = revoked.ok_or(Error::StatusMalformed("a place outside the window"))?;
        revoked.sort_unstable();
        revoked.dedup();
        Self::of_local(issuer, number, window, revoked)
    }

    pub(super) fn of_local(
        issuer: IssuerNumber,
        number: SnapshotNumber,
        window: Window,
        revoked: Vec<u32>,
    ) -> Result<Self, Error> {
        Error::at_most("revoked places", revoked.len(), MAX_REVOKED)?;
        Ok(Self {
            issuer,
            number,
            window,
            revoked,
        })
    }

    /// What the snapshot says of a place of its issuer.
    #[must_use]
    pub fn status(&self, batch: BatchNumber, slot: Slot) -> Status {
        match self.window.local(batch, slot) {
            Some(local) if self.revoked.binary_search(&local).is_ok() => Status::Revoked,
            Some(_) => Status::NotRevoked,
            None if batch < self.window.first() => Status::BeforeWindow,
            None => Status::AfterWindow,
        }
    }

    /// The bytes whose hash is the entry's root: a header of 22 bytes, then Rice codes of the gaps.
    ///
    /// # Errors
    /// [`Error::TooLong`] above [`MAX_BYTES`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let (parameter, codes) = rice::encode(&self.revoked);
        let count = u32::try_from(self.revoked.len()).expect("MAX_REVOKED is below 2^32");
        let mut bytes = Vec::with_capacity(HEADER_BYTES + codes.len());
        bytes.extend([FORMAT, parameter]);
        for number in [
            self.issuer.0,
            self.number.0,
            self.window.first().0,
            self.window.batches(),
            count,
        ] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(codes);
        Error::at_most("status snapshot in bytes", bytes.len(), MAX_BYTES)?;
        Ok(bytes)
    }

    /// Reads what [`encode`](Self::encode) wrote, and nothing else: a snapshot has one encoding.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::StatusMalformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Error::at_most("status snapshot in bytes", bytes.len(), MAX_BYTES)?;
        let [FORMAT, parameter, rest @ ..] = bytes else {
            return Err(Error::StatusMalformed("not the format 1"));
        };
        let (numbers, codes) = numbers(rest).ok_or(Error::StatusMalformed("the header is short"))?;
        let [issuer, number, first, batches, count] = numbers;
        let window = Window::new(BatchNumber(first), batches)?;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Error::at_most("revoked places", count, MAX_REVOKED)?;
        let revoked = rice::decode(*parameter, count, window.places(), codes)?;
        Self::of_local(IssuerNumber(issuer), SnapshotNumber(number), window, revoked)
    }

    /// The root of the snapshot's ledger entry.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn root(&self) -> Result<Hash, Error> {
        Ok(Hash::of(&[&self.encode()?]))
    }

    /// Refuses a later snapshot that takes back a revocation or goes back in number or window. A place may disappear
    /// only because its batch left the window.
    ///
    /// # Errors
    /// [`Error::StatusWentBack`]; [`Error::StatusUnRevoked`] with the first such place.
    pub fn check_successor(&self, later: &Self) -> Result<(), Error> {
        let forward = self.window.moves_forward_to(&later.window);
        if self.issuer != later.issuer || self.number >= later.number || !forward {
            return Err(Error::StatusWentBack);
        }
        let mut listed = later.revoked.iter().peekable();
        for place in self.places() {
            let Some(local) = later.window.local(place.batch, place.slot) else {
                continue;
            };
            while listed.next_if(|other| **other < local).is_some() {}
            if listed.peek() != Some(&&local) {
                return Err(Error::StatusUnRevoked { index: place.index() });
            }
        }
        Ok(())
    }

    /// The revoked places, ascending.
    pub fn places(&self) -> impl Iterator<Item = Place> + '_ {
        self.revoked.iter().map(|local| {
            let (batch, slot) = self.window.place(*local);
            Place {
                issuer: self.issuer,
                batch,
                slot,
            }
        })
    }

    /// Whose places.
    #[must_use]
    pub fn issuer(&self) -> IssuerNumber {
        self.issuer
    }

    /// The snapshot's number.
    #[must_use]
    pub fn number(&self) -> SnapshotNumber {
        self.number
    }

    /// The batches that it speaks of.
    #[must_use]
    pub fn window(&self) -> Window {
        self.window
    }

    /// How many places are revoked.
    #[must_use]
    pub fn revoked_count(&self) -> usize {
        self.revoked.len()
    }
}

impl core::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Snapshot")
            .field("issuer", &self.issuer)
            .field("number", &self.number)
            .field("window", &self.window)
            .field("revoked_count", &self.revoked.len())
            .finish()
    }
}
