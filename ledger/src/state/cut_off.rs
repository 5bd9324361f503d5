//! Where the signatures of stolen keys end. What was cut off once stays so, also when the key is no longer listed.

use super::cache::{Fields, ascending, hash_item, key_id, key_id_item, number_item, option_item};
use crate::Error;
use crate::entry::{CheckedEntry, Signer, Subject};
use schemas::{
    BatchNumber, Hash, KeyId,
    cbor::Item,
    key_event::{CutOff, KeyEvent},
    status::SnapshotNumber,
};
use std::collections::BTreeMap;

/// The cut-offs of one issuer's keys, each the earliest that the registrar named.
#[derive(Default)]
pub(super) struct CutOffs(BTreeMap<KeyId, CutOff>);

impl CutOffs {
    /// Whether the key's cut-off comes before this batch.
    pub(super) fn excludes_batch(&self, key: &KeyId, number: u32) -> bool {
        let last = |cut_off: &CutOff| cut_off.batch.map(|(last, _)| last.0);
        self.0
            .get(key)
            .is_some_and(|cut_off| last(cut_off).is_none_or(|last| number > last))
    }

    /// Whether the entry comes after its signer's cut-off, or stands in the place of the last good one.
    pub(super) fn excludes(&self, entry: &CheckedEntry) -> bool {
        let Signer::Issuer(key) = entry.signer() else {
            return false;
        };
        let subject = entry.entry().subject();
        let last = |cut_off: &CutOff| match subject {
            Subject::Snapshot(..) => cut_off.snapshot.map(|(last, root)| (last.0, root)),
            _ => cut_off.batch.map(|(last, root)| (last.0, root)),
        };
        let (number, root) = (subject.number(), entry.entry().root());
        self.0.get(&key).map(last).is_some_and(|last| {
            last.is_none_or(|(last, good)| number > last || (number == last && root != good))
        })
    }

    /// A key to which the event gives back what it lost.
    pub(super) fn restored_by(&self, event: &KeyEvent) -> Option<KeyId> {
        let now: BTreeMap<KeyId, Option<&CutOff>> =
            event.keys().iter().map(|key| (key.id(), key.cut_off())).collect();
        let restored = |(key, then): &(&KeyId, &CutOff)| match now.get(key) {
            None => false,
            Some(None) => true,
            Some(Some(now)) => later(then.batch, now.batch) || later(then.snapshot, now.snapshot),
        };
        self.0.iter().find(restored).map(|(key, _)| *key)
    }

    /// Takes over the event's cut-offs; none is later than the one known.
    pub(super) fn extend(&mut self, event: &KeyEvent) {
        let cut_off = |key: &schemas::key_event::IssuerKey| Some((key.id(), *key.cut_off()?));
        self.0.extend(event.keys().iter().filter_map(cut_off));
    }

    pub(super) fn to_item(&self) -> Item<'static> {
        let last = |last: Option<(u32, Hash)>| {
            let item = last.map(|(number, root)| Item::Array(vec![number_item(number), hash_item(root)]));
            option_item(item)
        };
        let cut_off = |(key, cut_off): (&KeyId, &CutOff)| {
            let batch = cut_off.batch.map(|(number, root)| (number.0, root));
            let snapshot = cut_off.snapshot.map(|(number, root)| (number.0, root));
            Item::Array(vec![key_id_item(*key), last(batch), last(snapshot)])
        };
        Item::Array(self.0.iter().map(cut_off).collect())
    }

    pub(super) fn from_item(item: &Item<'_>) -> Result<Self, Error> {
        let last = |item: &Item<'_>| {
            let mut fields = Fields::of(item)?;
            let last = (fields.number()?, fields.hash()?);
            fields.end(last)
        };
        let cut_offs = ascending(Fields::of(item)?.rest(), |item| {
            let mut fields = Fields::of(item)?;
            let key = key_id(fields.next()?)?;
            let (batch, snapshot) = (fields.option(last)?, fields.option(last)?);
            let cut_off = CutOff {
                batch: batch.map(|(number, root)| (BatchNumber(number), root)),
                snapshot: snapshot.map(|(number, root)| (SnapshotNumber(number), root)),
            };
            fields.end((key, cut_off))
        })?;
        Ok(Self(cut_offs))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&KeyId, &CutOff)> {
        self.0.iter()
    }

    /// The last good batches that the registrar vouches for.
    pub(super) fn last_batches(&self) -> impl Iterator<Item = (u32, Hash)> + '_ {
        self.0
            .values()
            .filter_map(|cut_off| cut_off.batch)
            .map(|(number, root)| (number.0, root))
    }
}

/// Whether `now` lets more stand than `then`, or something else.
fn later<N: PartialOrd + Copy>(then: Option<(N, Hash)>, now: Option<(N, Hash)>) -> bool {
    match (then, now) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some((then, root)), Some((now, new_root))) => now > then || (now == then && new_root != root),
    }
}
