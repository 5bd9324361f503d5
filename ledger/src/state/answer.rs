//! What the view answers to a verifier. "Unknown" and "stale" are values.

use super::{
    State,
    issuer::{Issuer, Key},
    reach::{Reach, SignedAt},
    snapshots::Snapshots,
};
use crate::entry::CheckedEntry;
use schemas::{
    BatchNumber, Hash, IssuerNumber, KeyId, Place, UnixTime,
    key_event::KeyEvent,
    status::{SnapshotNumber, Status},
};

/// What is known of a batch, for a credential that a certain key signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchAnswer {
    /// The batch is on the ledger, and has this root.
    Known(Hash),
    /// It is not in this view. The issuer may have anchored it since.
    NotYet,
    /// It has expired and was forgotten.
    Pruned,
    /// The credential's key was cut off before this batch.
    AfterCutOff,
    /// The issuer or the registrar told two stories; the registrar has to settle it.
    Frozen,
    /// The registrar has not registered this issuer.
    IssuerUnknown,
}

/// What is known of a place's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusAnswer {
    /// Revoked, by the latest snapshot at hand. Later ones cannot take it back.
    Revoked,
    /// Not revoked, by the latest snapshot of this view.
    NotRevoked,
    /// Its batch is older than the latest snapshot's window: it had expired.
    BeforeWindow,
    /// Its batch is younger than the latest snapshot: nothing in it was revoked when this view was made.
    AfterWindow,
    /// The issuer has published no snapshot.
    NoSnapshot,
    /// The ledger names a later snapshot than the one at hand.
    Behind {
        /// The snapshot at hand.
        at_hand: Option<SnapshotNumber>,
        /// The latest one.
        announced: SnapshotNumber,
    },
    /// The issuer or the registrar told two stories; the registrar has to settle it.
    Frozen,
    /// The registrar has not registered this issuer.
    IssuerUnknown,
}

/// What heads that were signed with ML-DSA-44 say of something (`schemas/spec/head.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadAnswer {
    /// Hashes lead to it from the head of this time.
    Signed(UnixTime),
    /// They do not.
    NotYet {
        /// When the latest head of its chain was signed, if the view has one.
        latest: Option<UnixTime>,
    },
}

impl HeadAnswer {
    fn of(signed: Option<UnixTime>, latest: Option<SignedAt>) -> Self {
        let latest = latest.map(|signed| signed.time);
        signed.map_or(Self::NotYet { latest }, Self::Signed)
    }
}

/// What is known of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerAnswer<'a> {
    /// The registrar's latest word.
    Known(&'a KeyEvent),
    /// The registrar told two stories; only a later event settles it.
    Frozen,
    /// Not registered.
    Unknown,
}

/// What is known of a key.
#[derive(Clone, Copy)]
pub enum KeyAnswer<'a> {
    /// Listed; its times and its cut-off, if it has one, are in its record.
    Listed(&'a Key),
    /// The registrar told two stories; only a later event settles it.
    Frozen,
    /// Not listed, or no longer.
    Unknown,
}

impl State {
    /// The root of an issuer's batch, for a credential signed by its key `signer`.
    #[must_use]
    pub fn batch_root(&self, issuer: IssuerNumber, batch: BatchNumber, signer: &KeyId) -> BatchAnswer {
        let Some(issuer) = self.issuers.get(&issuer) else {
            return BatchAnswer::IssuerUnknown;
        };
        if issuer.cut_offs.excludes_batch(signer, batch.0) {
            return BatchAnswer::AfterCutOff;
        }
        if issuer.is_contested() {
            return BatchAnswer::Frozen;
        }
        if issuer.batches.is_pruned(batch.0) {
            return BatchAnswer::Pruned;
        }
        match issuer.batches.get(batch.0) {
            _ if issuer.batches.is_disputed(batch.0) => BatchAnswer::Frozen,
            Some((root, _)) => BatchAnswer::Known(root),
            None if issuer.snapshots.is_disputed() => BatchAnswer::Frozen,
            None => BatchAnswer::NotYet,
        }
    }

    /// Whether a place is revoked.
    #[must_use]
    pub fn status(&self, place: Place) -> StatusAnswer {
        let Some(issuer) = self.issuers.get(&place.issuer) else {
            return StatusAnswer::IssuerUnknown;
        };
        let status = issuer.snapshots.status(place.batch, place.slot);
        // A revocation holds whatever else is in doubt.
        if status == Some(Status::Revoked) {
            return StatusAnswer::Revoked;
        }
        if issuer.is_contested() || issuer.snapshots.is_disputed() {
            return StatusAnswer::Frozen;
        }
        if let Some(behind) = behind(issuer) {
            return behind;
        }
        match status {
            Some(Status::Revoked) => StatusAnswer::Revoked,
            Some(Status::NotRevoked) => StatusAnswer::NotRevoked,
            Some(Status::BeforeWindow) => StatusAnswer::BeforeWindow,
            Some(Status::AfterWindow) => StatusAnswer::AfterWindow,
            None => StatusAnswer::NoSnapshot,
        }
    }

    /// An issuer by its number.
    #[must_use]
    pub fn issuer(&self, number: IssuerNumber) -> IssuerAnswer<'_> {
        match self.issuers.get(&number) {
            Some(issuer) if issuer.is_contested() => IssuerAnswer::Frozen,
            Some(issuer) => IssuerAnswer::Known(&issuer.event),
            None => IssuerAnswer::Unknown,
        }
    }

    /// An issuer's key by its identifier.
    #[must_use]
    pub fn key(&self, issuer: IssuerNumber, id: &KeyId) -> KeyAnswer<'_> {
        let Some(issuer) = self.issuers.get(&issuer) else {
            return KeyAnswer::Unknown;
        };
        match issuer.keys.get(id) {
            Some(_) if issuer.is_contested() => KeyAnswer::Frozen,
            Some(key) => KeyAnswer::Listed(key),
            None => KeyAnswer::Unknown,
        }
    }

    /// The issuers that have a key of this identifier; it proves nothing, so each is to be tried.
    pub fn issuers_with_key(&self, id: KeyId) -> impl Iterator<Item = IssuerNumber> + '_ {
        let all = (id, IssuerNumber(0))..=(id, IssuerNumber(u32::MAX));
        self.key_ids.range(all).map(|(_, issuer)| *issuer)
    }

    /// Whether the registrar's ML-DSA-44 key signed the issuer's latest key event. What of the issuer's was signed in turn says
    /// nothing otherwise: another event would name another key.
    #[must_use]
    pub fn keys_signed(&self, issuer: IssuerNumber) -> HeadAnswer {
        let known = self.issuers.get(&issuer);
        let latest = known.and_then(|issuer| issuer.signed);
        let current = known.map(|issuer| issuer.event.number().0);
        let signed = latest.filter(|signed| Some(signed.number) == current);
        HeadAnswer::of(signed.map(|signed| signed.time), latest)
    }

    /// Whether hashes lead to the batch from what the issuer's ML-DSA-44 key signed.
    #[must_use]
    pub fn batch_signed(&self, issuer: IssuerNumber, batch: BatchNumber) -> HeadAnswer {
        let reach = self.issuers.get(&issuer).map(|issuer| &issuer.batches.reach);
        let signed = reach.and_then(|reach| reach.covers(batch.0));
        HeadAnswer::of(signed, reach.and_then(Reach::signed))
    }

    /// Whether the issuer's ML-DSA-44 key signed the snapshot at hand, or one that it continues, and as of when there was none
    /// after it.
    #[must_use]
    pub fn status_signed(&self, issuer: IssuerNumber) -> HeadAnswer {
        let snapshots = self.issuers.get(&issuer).map(|issuer| &issuer.snapshots);
        let signed = snapshots.and_then(Snapshots::signed_at);
        HeadAnswer::of(signed, snapshots.and_then(Snapshots::signed))
    }

    /// The last batch and the last snapshot that an issuer has announced.
    #[must_use]
    pub fn last_entries(&self, issuer: IssuerNumber) -> [Option<&CheckedEntry>; 2] {
        match self.issuers.get(&issuer) {
            Some(issuer) => [issuer.batches.last(), issuer.snapshots.last()],
            None => [None, None],
        }
    }

    /// All issuers.
    pub fn issuers(&self) -> impl Iterator<Item = IssuerNumber> + '_ {
        self.issuers.keys().copied()
    }
}

fn behind(issuer: &Issuer) -> Option<StatusAnswer> {
    issuer.snapshots.wanted()?;
    let (announced, _) = issuer.snapshots.announced()?;
    let at_hand = issuer.snapshots.current().map(|snapshot| snapshot.number());
    Some(StatusAnswer::Behind { at_hand, announced })
}
