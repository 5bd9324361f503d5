//! Where the next credentials stand, and when a batch closes (`schemas/spec/place-and-proof.md`).
//!
//! Several batches are open at a time. The first of them is the *next* one: it closes first, since numbers are gapless
//! and each ledger entry names its predecessor. A person's copies stand in different batches, so that copies cannot be
//! linked by a shared root; all but one of them wait in batches that close later.

use core::fmt;
use ledger::batch::{BATCH_SLOTS, BatchSeed, BatchTree, decoy};
use rand_core::CryptoRng;
use schemas::{BatchNumber, Commitment, Day, IssuerNumber, Place, Slot, UnixTime};
use std::collections::VecDeque;

/// Open batches that copies are spread over, the next one included. Enough for every copy of one request
/// ([`MAX_COPIES`]) after those of an earlier one; at one batch a minute, the last copy is anchored within 16 minutes.
pub const WINDOW: usize = 16;
/// Most copies that are placed in one request.
pub const MAX_COPIES: usize = 8;
/// People in a batch that hide one another well enough to close it early.
pub const ENOUGH_PEOPLE: usize = 32;
/// When a batch with [`ENOUGH_PEOPLE`] closes, in seconds after it is the next and has its first credential.
pub const EARLY_SECONDS: i64 = 2;
/// How long after the batch before it, in seconds, unless it is full. Every door reads every entry: where people come all day
/// long, batches are to be full, and where they come in groups, nobody waits for more than one batch.
pub const EARLY_EVERY_SECONDS: u32 = 40;
/// When any batch with a credential closes, in seconds after it is the next and has its first one; also an empty one with
/// credentials behind it, in seconds after it is the next.
pub const LATE_SECONDS: i64 = 60;

/// The batches of an issuer that have not closed.
///
/// It is the mirror of what is stored: after a failed write, throw it away and [resume](Self::resume) from the store.
pub struct OpenBatches {
    issuer: IssuerNumber,
    /// The number of the first element of `open`.
    next: BatchNumber,
    /// Never empty.
    open: VecDeque<OpenBatch>,
    early_every: u32,
    closed_at: Option<UnixTime>,
}

/// Why a batch closed: a count of each tells an operator how well people hide one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// All 256 slots were taken.
    Full,
    /// [`EARLY_SECONDS`] passed, [`EARLY_EVERY_SECONDS`] since the batch before it, and [`ENOUGH_PEOPLE`] are in it.
    Early,
    /// [`LATE_SECONDS`] passed.
    Late,
}

/// A batch that takes nothing more.
#[derive(Clone)]
pub struct ClosedBatch {
    /// Its number.
    pub number: BatchNumber,
    /// Credentials in it, which is also the number of people; none when it makes way for copies in later batches.
    pub credentials: usize,
    /// Commitments and decoys in the order of the slots.
    pub leaves: [Commitment; BATCH_SLOTS],
    /// The tree over them.
    pub tree: BatchTree,
    /// The first day on which all of its credentials have expired.
    pub expiry: Day,
}

impl OpenBatches {
    /// The open batches of an issuer whose last closed batch is the one before `next`, with nothing in them yet.
    #[must_use]
    pub fn new(issuer: IssuerNumber, next: BatchNumber) -> Self {
        let open = VecDeque::from([OpenBatch::default()]);
        Self {
            issuer,
            next,
            open,
            early_every: EARLY_EVERY_SECONDS,
            closed_at: None,
        }
    }

    /// Closes batches early more or less often than every [`EARLY_EVERY_SECONDS`].
    #[must_use]
    pub fn early_every(self, seconds: u32) -> Self {
        Self {
            early_every: seconds,
            ..self
        }
    }

    /// Takes up when the batch before the next one closed, after a restart.
    pub fn resume_after(&mut self, closed: UnixTime) {
        self.closed_at = Some(closed);
    }

    /// Puts a stored credential back after a restart. `waiting_since` is the same for all of them: since when the next batch
    /// [waited](Self::waiting_since), or now.
    pub fn resume(
        &mut self,
        place: Place,
        commitment: Commitment,
        expires: UnixTime,
        waiting_since: UnixTime,
    ) {
        while self.number_at(self.open.len()) <= place.batch {
            self.open.push_back(OpenBatch::default());
        }
        self.fill(place, commitment, expires, waiting_since);
    }

    /// Places for `copies` credentials of one person, each in a different batch and in none of `avoid`, where the
    /// person's earlier credentials stand: the first as early as can be, the others in random batches after it.
    pub fn reserve(&mut self, copies: usize, avoid: &[BatchNumber], rng: &mut impl CryptoRng) -> Vec<Place> {
        let mut places = Vec::with_capacity(copies);
        let mut candidates = self.candidates(copies, avoid);
        for copy in 0..copies {
            let chosen = if copy == 0 {
                0
            } else {
                below(candidates.len(), rng)
            };
            let number = candidates.remove(chosen);
            let issuer = self.issuer;
            let batch = self.batch_mut(number).expect("candidates are open");
            places.push(Place {
                issuer,
                batch: number,
                slot: batch.take_random_slot(rng),
            });
        }
        places
    }

    /// Fills a reserved place. A place that is never filled gets a decoy.
    pub fn fill(&mut self, place: Place, commitment: Commitment, expires: UnixTime, now: UnixTime) {
        if let Some(batch) = self.batch_mut(place.batch) {
            // The first in an empty batch that was waiting has its whole time for others to come.
            if batch.credentials() == 0 {
                batch.waiting_since = None;
            }
            batch.slots[usize::from(place.slot.0)] = Content::Credential(commitment);
            batch.last_expiry = batch.last_expiry.max(expires);
        }
        self.start_waiting(now);
    }

    /// Whether the next batch closes now, and why.
    #[must_use]
    pub fn due(&self, now: UnixTime) -> Option<Closing> {
        let next = &self.open[0];
        let waited = now.since(next.waiting_since?);
        let rested = self
            .closed_at
            .is_none_or(|closed| now.since(closed) >= i64::from(self.early_every));
        match next.credentials() {
            BATCH_SLOTS => Some(Closing::Full),
            people if people >= ENOUGH_PEOPLE && waited >= EARLY_SECONDS && rested => Some(Closing::Early),
            _ if waited >= LATE_SECONDS => Some(Closing::Late),
            _ => None,
        }
    }

    /// Closes the next batch: decoys go into its free slots, and the one after it becomes the next.
    #[must_use]
    pub fn close(&mut self, seed: &BatchSeed, now: UnixTime) -> ClosedBatch {
        let number = self.next;
        self.next = self.number_at(1);
        self.closed_at = Some(now);
        // A batch of decoys alone expires with those that it makes way for, so that its entry looks like theirs.
        let expiries = self.open.iter().map(|batch| batch.last_expiry);
        let last_expiry = match self.open[0].credentials() {
            0 => expiries.max().unwrap_or(UnixTime(0)),
            _ => self.open[0].last_expiry,
        };
        let closing = self.open.pop_front().unwrap_or_default();
        if self.open.is_empty() {
            self.open.push_back(OpenBatch::default());
        }
        self.start_waiting(now);

        let leaves = core::array::from_fn(|slot| match closing.slots[slot] {
            Content::Credential(commitment) => commitment,
            Content::Free | Content::Reserved => {
                let slot = Slot(u8::try_from(slot).expect("a batch has 256 slots"));
                decoy(
                    seed,
                    Place {
                        issuer: self.issuer,
                        batch: number,
                        slot,
                    },
                )
            }
        });
        ClosedBatch {
            number,
            credentials: closing.credentials(),
            tree: BatchTree::new(&leaves),
            leaves,
            expiry: Day(last_expiry.day().0.saturating_add(1)),
        }
    }

    /// The number of the batch that closes next.
    #[must_use]
    pub fn next(&self) -> BatchNumber {
        self.next
    }

    /// Since when the next batch waits for people, to be stored with what stands in it; `None` while nothing waits.
    #[must_use]
    pub fn waiting_since(&self) -> Option<UnixTime> {
        self.open[0].waiting_since
    }

    /// Batches with a free slot that are not to be avoided, earliest first: at least `count`, and all of the window.
    fn candidates(&mut self, count: usize, avoid: &[BatchNumber]) -> Vec<BatchNumber> {
        let mut candidates = Vec::new();
        let mut offset = 0;
        while candidates.len() < count || (count > 1 && offset < WINDOW) {
            if offset == self.open.len() {
                self.open.push_back(OpenBatch::default());
            }
            let number = self.number_at(offset);
            if self.open[offset].has_free_slot() && !avoid.contains(&number) {
                candidates.push(number);
            }
            offset += 1;
        }
        candidates
    }

    fn number_at(&self, offset: usize) -> BatchNumber {
        let number = u32::try_from(offset)
            .ok()
            .and_then(|offset| self.next.0.checked_add(offset));
        BatchNumber(number.expect("2³² batches last eleven years at 3,000 results a second"))
    }

    /// An open batch; `None` for one that has closed.
    fn batch_mut(&mut self, number: BatchNumber) -> Option<&mut OpenBatch> {
        let offset = usize::try_from(number.0.checked_sub(self.next.0)?).ok()?;
        self.open.get_mut(offset)
    }

    /// The next batch waits for people as soon as anything stands in it or in one behind it: copies of a quiet evening's
    /// last person would otherwise wait for the next morning's first.
    fn start_waiting(&mut self, now: UnixTime) {
        if self.open[0].waiting_since.is_none() && self.open.iter().any(|batch| batch.credentials() > 0) {
            self.open[0].waiting_since = Some(now);
        }
    }
}

impl fmt::Debug for OpenBatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenBatches({} from {})", self.open.len(), self.next.0)
    }
}

struct OpenBatch {
    slots: [Content; BATCH_SLOTS],
    /// Since when it has been the next batch with a credential in it; while it has none, with one behind it.
    waiting_since: Option<UnixTime>,
    last_expiry: UnixTime,
}

#[derive(Clone, Copy)]
enum Content {
    Free,
    Reserved,
    Credential(Commitment),
}

impl Default for OpenBatch {
    fn default() -> Self {
        Self {
            slots: [Content::Free; BATCH_SLOTS],
            waiting_since: None,
            last_expiry: UnixTime(0),
        }
    }
}

impl OpenBatch {
    fn credentials(&self) -> usize {
        self.slots
            .iter()
            .filter(|content| matches!(content, Content::Credential(_)))
            .count()
    }

    fn has_free_slot(&self) -> bool {
        self.slots.iter().any(|content| matches!(content, Content::Free))
    }

    /// Slots are random, so that a slot tells nothing about the order in which people came.
    fn take_random_slot(&mut self, rng: &mut impl CryptoRng) -> Slot {
        let free = (0..=u8::MAX).filter(|slot| matches!(self.slots[usize::from(*slot)], Content::Free));
        let free: Vec<u8> = free.collect();
        let slot = free[below(free.len(), rng)];
        self.slots[usize::from(slot)] = Content::Reserved;
        Slot(slot)
    }
}

/// A random number below `bound`, which is at most a few hundred: the bias of the multiplication is below 2⁻²³.
fn below(bound: usize, rng: &mut impl CryptoRng) -> usize {
    let scaled = (u64::from(rng.next_u32()) * bound as u64) >> 32;
    usize::try_from(scaled).expect("it is below `bound`")
}

#[cfg(test)]
pub(crate) mod tests;
