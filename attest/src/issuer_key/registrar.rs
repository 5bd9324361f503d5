//! The registrar, with the key at hand: what it says of issuers, and of the network document, as entries of the ledger.

use crate::Error;
use base64::{Engine, prelude::BASE64_STANDARD};
use issuer::key_request::KeyRequest;
use issuer_server::Accreditation;
use ledger::{
    entry::{Entry, EntryId, Leaf, PolicyNumber, ReleaseNumber, Subject},
    heads::{Chain, Head},
};
use schemas::{
    Day, Hash, KeyId, UnixTime,
    crypto::{P256Point, SigningKey as _, aws_lc::SigningKey, ml_dsa},
    key_event::{Country, CutOff, EventNumber, IssuerKey, KeyEvent},
};
use verifier::network::{MAX_AGE_DAYS, Network};

/// How long an accredited key may sign: a year, and the lifetime of what it signed last.
pub const KEY_DAYS: u32 = 370;
/// How long anybody may want to know what an old binary is: ten years.
const RELEASE_DAYS: u32 = 3_653;

/// The registrar, with the key at hand.
pub struct Registrar {
    key: SigningKey,
    post_quantum: Option<ml_dsa::SecretKey>,
}

impl Registrar {
    pub fn new(key: SigningKey, post_quantum: Option<ml_dsa::SecretKey>) -> Self {
        Self { key, post_quantum }
    }

    /// The key that the members know.
    pub fn public(&self) -> P256Point {
        self.key.public()
    }

    /// The ML-DSA-44 key that the members know, if it has one.
    pub fn post_quantum(&self) -> Option<ml_dsa::PublicKey> {
        self.post_quantum.as_ref().map(ml_dsa::SecretKey::public)
    }

    /// Accredits the key that a request names, besides those that `earlier`, the last answer to the same issuer, has. The
    /// same request again has the same answer.
    pub fn accredit(
        &self,
        request: &KeyRequest,
        earlier: Option<&Accreditation>,
        now: UnixTime,
    ) -> Result<Accreditation, Error> {
        let Some(answer) = earlier else {
            let keys = vec![new_key(request, now)?];
            let country = Country::new(&request.country)?;
            let event = KeyEvent::new(
                request.issuer,
                EventNumber(0),
                request.name.clone(),
                country,
                keys,
            )?
            .with_post_quantum(request.post_quantum.clone());
            return self.say(&event, None, now);
        };
        let (event, id) = read(answer).ok_or(Error::RecordDamaged)?;
        let is_listed = event.keys().iter().any(|key| *key.point() == request.point);
        if is_listed && event.post_quantum() == request.post_quantum.as_ref() {
            return Ok(answer.clone());
        }
        let mut keys = kept(&event, now);
        if !is_listed {
            keys.push(new_key(request, now)?);
        }
        self.say(&next(&event, Some(request), keys)?, Some(id), now)
    }

    /// Cuts a key off after the last good entries that it signed, and accredits the key of a request in its place if there
    /// is one. `earlier` is the last answer to the issuer.
    pub fn cut_off(
        &self,
        (key, last): (KeyId, CutOff),
        request: Option<&KeyRequest>,
        earlier: &Accreditation,
        now: UnixTime,
    ) -> Result<Accreditation, Error> {
        let (event, id) = read(earlier).ok_or(Error::RecordDamaged)?;
        let mut keys = kept(&event, now);
        let at = keys.iter().position(|listed| listed.id() == key);
        let stolen = &mut keys[at.ok_or(Error::KeyNotListed)?];
        match stolen.cut_off() {
            Some(cut_off) if *cut_off == last => return Ok(earlier.clone()),
            Some(_) => return Err(Error::KeyCutOffBefore),
            None => *stolen = stolen.clone().cut_off_at(last),
        }
        let another = request.filter(|request| keys.iter().all(|key| *key.point() != request.point));
        keys.extend(another.map(|request| new_key(request, now)).transpose()?);
        self.say(&next(&event, request, keys)?, Some(id), now)
    }

    /// Announces a version of the network document: the first as TOML, the others as the notes that the members signed.
    /// `earlier` is the last announcement. The same again has the same answer.
    pub fn announce(&self, document: &[u8], earlier: Option<&Accreditation>) -> Result<Accreditation, Error> {
        let (number, previous) = match following(document, earlier)? {
            Following::Said(answer) => return Ok(answer),
            Following::Next(number, previous) => (PolicyNumber(number), previous),
        };
        let issued = announced(document)?.issued().day();
        self.sign(
            Subject::Policy(number),
            Day(issued.0 + u32::from(MAX_AGE_DAYS)),
            document,
            previous,
        )
    }

    /// Names a release of the software by its manifest. `earlier` is the last release. The same again has the same answer.
    pub fn release(
        &self,
        manifest: &[u8],
        earlier: Option<&Accreditation>,
        now: UnixTime,
    ) -> Result<Accreditation, Error> {
        let (number, previous) = match following(manifest, earlier)? {
            Following::Said(answer) => return Ok(answer),
            Following::Next(number, previous) => (ReleaseNumber(number), previous),
        };
        let expiry = Day(now.day().0 + RELEASE_DAYS);
        self.sign(Subject::Release(number), expiry, manifest, previous)
    }

    fn say(
        &self,
        event: &KeyEvent,
        previous: Option<EntryId>,
        now: UnixTime,
    ) -> Result<Accreditation, Error> {
        let subject = Subject::KeyEvent(event.issuer(), event.number());
        let answer = self.sign(subject, Day(now.day().0 + KEY_DAYS), &event.encode(), previous)?;
        let head = Head {
            issuer: event.issuer(),
            chain: Chain::KeyEvents,
            number: event.number().0,
            entry: entry(&answer).ok_or(Error::RecordDamaged)?.id(),
            time: now,
        };
        let head = self.post_quantum.as_ref().map(|key| head.sign(key).encode());
        Ok(Accreditation {
            head: head.map(|head| BASE64_STANDARD.encode(head)),
            ..answer
        })
    }

    fn sign(
        &self,
        subject: Subject,
        expiry: Day,
        object: &[u8],
        previous: Option<EntryId>,
    ) -> Result<Accreditation, Error> {
        let entry = Entry::new(subject, expiry, Hash::of(&[object]), previous)?.sign(&self.key)?;
        Ok(Accreditation {
            entry: BASE64_STANDARD.encode(entry.encode()),
            event: BASE64_STANDARD.encode(object),
            head: None,
        })
    }
}

/// Where a word of the registrar's own stands in its sequence.
enum Following {
    /// It was the last one.
    Said(Accreditation),
    /// Its number, and the entry before it.
    Next(u32, Option<EntryId>),
}

fn following(object: &[u8], earlier: Option<&Accreditation>) -> Result<Following, Error> {
    let Some(answer) = earlier else {
        return Ok(Following::Next(0, None));
    };
    let entry = entry(answer).ok_or(Error::RecordDamaged)?;
    Ok(match entry.root() == Hash::of(&[object]) {
        true => Following::Said(answer.clone()),
        false => Following::Next(entry.subject().number() + 1, Some(entry.id())),
    })
}

/// The version that a document or note is of. Whether it is the members' is for those who follow it to check.
fn announced(document: &[u8]) -> Result<Network, Error> {
    let text = String::from_utf8_lossy(document);
    if let Ok(network) = Network::from_signed(&text) {
        return Ok(network);
    }
    let note = ledger::note::Note::parse(document)?;
    Ok(Network::from_signed(note.unverified_text())?)
}

fn new_key(request: &KeyRequest, now: UnixTime) -> Result<IssuerKey, Error> {
    let end = Day(now.day().0 + KEY_DAYS);
    Ok(IssuerKey::new(request.point, now.plus(-60), end.start(), None)?)
}

/// The keys of an event that still matter.
fn kept(event: &KeyEvent, now: UnixTime) -> Vec<IssuerKey> {
    event
        .keys()
        .iter()
        .filter(|key| key.not_after() > now)
        .cloned()
        .collect()
}

/// The event after another one; a request may bring a new name or country.
fn next(event: &KeyEvent, request: Option<&KeyRequest>, keys: Vec<IssuerKey>) -> Result<KeyEvent, Error> {
    let post_quantum = match request {
        Some(request) => request.post_quantum.clone(),
        None => event.post_quantum().cloned(),
    };
    let (name, country) = match request {
        Some(request) => (request.name.as_str(), Country::new(&request.country)?),
        None => (event.name(), event.country()),
    };
    let number = EventNumber(event.number().0 + 1);
    Ok(
        KeyEvent::new(event.issuer(), number, name.to_owned(), country, keys)?
            .with_post_quantum(post_quantum),
    )
}

/// The entry of an answer, before anybody checked who signed it.
fn entry(answer: &Accreditation) -> Option<Entry> {
    match Leaf::decode(&BASE64_STANDARD.decode(&answer.entry).ok()?).ok()? {
        Leaf::Entry(entry) => Some(*entry.unverified()),
        Leaf::Null => None,
    }
}

fn read(answer: &Accreditation) -> Option<(KeyEvent, EntryId)> {
    let event = KeyEvent::decode(&BASE64_STANDARD.decode(&answer.event).ok()?).ok()?;
    Some((event, entry(answer)?.id()))
}

#[cfg(test)]
mod tests;
