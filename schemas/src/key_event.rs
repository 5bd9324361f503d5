//! What the registrar says of an issuer and its keys (`schemas/spec/entry-and-state.md`).
//!
//! A [`KeyEvent`] is complete: it replaces the one before it. Its hash is the root of a ledger entry of kind 3, which
//! the registrar signs. Nothing here knows whether one did: that is `ledger::state`.

use crate::{
    BatchNumber, Error, Hash, IssuerNumber, KeyId, UnixTime,
    cbor::{self, Item, Lengths},
    crypto::{P256Point, ml_dsa},
    status::SnapshotNumber,
};
use core::fmt;

/// Most keys of an issuer: with a new one each month, those of the last two years and some to spare.
pub const MAX_KEYS: usize = 32;
/// Largest certificate in bytes, so that an event with the most keys fits [`cbor::MAX_BYTES`]. The median of EU signer
/// certificates is 806 bytes; the largest, 2,083 bytes, holds an RSA key.
pub const MAX_CERTIFICATE_BYTES: usize = 1_792;
/// Longest display name in bytes: a line of a page.
pub const MAX_NAME_BYTES: usize = 128;

/// The number of an event among its issuer's, from 0 and gapless; equal to the number of its ledger entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventNumber(pub u32);

/// A country by its two letters (ISO 3166-1 alpha-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads two capital letters.
    ///
    /// # Errors
    /// [`Error::KeyEventMalformed`] for anything else.
    pub fn new(code: &str) -> Result<Self, Error> {
        match code.as_bytes() {
            [a @ b'A'..=b'Z', b @ b'A'..=b'Z'] => Ok(Self([*a, *b])),
            _ => Err(Error::KeyEventMalformed("the country is not two capital letters")),
        }
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).expect("two ASCII letters")
    }
}

/// The last entries that count of a key that was stolen or lost. `None`: not one of them counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutOff {
    /// The last good batch and its root.
    pub batch: Option<(BatchNumber, Hash)>,
    /// The last good status snapshot and its root.
    pub snapshot: Option<(SnapshotNumber, Hash)>,
}

/// One ES256 key of an issuer.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuerKey {
    point: P256Point,
    not_before: UnixTime,
    not_after: UnixTime,
    certificate: Option<Vec<u8>>,
    cut_off: Option<CutOff>,
}

impl IssuerKey {
    /// A key that is good from `not_before` to `not_after`.
    ///
    /// The DER certificate serves EU verifiers and names the key. It is not read here; the point stands for itself.
    ///
    /// # Errors
    /// [`Error::KeyEventMalformed`] when the times are not in order; [`Error::TooLong`] for the certificate.
    pub fn new(
        point: P256Point,
        not_before: UnixTime,
        not_after: UnixTime,
        certificate: Option<Vec<u8>>,
    ) -> Result<Self, Error> {
        if not_before >= not_after {
            return Err(Error::KeyEventMalformed("a key ends before it starts"));
        }
        let length = certificate.as_ref().map_or(0, Vec::len);
        Error::at_most("certificate in bytes", length, MAX_CERTIFICATE_BYTES)?;
        Ok(Self {
            point,
            not_before,
            not_after,
            certificate,
            cut_off: None,
        })
    }

    /// The same key, with an end to what it signed.
    #[must_use]
    pub fn cut_off_at(self, cut_off: CutOff) -> Self {
        Self {
            cut_off: Some(cut_off),
            ..self
        }
    }

    /// The key's identifier: of its certificate, else of its point.
    #[must_use]
    pub fn id(&self) -> KeyId {
        match &self.certificate {
            Some(der) => KeyId::of_certificate(der),
            None => KeyId::of_point(&self.point),
        }
    }

    /// The public key.
    #[must_use]
    pub fn point(&self) -> &P256Point {
        &self.point
    }

    /// The first instant at which it may sign.
    #[must_use]
    pub fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// The last instant at which what it signed may be valid.
    #[must_use]
    pub fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// Whether it was good for what it signed at `issued_at`, for as long as that is valid.
    ///
    /// # Errors
    /// [`Error::X509Validity`] when it was not.
    pub fn covers(&self, issued_at: UnixTime, expires_at: UnixTime) -> Result<(), Error> {
        if issued_at < self.not_before || expires_at > self.not_after {
            return Err(Error::X509Validity);
        }
        Ok(())
    }

    /// The DER certificate, if it has one. Unread.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// The end to what it signed, if there is one.
    #[must_use]
    pub fn cut_off(&self) -> Option<&CutOff> {
        self.cut_off.as_ref()
    }
}

impl fmt::Debug for IssuerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerKey")
            .field("id", &self.id())
            .field("cut_off", &self.cut_off)
            .finish_non_exhaustive()
    }
}

/// An issuer as the registrar describes it: who it is and which keys it has.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyEvent {
    issuer: IssuerNumber,
    number: EventNumber,
    name: String,
    country: Country,
    keys: Vec<IssuerKey>,
    post_quantum: Option<ml_dsa::PublicKey>,
}

impl KeyEvent {
    /// An event with keys in any order.
    ///
    /// # Errors
    /// [`Error::KeyEventMalformed`] for issuer 0, which stands for the registrar, an empty name or one with control
    /// characters, no key, or two keys of one identifier; [`Error::TooLong`].
    pub fn new(
        issuer: IssuerNumber,
        number: EventNumber,
        name: String,
        country: Country,
        mut keys: Vec<IssuerKey>,
    ) -> Result<Self, Error> {
        if issuer.0 == 0 {
            return Err(Error::KeyEventMalformed("issuer 0 is the registrar"));
        }
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(Error::KeyEventMalformed("the name is not a line of text"));
        }
        Error::at_most("issuer name in bytes", name.len(), MAX_NAME_BYTES)?;
        Error::at_most("issuer keys", keys.len(), MAX_KEYS)?;
        keys.sort_by_key(IssuerKey::id);
        if keys.is_empty() || keys.windows(2).any(|pair| pair[0].id() == pair[1].id()) {
            return Err(Error::KeyEventMalformed("no key, or two of one identifier"));
        }
        Ok(Self {
            issuer,
            number,
            name,
            country,
            keys,
            post_quantum: None,
        })
    }

    /// The same with the ML-DSA-44 key by which the issuer signs the heads of its chains (`schemas/spec/head.md`). There is one,
    /// and a new one takes its place: what the old one signed no longer counts, and the new one signs all that came before.
    #[must_use]
    pub fn with_post_quantum(self, key: Option<ml_dsa::PublicKey>) -> Self {
        Self {
            post_quantum: key,
            ..self
        }
    }

    /// The bytes whose hash is the entry's root: deterministic CBOR (RFC 8949 section 4.2.1).
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut entries = vec![
            (Item::Int(1), Item::Int(self.issuer.0.into())),
            (Item::Int(2), Item::Int(self.number.0.into())),
            (Item::Int(3), Item::text(&self.name)),
            (Item::Int(4), Item::text(self.country.as_str())),
            (
                Item::Int(5),
                Item::Array(self.keys.iter().map(key_to_item).collect()),
            ),
        ];
        if let Some(key) = &self.post_quantum {
            entries.push((Item::Int(6), Item::bytes(key.as_bytes())));
        }
        Item::Map(entries).encode()
    }

    /// Reads what [`encode`](Self::encode) wrote, and nothing else: an event has one encoding.
    ///
    /// # Errors
    /// The `Cbor…` variants, [`Error::TooLong`], [`Error::KeyEventMalformed`], [`Error::KeyMalformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let item = cbor::read(bytes, Lengths::DefiniteOnly)?;
        let field = |key, what| item.get(key).ok_or(Error::KeyEventMalformed(what));
        let name = field(3, NAME)?.as_text().ok_or(Error::KeyEventMalformed(NAME))?;
        let country = field(4, COUNTRY)?.as_text();
        let keys = field(5, KEYS)?.as_array().ok_or(Error::KeyEventMalformed(KEYS))?;
        let post_quantum = item.get(6).map(|key| key.as_bytes().ok_or(Error::KeyMalformed));
        let post_quantum = post_quantum
            .map(|key| ml_dsa::PublicKey::from_bytes(key?))
            .transpose()?;
        let event = Self::new(
            IssuerNumber(unsigned(field(1, NUMBER)?)?),
            EventNumber(unsigned(field(2, NUMBER)?)?),
            name.to_owned(),
            Country::new(country.ok_or(Error::KeyEventMalformed(COUNTRY))?)?,
            keys.iter().map(key_from_item).collect::<Result<_, _>>()?,
        )?
        .with_post_quantum(post_quantum);
        // Refuses unknown keys, another order and longer heads in one stroke.
        if event.encode() != bytes {
            return Err(Error::KeyEventMalformed("not the deterministic encoding"));
        }
        Ok(event)
    }

    /// The root of the event's ledger entry.
    #[must_use]
    pub fn root(&self) -> Hash {
        Hash::of(&[&self.encode()])
    }

    /// Who.
    #[must_use]
    pub fn issuer(&self) -> IssuerNumber {
        self.issuer
    }

    /// The event's number.
    #[must_use]
    pub fn number(&self) -> EventNumber {
        self.number
    }

    /// The name to show to people. Any text: escape it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the issuer is accredited.
    #[must_use]
    pub fn country(&self) -> Country {
        self.country
    }

    /// The keys, ascending by identifier; at least one.
    #[must_use]
    pub fn keys(&self) -> &[IssuerKey] {
        &self.keys
    }

    /// The key by which the issuer signs heads, if it has one.
    #[must_use]
    pub fn post_quantum(&self) -> Option<&ml_dsa::PublicKey> {
        self.post_quantum.as_ref()
    }
}

impl fmt::Debug for KeyEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyEvent")
            .field("issuer", &self.issuer)
            .field("number", &self.number)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

const NAME: &str = "no name";
const COUNTRY: &str = "no country";
const KEYS: &str = "no keys";
const NUMBER: &str = "not a number of 32 bits";

fn key_to_item(key: &IssuerKey) -> Item<'_> {
    let mut entries = vec![
        (Item::Int(1), Item::bytes(key.point.as_bytes())),
        (Item::Int(2), Item::Int(key.not_before.0.into())),
        (Item::Int(3), Item::Int(key.not_after.0.into())),
    ];
    if let Some(der) = &key.certificate {
        entries.push((Item::Int(4), Item::bytes(der)));
    }
    if let Some(cut_off) = &key.cut_off {
        let last = |number: u32, root: &Hash| {
            Item::Array(vec![
                Item::Int(number.into()),
                Item::Bytes(root.0.to_vec().into()),
            ])
        };
        let batch = cut_off.batch.as_ref().map(|(number, root)| last(number.0, root));
        let snapshot = cut_off
            .snapshot
            .as_ref()
            .map(|(number, root)| last(number.0, root));
        let parts = [(1, batch), (2, snapshot)];
        let parts = parts
            .into_iter()
            .filter_map(|(key, item)| Some((Item::Int(key), item?)));
        entries.push((Item::Int(5), Item::Map(parts.collect())));
    }
    Item::Map(entries)
}

fn key_from_item(item: &Item<'_>) -> Result<IssuerKey, Error> {
    let bytes = |key| item.get(key).and_then(Item::as_bytes);
    let time = |key| item.get(key).and_then(Item::as_int).map(UnixTime);
    let (Some(point), Some(not_before), Some(not_after)) = (bytes(1), time(2), time(3)) else {
        return Err(Error::KeyEventMalformed("a key without point or times"));
    };
    let point = P256Point::from_sec1(point)?;
    let key = IssuerKey::new(point, not_before, not_after, bytes(4).map(<[u8]>::to_vec))?;
    let Some(cut_off) = item.get(5) else {
        return Ok(key);
    };
    let batch = cut_off.get(1).map(last_from_item).transpose()?;
    let snapshot = cut_off.get(2).map(last_from_item).transpose()?;
    Ok(key.cut_off_at(CutOff {
        batch: batch.map(|(number, root)| (BatchNumber(number), root)),
        snapshot: snapshot.map(|(number, root)| (SnapshotNumber(number), root)),
    }))
}

fn last_from_item(item: &Item<'_>) -> Result<(u32, Hash), Error> {
    let malformed = Error::KeyEventMalformed("a cut-off that is not [number, root]");
    let Some([number, root]) = item.as_array() else {
        return Err(malformed);
    };
    let root = root.as_bytes().and_then(|bytes| bytes.try_into().ok());
    Ok((unsigned(number)?, Hash(root.ok_or(malformed)?)))
}

fn unsigned(item: &Item<'_>) -> Result<u32, Error> {
    let number = item.as_int().and_then(|number| u32::try_from(number).ok());
    number.ok_or(Error::KeyEventMalformed(NUMBER))
}

#[cfg(test)]
mod tests;
