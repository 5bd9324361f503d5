//! Which key signs now: the newest of the key store that the registrar accredited.

use crate::{
    Error,
    key_store::{KeyNumber, KeyStore},
};
use issuer::{IssuerKey, expiry};
use schemas::{
    UnixTime,
    crypto::{P256Point, SigningKey as _, ml_dsa},
    key_event::{IssuerKey as Accredited, KeyEvent},
};
use std::sync::{Arc, PoisonError, RwLock};

/// The signing keys that are accredited. Replaced by the writer alone, once a registrar's event is durable.
#[derive(Default)]
pub(crate) struct Keys {
    accredited: RwLock<Vec<Key>>,
    post_quantum: RwLock<Option<ml_dsa::PublicKey>>,
}

#[derive(Clone)]
struct Key {
    number: KeyNumber,
    not_before: UnixTime,
    not_after: UnixTime,
    key: Arc<IssuerKey>,
}

impl Keys {
    /// Takes up the keys of an event that are in the store and not cut off.
    ///
    /// # Errors
    /// [`Error::KeyStore`].
    pub(crate) fn replace(&self, event: &KeyEvent, store: &KeyStore) -> Result<(), Error> {
        let mut keys = Vec::new();
        for number in store.signing_keys()? {
            let key = store.signing_key(number)?;
            let Some(accredited) = find(event, &key.public()) else {
                continue;
            };
            keys.push(Key {
                number,
                not_before: accredited.not_before(),
                not_after: accredited.not_after(),
                key: Arc::new(IssuerKey {
                    id: accredited.id(),
                    key: Box::new(key),
                }),
            });
        }
        let post_quantum = event.post_quantum().cloned();
        *self.post_quantum.write().unwrap_or_else(PoisonError::into_inner) = post_quantum;
        *self.accredited.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// The key that signs at `now`: what it signs expires while it is accredited.
    ///
    /// # Errors
    /// [`Error::NotAccredited`].
    pub(crate) fn current(&self, now: UnixTime) -> Result<Arc<IssuerKey>, Error> {
        let keys = self.accredited.read().unwrap_or_else(PoisonError::into_inner);
        let good = |key: &&Key| key.not_before <= now && expiry(now).start() <= key.not_after;
        let newest = keys.iter().filter(good).max_by_key(|key| key.number);
        newest.map(|key| key.key.clone()).ok_or(Error::NotAccredited)
    }

    /// The ML-DSA-44 key that the event names.
    pub(crate) fn post_quantum(&self) -> Option<ml_dsa::PublicKey> {
        self.post_quantum
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The public keys of everything that is valid at `now`, oldest first.
    pub(crate) fn public(&self, now: UnixTime) -> Vec<P256Point> {
        let keys = self.accredited.read().unwrap_or_else(PoisonError::into_inner);
        let lasting = keys.iter().filter(|key| now <= key.not_after);
        lasting.map(|key| key.key.key.public()).collect()
    }
}

/// The event's key with this point, unless it is cut off.
pub(crate) fn find<'a>(event: &'a KeyEvent, point: &P256Point) -> Option<&'a Accredited> {
    event
        .keys()
        .iter()
        .find(|key| key.point() == point && key.cut_off().is_none())
}
