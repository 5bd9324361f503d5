//! The view as bytes, for a verifier's own disk: what it took minutes to fetch need not be fetched again.
//!
//! The bytes are CBOR and a SHA-256 over them, which finds damage. They are not signed, and are believed: keep them where
//! nobody else writes.

use super::{
    State,
    evidence::Contradiction,
    issuer::Issuer,
    recent::{KEPT, Recent},
};
use crate::{
    Error,
    entry::{CheckedEntry, Leaf, Signer},
};
use schemas::{
    Hash, KeyId,
    cbor::{self, Item, Lengths, NULL},
    crypto::{Crypto, P256Point, ml_dsa},
};
use std::collections::BTreeMap;

/// Largest cache that is read: 3.5 million batch roots.
pub const MAX_CACHE_BYTES: usize = 128 * 1024 * 1024;
/// The first element.
const VERSION: u32 = 2;

impl State {
    /// The whole view.
    #[must_use]
    pub fn to_cache(&self) -> Vec<u8> {
        let issuers = self.issuers.values().map(Issuer::to_item).collect();
        let mut bytes = Item::Array(vec![
            number_item(VERSION),
            Item::bytes(self.registrar_point.as_bytes()),
            option_item(
                self.registrar_post_quantum
                    .as_ref()
                    .map(|key| Item::bytes(key.as_bytes())),
            ),
            Item::Array(issuers),
            self.policies.to_item(),
            self.releases.to_item(),
            Item::Array(self.evidence.iter().map(Contradiction::to_item).collect()),
        ])
        .encode();
        let checksum = Hash::of(&[&bytes]);
        bytes.extend(checksum.0);
        bytes
    }

    /// Reads what [`to_cache`](Self::to_cache) wrote.
    ///
    /// # Errors
    /// [`Error::CacheUnusable`] for damaged bytes, those of another version, and those of another registrar.
    pub fn from_cache(
        bytes: &[u8],
        registrar: &P256Point,
        crypto: &'static dyn Crypto,
    ) -> Result<Self, Error> {
        let Some((content, checksum)) = bytes.split_last_chunk::<32>() else {
            return Err(UNUSABLE);
        };
        if bytes.len() > MAX_CACHE_BYTES || Hash::of(&[content]).0 != *checksum {
            return Err(UNUSABLE);
        }
        Self::from_content(content, registrar, crypto).map_err(|_| UNUSABLE)
    }

    fn from_content(
        content: &[u8],
        registrar: &P256Point,
        crypto: &'static dyn Crypto,
    ) -> Result<Self, Error> {
        let item = cbor::read_within(content, Lengths::DefiniteOnly, MAX_CACHE_BYTES)?;
        let mut fields = Fields::of(&item)?;
        if fields.number()? != VERSION || fields.bytes()? != registrar.as_bytes() {
            return Err(UNUSABLE);
        }
        let post_quantum = |item: &Item<'_>| {
            let key = item.as_bytes().ok_or(UNUSABLE)?;
            Ok(ml_dsa::PublicKey::from_bytes(key)?)
        };
        let post_quantum = fields.option(post_quantum)?;
        let mut state = Self::new(registrar, crypto)?.with_post_quantum(post_quantum);
        for item in fields.list()? {
            let issuer = Issuer::from_item(item, crypto)?;
            let number = issuer.event.issuer();
            state.key_ids.extend(issuer.keys.keys().map(|id| (*id, number)));
            state.issuers.insert(number, issuer);
        }
        state.policies = Recent::from_item(fields.next()?)?;
        state.releases = Recent::from_item(fields.next()?)?;
        for item in fields.list()? {
            state.evidence.push(Contradiction::from_item(item)?);
        }
        fields.end(state)
    }
}

pub(super) const UNUSABLE: Error = Error::CacheUnusable;

impl Recent {
    pub(super) fn to_item(&self) -> Item<'static> {
        entries_item(self.iter())
    }

    pub(super) fn from_item(item: &Item<'_>) -> Result<Self, Error> {
        let mut recent = Self::default();
        for entry in entries(item, KEPT as usize)? {
            recent.insert(entry);
        }
        Ok(recent)
    }
}

/// The elements of an array, one after the other.
pub(super) struct Fields<'i, 'a>(core::slice::Iter<'i, Item<'a>>);

impl<'i, 'a> Fields<'i, 'a> {
    pub(super) fn of(item: &'i Item<'a>) -> Result<Self, Error> {
        item.as_array().map(|items| Self(items.iter())).ok_or(UNUSABLE)
    }

    pub(super) fn next(&mut self) -> Result<&'i Item<'a>, Error> {
        self.0.next().ok_or(UNUSABLE)
    }

    pub(super) fn number(&mut self) -> Result<u32, Error> {
        number(self.next()?)
    }

    pub(super) fn bytes(&mut self) -> Result<&'i [u8], Error> {
        self.next()?.as_bytes().ok_or(UNUSABLE)
    }

    pub(super) fn fixed<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Error> {
        self.bytes()?.try_into().map_err(|_| UNUSABLE)
    }

    pub(super) fn hash(&mut self) -> Result<Hash, Error> {
        self.fixed().map(Hash)
    }

    pub(super) fn list(&mut self) -> Result<&'i [Item<'a>], Error> {
        self.next()?.as_array().ok_or(UNUSABLE)
    }

    /// What is left.
    pub(super) fn rest(self) -> &'i [Item<'a>] {
        self.0.as_slice()
    }

    /// A value that may be missing.
    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&'i Item<'a>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match self.next()? {
            item if *item == NULL => Ok(None),
            item => read(item).map(Some),
        }
    }

    /// `value`, once nothing is left.
    pub(super) fn end<T>(mut self, value: T) -> Result<T, Error> {
        match self.0.next() {
            None => Ok(value),
            Some(_) => Err(UNUSABLE),
        }
    }
}

pub(super) fn number(item: &Item<'_>) -> Result<u32, Error> {
    item.as_int()
        .and_then(|number| u32::try_from(number).ok())
        .ok_or(UNUSABLE)
}

pub(super) fn number_item(number: u32) -> Item<'static> {
    Item::Int(number.into())
}

pub(super) fn hash_item(hash: Hash) -> Item<'static> {
    Item::Bytes(hash.0.to_vec().into())
}

pub(super) fn option_item(item: Option<Item<'_>>) -> Item<'_> {
    item.unwrap_or(NULL)
}

pub(super) fn key_id(item: &Item<'_>) -> Result<KeyId, Error> {
    KeyId::try_from(item.as_bytes().ok_or(UNUSABLE)?).map_err(Error::from)
}

pub(super) fn key_id_item(id: KeyId) -> Item<'static> {
    Item::Bytes(id.0.to_vec().into())
}

/// `[the 144 bytes, who signed]`.
pub(super) fn entry_item(entry: &CheckedEntry) -> Item<'static> {
    let signer = match entry.signer() {
        Signer::Registrar => NULL,
        Signer::Issuer(id) => key_id_item(id),
    };
    Item::Array(vec![
        Item::Bytes(entry.unchecked().encode().to_vec().into()),
        signer,
    ])
}

pub(super) fn entry(item: &Item<'_>) -> Result<CheckedEntry, Error> {
    let mut fields = Fields::of(item)?;
    let Leaf::Entry(entry) = Leaf::decode(fields.bytes()?)? else {
        return Err(UNUSABLE);
    };
    let signer = fields.option(key_id)?.map_or(Signer::Registrar, Signer::Issuer);
    fields.end(entry.known(signer))
}

pub(super) fn entries_item<'e>(entries: impl Iterator<Item = &'e CheckedEntry>) -> Item<'static> {
    Item::Array(entries.map(entry_item).collect())
}

pub(super) fn entries(item: &Item<'_>, most: usize) -> Result<Vec<CheckedEntry>, Error> {
    let items = item.as_array().filter(|items| items.len() <= most);
    items.ok_or(UNUSABLE)?.iter().map(entry).collect()
}

/// A list of pairs with keys that ascend strictly.
pub(super) fn ascending<K: Ord, V>(
    items: &[Item<'_>],
    read: impl Fn(&Item<'_>) -> Result<(K, V), Error>,
) -> Result<BTreeMap<K, V>, Error> {
    let mut map = BTreeMap::new();
    for item in items {
        let (key, value) = read(item)?;
        if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
            return Err(UNUSABLE);
        }
        map.insert(key, value);
    }
    Ok(map)
}
