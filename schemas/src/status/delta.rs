//! From one snapshot to a later one.

use super::{MAX_REVOKED, Snapshot, SnapshotNumber, Window, numbers, rice};
use crate::{BatchNumber, Error, Hash, IssuerNumber};

/// Longest encoding. The largest issuer's whole snapshot has some 100 kB; a delta that is longer than this saves little, and
/// this is what a hostile one costs.
pub const MAX_DELTA_BYTES: usize = 64 * 1024;

/// From how many snapshots before it deltas lead to an issuer's latest one. Issuers look every five minutes whether there is
/// something to publish, so that this is more than an hour.
pub const DELTAS: usize = 16;

/// The first byte of a delta's encoding.
const FORMAT: u8 = 2;

/// What a later snapshot adds. What it drops follows from its window.
///
/// A delta is not signed: its result counts only when its hash is the root of the later snapshot's entry.
#[derive(Clone, PartialEq, Eq)]
pub struct Delta {
    issuer: IssuerNumber,
    from: SnapshotNumber,
    to: SnapshotNumber,
    window: Window,
    /// Local numbers of the later window, strictly ascending.
    added: Vec<u32>,
}

impl Delta {
    /// The bytes: a header of 26 bytes, then Rice codes of the gaps.
    ///
    /// # Errors
    /// [`Error::TooLong`] above [`MAX_DELTA_BYTES`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let (parameter, codes) = rice::encode(&self.added);
        let count = u32::try_from(self.added.len()).expect("MAX_REVOKED is below 2^32");
        let mut bytes = vec![FORMAT, parameter];
        for number in [
            self.issuer.0,
            self.from.0,
            self.to.0,
            self.window.first().0,
            self.window.batches(),
            count,
        ] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(codes);
        Error::at_most("status delta in bytes", bytes.len(), MAX_DELTA_BYTES)?;
        Ok(bytes)
    }

    /// Reads what [`encode`](Self::encode) wrote, and nothing else.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::StatusMalformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Error::at_most("status delta in bytes", bytes.len(), MAX_DELTA_BYTES)?;
        let [FORMAT, parameter, rest @ ..] = bytes else {
            return Err(Error::StatusMalformed("not the format 2"));
        };
        let (numbers, codes) = numbers(rest).ok_or(Error::StatusMalformed("the header is short"))?;
        let [issuer, from, to, first, batches, count] = numbers;
        let window = Window::new(BatchNumber(first), batches)?;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Error::at_most("revoked places", count, MAX_REVOKED)?;
        Ok(Self {
            issuer: IssuerNumber(issuer),
            from: SnapshotNumber(from),
            to: SnapshotNumber(to),
            window,
            added: rice::decode(*parameter, count, window.places(), codes)?,
        })
    }

    /// Where the file lies beside a log, or a copy of one: between the snapshots of these roots.
    #[must_use]
    pub fn path(earlier: Hash, later: Hash) -> String {
        format!("delta/{earlier}-{later}")
    }

    /// The later snapshot's number.
    #[must_use]
    pub fn to(&self) -> SnapshotNumber {
        self.to
    }
}

impl core::fmt::Debug for Delta {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Delta")
            .field("issuer", &self.issuer)
            .field("from", &self.from)
            .field("to", &self.to)
            .field("added_count", &self.added.len())
            .finish()
    }
}

impl Snapshot {
    /// What leads from this snapshot to `later`.
    ///
    /// # Errors
    /// As [`check_successor`](Self::check_successor).
    pub fn delta_to(&self, later: &Self) -> Result<Delta, Error> {
        self.check_successor(later)?;
        let mut added = later.revoked.clone();
        let kept = self.local_to(&later.window);
        let mut kept = kept.iter().peekable();
        added.retain(|local| kept.next_if_eq(&local).is_none());
        Ok(Delta {
            issuer: self.issuer,
            from: self.number,
            to: later.number,
            window: later.window,
            added,
        })
    }

    /// The later snapshot that `delta` leads to. Compare its [`root`](Self::root) with the later entry's.
    ///
    /// # Errors
    /// [`Error::StatusDeltaMismatch`] when the delta starts elsewhere, goes back, or adds what is revoked already.
    pub fn after(&self, delta: &Delta) -> Result<Self, Error> {
        let forward = self.window.moves_forward_to(&delta.window) && delta.from < delta.to;
        if delta.issuer != self.issuer || delta.from != self.number || !forward {
            return Err(Error::StatusDeltaMismatch);
        }
        let mut revoked = self.local_to(&delta.window);
        revoked.extend(&delta.added);
        revoked.sort_unstable();
        if revoked.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Error::StatusDeltaMismatch);
        }
        Self::of_local(self.issuer, delta.to, delta.window, revoked)
    }

    /// The revoked places that are still in `window`, by their local numbers there.
    fn local_to(&self, window: &Window) -> Vec<u32> {
        let local = |place: crate::Place| window.local(place.batch, place.slot);
        self.places().filter_map(local).collect()
    }
}
