//! Which places of an issuer are revoked (`schemas/spec/status-snapshot.md`).
//!
//! A [`Snapshot`] lists the revoked places of one issuer within a [`Window`] of batches that have not expired. Its hash
//! is an entry of the ledger. A [`Delta`] leads from one snapshot to a later one. Nothing here knows which snapshot is
//! the latest, or whether the issuer signed it: that is `ledger::state`.

mod delta;
mod rice;
mod snapshot;
mod window;

#[cfg(test)]
mod tests;

pub use delta::{DELTAS, Delta, MAX_DELTA_BYTES};
pub use snapshot::{MAX_BYTES, MAX_REVOKED, Snapshot};
pub use window::{MAX_WINDOW_BATCHES, Window};

/// The number of a snapshot among its issuer's, from 0 and gapless; equal to the number of its ledger entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotNumber(pub u32);

/// What a snapshot says of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Revoked.
    Revoked,
    /// In the window and not revoked.
    NotRevoked,
    /// Before the window: the batch had expired when the snapshot was made. Nothing is said of it.
    BeforeWindow,
    /// After the window: the batch was younger than the snapshot. Nothing is said of it.
    AfterWindow,
}

/// The big-endian number at the start of `bytes`, and what follows.
fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (head, rest) = bytes.split_first_chunk()?;
    Some((u32::from_be_bytes(*head), rest))
}

/// As many big-endian numbers as asked for from the start of `bytes`, and what follows.
fn numbers<const COUNT: usize>(mut bytes: &[u8]) -> Option<([u32; COUNT], &[u8])> {
    let mut numbers = [0; COUNT];
    for slot in &mut numbers {
        (*slot, bytes) = number(bytes)?;
    }
    Some((numbers, bytes))
}
