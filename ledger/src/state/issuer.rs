//! One issuer: who it is, its keys, its batches and its status snapshots.

use super::{
    Outcome,
    batches::Batches,
    cache::{Fields, number as read_number, number_item, option_item},
    cut_off::CutOffs,
    evidence::{Contradiction, Earlier},
    reach::SignedAt,
    recent::{Recent, Standing, number},
    snapshots::Snapshots,
};
use crate::{
    Error,
    entry::{CheckedEntry, Signer, UncheckedEntry},
    heads::{Chain, Head, SignedHead},
};
use schemas::{
    Hash, KeyId,
    cbor::Item,
    crypto::{Crypto, VerifyingKey, ml_dsa},
    key_event::{IssuerKey, KeyEvent},
};
use std::collections::BTreeMap;

/// A listed key, parsed.
pub struct Key {
    record: IssuerKey,
    verifying: Box<dyn VerifyingKey>,
}

impl Key {
    /// What the registrar says of it.
    #[must_use]
    pub fn record(&self) -> &IssuerKey {
        &self.record
    }

    /// The key to verify with.
    #[must_use]
    pub fn verifying(&self) -> &dyn VerifyingKey {
        &*self.verifying
    }
}

pub(super) struct Issuer {
    pub(super) event: KeyEvent,
    events: Recent,
    /// The number of an event of which there are two stories; a later event settles it.
    contested: Option<u32>,
    pub(super) keys: BTreeMap<KeyId, Key>,
    pub(super) cut_offs: CutOffs,
    pub(super) batches: Batches,
    pub(super) snapshots: Snapshots,
    pub(super) evidence: Vec<Contradiction>,
    /// The key that signed last is tried first.
    last_signer: Option<KeyId>,
    /// The latest of the registrar's heads that names an event of the view.
    pub(super) signed: Option<SignedAt>,
}

impl Issuer {
    /// An issuer by its first known event.
    pub(super) fn new(
        entry: &CheckedEntry,
        object: Option<&[u8]>,
        crypto: &dyn Crypto,
    ) -> Result<Self, Error> {
        let event = read_event(entry, object)?;
        let mut issuer = Self {
            keys: parse_keys(&event, crypto)?,
            event,
            events: Recent::default(),
            contested: None,
            cut_offs: CutOffs::default(),
            batches: Batches::default(),
            snapshots: Snapshots::default(),
            evidence: Vec::new(),
            last_signer: None,
            signed: None,
        };
        issuer.events.insert(*entry);
        issuer.cut_offs.extend(&issuer.event);
        Ok(issuer)
    }

    /// Finds the key that signed an entry of kind 1 or 2.
    pub(super) fn verify(&self, entry: &UncheckedEntry) -> Result<CheckedEntry, Error> {
        let last = self.last_signer.and_then(|id| self.keys.get_key_value(&id));
        let others = self.keys.iter().filter(|(id, _)| Some(**id) != self.last_signer);
        let mut tried = last.into_iter().chain(others);
        let checked = tried.find_map(|(id, key)| entry.verify(Signer::Issuer(*id), key.verifying()).ok());
        checked.ok_or(Error::EntryUnsigned)
    }

    /// Takes a later event. It replaces the one before it, except that no key gets back what it lost.
    pub(super) fn update(
        &mut self,
        entry: &CheckedEntry,
        object: Option<&[u8]>,
        crypto: &dyn Crypto,
    ) -> Outcome {
        match self.events.standing_of(entry) {
            Standing::Known => return Outcome::Known,
            Standing::TooFarAhead => return Outcome::Refused(Error::EntryTooFarAhead),
            Standing::Contradicts { fork, earlier } => {
                self.contested = self.contested.max(Some(number(entry)));
                let (earlier, later) = (Earlier::Entry(earlier), *entry);
                return Outcome::Contradicted(Box::new(Contradiction::Forked { fork, earlier, later }));
            }
            Standing::New if number(entry) < self.event.number().0 => return Outcome::Superseded,
            Standing::New => {}
        }
        let read = read_event(entry, object).and_then(|event| Ok((parse_keys(&event, crypto)?, event)));
        let (keys, event) = match read {
            Ok(read) => read,
            Err(error) => return Outcome::Refused(error),
        };
        let restored = self
            .cut_offs
            .restored_by(&event)
            .or_else(|| self.other_point(&keys));
        if let Some(key) = restored {
            return Outcome::Contradicted(Box::new(Contradiction::KeyRestored { key, later: *entry }));
        }
        self.events.insert(*entry);
        self.contested = self.contested.filter(|contested| *contested >= number(entry));
        self.keys = keys;
        self.cut_offs.extend(&event);
        if event.post_quantum() != self.event.post_quantum() {
            self.batches.reach.unsign();
            self.snapshots.unsign();
        }
        self.event = event;
        self.batches.settle(&self.cut_offs);
        self.snapshots.settle(&self.cut_offs);
        Outcome::Applied
    }

    pub(super) fn add_batch(&mut self, entry: &CheckedEntry) -> Outcome {
        if let Err(error) = self.admit(entry) {
            return Outcome::Refused(error);
        }
        if self.snapshots.is_disputed() && self.batches.get(number(entry)).is_none() {
            return Outcome::Refused(Error::IssuerFrozen);
        }
        let outcome = self.batches.add(entry);
        let fork = self.batches.fork();
        if fork.is_some_and(|fork| self.cut_offs.last_batches().any(|(last, _)| last >= fork)) {
            self.batches.settle(&self.cut_offs);
        }
        outcome
    }

    pub(super) fn add_snapshot(&mut self, entry: &CheckedEntry, object: Option<&[u8]>) -> Outcome {
        if let Err(error) = self.admit(entry) {
            return Outcome::Refused(error);
        }
        let announced = self.snapshots.announce(entry);
        let is_latest = self
            .snapshots
            .announced()
            .is_some_and(|(_, root)| root == entry.entry().root());
        match (&announced, object) {
            (Outcome::Applied | Outcome::Known, Some(object)) if is_latest => {
                match self.snapshots.supply(self.event.issuer(), object) {
                    Outcome::Known => announced,
                    other => other,
                }
            }
            _ => announced,
        }
    }

    /// Takes the head of one of the issuer's chains, which its own key signed, or that of its key events, the registrar's.
    pub(super) fn sign(&mut self, head: &SignedHead, registrar: Option<&ml_dsa::PublicKey>) -> Outcome {
        let key = match head.unverified().chain {
            Chain::KeyEvents => registrar,
            Chain::Batches | Chain::Snapshots => self.event.post_quantum(),
        };
        match key.ok_or(Error::HeadUnsigned).and_then(|key| head.verify(key)) {
            Err(error) => Outcome::Refused(error),
            Ok(head) => match head.chain {
                Chain::Batches => self.batches.sign(&head),
                Chain::Snapshots => self.snapshots.sign(&head),
                Chain::KeyEvents => self.sign_event(&head),
            },
        }
    }

    fn sign_event(&mut self, head: &Head) -> Outcome {
        let at = SignedAt {
            number: head.number,
            time: head.time,
        };
        let known = self
            .events
            .get(head.number)
            .is_some_and(|entry| entry.id() == head.entry);
        match self.signed {
            Some(signed) if signed == at => return Outcome::Known,
            Some(signed) if signed.number > at.number || signed.time > at.time => return Outcome::Superseded,
            _ if !known => return Outcome::Refused(Error::HeadUnknown),
            _ => self.signed = Some(at),
        }
        Outcome::Applied
    }

    pub(super) fn is_contested(&self) -> bool {
        self.contested.is_some()
    }

    pub(super) fn to_item(&self) -> Item<'_> {
        Item::Array(vec![
            Item::Bytes(self.event.encode().into()),
            self.events.to_item(),
            option_item(self.contested.map(number_item)),
            self.cut_offs.to_item(),
            self.batches.to_item(),
            self.snapshots.to_item(),
            Item::Array(self.evidence.iter().map(Contradiction::to_item).collect()),
            option_item(self.signed.map(SignedAt::to_item)),
        ])
    }

    pub(super) fn from_item(item: &Item<'_>, crypto: &dyn Crypto) -> Result<Self, Error> {
        let mut fields = Fields::of(item)?;
        let event = KeyEvent::decode(fields.bytes()?)?;
        let keys = parse_keys(&event, crypto)?;
        let (events, contested) = (Recent::from_item(fields.next()?)?, fields.option(read_number)?);
        let cut_offs = CutOffs::from_item(fields.next()?)?;
        let issuer = Self {
            event,
            events,
            contested,
            keys,
            batches: Batches::from_item(fields.next()?)?,
            snapshots: Snapshots::from_item(fields.next()?, &cut_offs)?,
            cut_offs,
            evidence: fields
                .list()?
                .iter()
                .map(Contradiction::from_item)
                .collect::<Result<_, _>>()?,
            last_signer: None,
            signed: fields.option(SignedAt::from_item)?,
        };
        fields.end(issuer)
    }

    /// What every entry of the issuer's own must meet.
    fn admit(&mut self, entry: &CheckedEntry) -> Result<(), Error> {
        if self.is_contested() {
            return Err(Error::IssuerFrozen);
        }
        if self.cut_offs.excludes(entry) {
            return Err(Error::EntryAfterCutOff);
        }
        let Signer::Issuer(signer) = entry.signer() else {
            return Err(Error::EntryUnsigned);
        };
        self.last_signer = Some(signer);
        // Nothing that a key signs may matter longer than the key: one that was stolen after its end is of no use. The
        // day after is allowed because expiry is counted in whole days.
        let end = self
            .keys
            .get(&signer)
            .map(|key| key.record.not_after().plus(86_400).day());
        if end.is_some_and(|end| entry.entry().expiry() > end) {
            return Err(Error::EntryOutlivesKey);
        }
        Ok(())
    }

    /// A listed identifier that now stands for another key.
    fn other_point(&self, keys: &BTreeMap<KeyId, Key>) -> Option<KeyId> {
        let changed = |(id, key): &(&KeyId, &Key)| {
            let known = self.keys.get(id);
            known.is_some_and(|known| known.record.point() != key.record.point())
        };
        keys.iter().find(changed).map(|(id, _)| *id)
    }
}

/// The object of a key event's entry.
fn read_event(entry: &CheckedEntry, object: Option<&[u8]>) -> Result<KeyEvent, Error> {
    let object = object.ok_or(Error::ObjectMissing)?;
    if Hash::of(&[object]) != entry.entry().root() {
        return Err(Error::ObjectMismatch);
    }
    let event = KeyEvent::decode(object)?;
    let subject = entry.entry().subject();
    if event.issuer() != subject.issuer() || event.number().0 != subject.number() {
        return Err(Error::ObjectMismatch);
    }
    Ok(event)
}

fn parse_keys(event: &KeyEvent, crypto: &dyn Crypto) -> Result<BTreeMap<KeyId, Key>, Error> {
    let parse = |record: &IssuerKey| {
        let verifying = crypto.es256(record.point())?;
        let record = record.clone();
        Ok((record.id(), Key { record, verifying }))
    };
    event.keys().iter().map(parse).collect()
}
