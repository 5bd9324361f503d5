//! One issuer's chain of status snapshots: which is announced, and which is at hand.

use super::{
    Outcome,
    cache::{Fields, UNUSABLE, entries, entries_item, number_item, option_item},
    cut_off::CutOffs,
    evidence::{Contradiction, Earlier},
    reach::SignedAt,
    recent::{Recent, Standing, number},
};
use crate::{Error, entry::CheckedEntry, heads::Head};
use schemas::{
    BatchNumber, Hash, IssuerNumber, Slot, UnixTime,
    cbor::Item,
    status::{Delta, Snapshot, SnapshotNumber, Status},
};

/// Entries kept of a disputed sequence: enough to find the one that the registrar vouches for.
const MAX_DISPUTED: usize = 64;

#[derive(Default)]
pub(super) struct Snapshots {
    recent: Recent,
    /// The last good snapshot that a cut-off names; its entry need not be known.
    vouched: Option<(SnapshotNumber, Hash)>,
    current: Option<Current>,
    disputed: Vec<CheckedEntry>,
    /// The latest head that names an entry of the view.
    signed: Option<SignedAt>,
}

/// The latest snapshot whose object is at hand.
struct Current {
    snapshot: Snapshot,
    root: Hash,
    /// Whether it, or one that it was shown to continue, was signed with ML-DSA-44: what was revoked there is revoked here.
    is_signed: bool,
}

impl Snapshots {
    /// Takes an entry of kind 2 that its signer's cut-off does not exclude.
    pub(super) fn announce(&mut self, entry: &CheckedEntry) -> Outcome {
        match self.recent.standing_of(entry) {
            Standing::Known => Outcome::Known,
            Standing::TooFarAhead => Outcome::Refused(Error::EntryTooFarAhead),
            Standing::Contradicts { fork, earlier } => {
                self.dispute(entry);
                let (earlier, later) = (Earlier::Entry(earlier), *entry);
                Outcome::Contradicted(Box::new(Contradiction::Forked { fork, earlier, later }))
            }
            Standing::New if self.is_disputed() => {
                self.dispute(entry);
                Outcome::Refused(Error::IssuerFrozen)
            }
            Standing::New => {
                self.recent.insert(*entry);
                Outcome::Applied
            }
        }
    }

    /// Takes the object of the announced snapshot.
    pub(super) fn supply(&mut self, issuer: IssuerNumber, object: &[u8]) -> Outcome {
        let Some((number, root)) = self.announced() else {
            return Outcome::Refused(Error::ObjectMismatch);
        };
        if self.at_hand() == Some(root) {
            return Outcome::Known;
        }
        if Hash::of(&[object]) != root {
            return Outcome::Refused(Error::ObjectMismatch);
        }
        let snapshot = match Snapshot::decode(object) {
            Ok(snapshot) => snapshot,
            Err(error) => return Outcome::Refused(error.into()),
        };
        if snapshot.issuer() != issuer || snapshot.number() != number {
            return Outcome::Refused(Error::ObjectMismatch);
        }
        if let Some(current) = &self.current
            && let Err(refusal) = current.snapshot.check_successor(&snapshot)
        {
            let (earlier, later) = (current.root, root);
            return Outcome::Contradicted(Box::new(Contradiction::TakenBack {
                refusal,
                earlier,
                later,
            }));
        }
        let continues = self.current.as_ref().is_some_and(|current| current.is_signed);
        let is_signed = continues || self.is_signed(number, root);
        self.current = Some(Current {
            snapshot,
            root,
            is_signed,
        });
        Outcome::Applied
    }

    /// Takes the head that the issuer's ML-DSA-44 key signed.
    pub(super) fn sign(&mut self, head: &Head) -> Outcome {
        let at = SignedAt {
            number: head.number,
            time: head.time,
        };
        let known = self
            .recent
            .get(head.number)
            .is_some_and(|entry| entry.id() == head.entry);
        match self.signed {
            Some(signed) if signed == at => return Outcome::Known,
            Some(signed) if signed.number > at.number || signed.time > at.time => return Outcome::Superseded,
            _ if !known => return Outcome::Refused(Error::HeadUnknown),
            _ => self.signed = Some(at),
        }
        let current = self.current.as_ref();
        if current.is_some_and(|current| self.is_signed(current.snapshot.number(), current.root))
            && let Some(current) = &mut self.current
        {
            current.is_signed = true;
        }
        Outcome::Applied
    }

    /// Forgets what was signed, when the key that signed it is no longer the issuer's.
    pub(super) fn unsign(&mut self) {
        self.signed = None;
        if let Some(current) = &mut self.current {
            current.is_signed = false;
        }
    }

    /// When the snapshot at hand, or one that it continues, was last known to be the latest, by the word of ML-DSA-44.
    pub(super) fn signed_at(&self) -> Option<UnixTime> {
        let is_signed = self.current.as_ref().is_some_and(|current| current.is_signed);
        self.signed.filter(|_| is_signed).map(|signed| signed.time)
    }

    /// The latest signature.
    pub(super) fn signed(&self) -> Option<SignedAt> {
        self.signed
    }

    fn is_signed(&self, number: SnapshotNumber, root: Hash) -> bool {
        let entry = self
            .recent
            .get(number.0)
            .filter(|entry| entry.entry().root() == root);
        self.signed.is_some_and(|signed| signed.number == number.0) && entry.is_some()
    }

    /// The object of the announced snapshot, as a delta makes it of the one at hand. `None` where it does not lead there: the
    /// bytes have the root of the entry, or there are none.
    pub(super) fn object_by(&self, delta: &[u8]) -> Option<Vec<u8>> {
        let (_, root) = self.announced()?;
        let delta = Delta::decode(delta).ok()?;
        let object = self.current()?.after(&delta).ok()?.encode().ok()?;
        (Hash::of(&[&object]) == root).then_some(object)
    }

    /// The root of the snapshot at hand.
    pub(super) fn at_hand(&self) -> Option<Hash> {
        self.current.as_ref().map(|current| current.root)
    }

    /// The roots of the snapshots that are kept, the latest first.
    pub(super) fn roots(&self) -> impl Iterator<Item = Hash> + '_ {
        self.recent.iter().rev().map(|entry| entry.entry().root())
    }

    /// The latest snapshot that the ledger names.
    pub(super) fn announced(&self) -> Option<(SnapshotNumber, Hash)> {
        let named = |entry: &CheckedEntry| (SnapshotNumber(number(entry)), entry.entry().root());
        let last = self.recent.last().map(named);
        self.vouched
            .into_iter()
            .chain(last)
            .max_by_key(|(number, _)| *number)
    }

    /// The entry with the highest number.
    pub(super) fn last(&self) -> Option<&CheckedEntry> {
        self.recent.last()
    }

    /// The root of the announced snapshot, when its object is not at hand.
    pub(super) fn wanted(&self) -> Option<Hash> {
        let (_, root) = self.announced()?;
        (self.at_hand() != Some(root)).then_some(root)
    }

    pub(super) fn current(&self) -> Option<&Snapshot> {
        self.current.as_ref().map(|current| &current.snapshot)
    }

    pub(super) fn status(&self, batch: BatchNumber, slot: Slot) -> Option<Status> {
        Some(self.current()?.status(batch, slot))
    }

    pub(super) fn is_disputed(&self) -> bool {
        !self.disputed.is_empty()
    }

    /// Applies the registrar's cut-offs, and with their help settles what is disputed.
    pub(super) fn settle(&mut self, cut_offs: &CutOffs) {
        // A current snapshot that is cut off goes, and its object is asked for anew from the last good one on.
        let entry = self
            .current()
            .and_then(|current| self.recent.get(current.number().0));
        let excluded = entry.is_some_and(|entry| cut_offs.excludes(entry));
        self.recent.drop_if(|entry| cut_offs.excludes(entry));
        // What will stand at the number of an entry that went is not what was signed.
        self.signed = self
            .signed
            .filter(|signed| self.recent.get(signed.number).is_some());
        self.vouch(cut_offs);
        let announced = self.announced();
        self.current = self.current.take().filter(|current| {
            let number = current.snapshot.number();
            let ahead = |(last, root)| number > last || (number == last && current.root != root);
            !excluded && !announced.is_none_or(ahead)
        });
        let mut disputed = core::mem::take(&mut self.disputed);
        disputed.retain(|entry| !cut_offs.excludes(entry));
        disputed.sort_by_key(number);
        for entry in &disputed {
            self.announce(entry);
        }
    }

    pub(super) fn to_item(&self) -> Item<'_> {
        let object = self.current().map(|snapshot| {
            snapshot
                .encode()
                .expect("it was read from fewer bytes than the limit")
        });
        let is_signed = self.current.as_ref().is_some_and(|current| current.is_signed);
        Item::Array(vec![
            self.recent.to_item(),
            option_item(object.map(|object| Item::Bytes(object.into()))),
            number_item(is_signed.into()),
            entries_item(self.disputed.iter()),
            option_item(self.signed.map(SignedAt::to_item)),
        ])
    }

    pub(super) fn from_item(item: &Item<'_>, cut_offs: &CutOffs) -> Result<Self, Error> {
        let mut fields = Fields::of(item)?;
        let mut snapshots = Self {
            recent: Recent::from_item(fields.next()?)?,
            ..Self::default()
        };
        snapshots.vouch(cut_offs);
        snapshots.current = fields.option(|item| {
            let object = item.as_bytes().unwrap_or_default();
            let (snapshot, root) = (Snapshot::decode(object)?, Hash::of(&[object]));
            Ok(Current {
                snapshot,
                root,
                is_signed: false,
            })
        })?;
        let is_signed = match (fields.number()?, &mut snapshots.current) {
            (0, _) => false,
            (1, Some(_)) => true,
            _ => return Err(UNUSABLE),
        };
        if let Some(current) = &mut snapshots.current {
            current.is_signed = is_signed;
        }
        snapshots.disputed = entries(fields.next()?, MAX_DISPUTED)?;
        snapshots.signed = fields.option(SignedAt::from_item)?;
        fields.end(snapshots)
    }

    /// Notes the last good snapshot that the registrar vouches for.
    fn vouch(&mut self, cut_offs: &CutOffs) {
        let good = cut_offs.iter().filter_map(|(_, cut_off)| cut_off.snapshot);
        self.vouched = good.max_by_key(|(number, _)| *number);
    }

    fn dispute(&mut self, entry: &CheckedEntry) {
        let is_new = self.disputed.iter().all(|known| known.entry() != entry.entry());
        if is_new && self.disputed.len() < MAX_DISPUTED {
            self.disputed.push(*entry);
        }
    }
}
