//! Asking the registrar to accredit keys, and reading its answer.

use super::Shared;
use crate::{
    Error,
    config::Settings,
    keys,
    store::{EntryKind, PendingEntry},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use issuer::key_request::KeyRequest;
use ledger::{
    entry::{Leaf, Signer, Subject},
    heads::{Chain, SignedHead},
};
use schemas::{
    Hash,
    crypto::{SigningKey as _, VerifyingKey},
    key_event::KeyEvent,
    value_sets::ValueSet,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The registrar's answer to a key request: the signed entry of its ledger and the event that it stands for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Accreditation {
    /// The 144 bytes, base64.
    pub entry: String,
    /// The event, base64.
    pub event: String,
    /// The head of the issuer's key events, signed with the registrar's ML-DSA-44 key, base64; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
}

/// The head that came with the answer, of the entry in it. Who signed it is for the log and for verifiers to see.
fn read_head(answer: &Accreditation, entry: &PendingEntry) -> Result<Option<SignedHead>, Error> {
    let mismatch = Error::KeyEventMismatch;
    let Some(text) = &answer.head else { return Ok(None) };
    let bytes = BASE64_STANDARD
        .decode(text)
        .map_err(|_| mismatch("its head is not base64"))?;
    let head = SignedHead::decode(&bytes).map_err(|_| mismatch("its head is none"))?;
    let said = *head.unverified();
    match Leaf::decode(&entry.entry) {
        Ok(Leaf::Entry(leaf))
            if said.chain == Chain::KeyEvents
                && said.issuer == leaf.unverified().subject().issuer()
                && said.entry == leaf.unverified().id() =>
        {
            Ok(Some(head))
        }
        _ => Err(mismatch("its head is of another entry")),
    }
}

impl Shared {
    pub(super) fn key_request(&self) -> Result<String, Error> {
        let store = &self.key_store;
        let newest = store.signing_keys()?.last().copied();
        let number = newest.map_or_else(|| store.make_signing_key(), Ok)?;
        let Settings {
            number: issuer,
            profile,
            ..
        } = &*self.settings;
        let key = store.signing_key(number)?;
        Ok(KeyRequest::sign(
            *issuer,
            &profile.name,
            profile.country.code(),
            &key,
            Some(&store.make_post_quantum_key()?.public()),
        )?)
    }

    pub(crate) fn rotate_key(&self) -> Result<String, Error> {
        self.key_store.make_signing_key()?;
        self.key_request()
    }

    pub(crate) async fn accredit(&self, answer: &Accreditation) -> Result<(), Error> {
        let (event, entry) = self.read_accreditation(answer)?;
        if let Some(head) = read_head(answer, &entry)? {
            // A crash after this: the log refuses the head until it has the event, which is taken up when it is given again.
            self.key_store.keep_event_head(&head)?;
        }
        self.writer.accredit(event, entry).await
    }

    fn read_accreditation(&self, answer: &Accreditation) -> Result<(KeyEvent, PendingEntry), Error> {
        let mismatch = Error::KeyEventMismatch;
        let bytes = |text: &str| {
            BASE64_STANDARD
                .decode(text)
                .map_err(|_| mismatch("it is not base64"))
        };
        let (entry, object) = (bytes(&answer.entry)?, bytes(&answer.event)?);
        let event = KeyEvent::decode(&object).map_err(|_| mismatch("it is not a key event"))?;
        // 1. The registrar signed it.
        let Ok(Leaf::Entry(leaf)) = Leaf::decode(&entry) else {
            return Err(mismatch("it has no entry"));
        };
        let registrar: &dyn VerifyingKey = &*self.settings.registrar;
        let checked = leaf.verify(Signer::Registrar, registrar);
        let checked = checked.map_err(|_| mismatch("the registrar did not sign it"))?;
        // 2. It is the entry of this event, and about this issuer.
        let issuer = self.settings.number;
        if checked.entry().root() != Hash::of(&[&object])
            || checked.entry().subject() != Subject::KeyEvent(issuer, event.number())
            || event.issuer() != issuer
        {
            return Err(mismatch("it is about another issuer or event"));
        }
        // 3. It names a key that is here.
        let store = &self.key_store;
        let mut known = false;
        for number in store.signing_keys()? {
            known |= keys::find(&event, &store.signing_key(number)?.public()).is_some();
        }
        if !known {
            return Err(mismatch("it accredits none of the keys here"));
        }
        let entry = PendingEntry {
            kind: EntryKind::KeyEvent,
            number: event.number().0,
            entry: leaf.encode(),
            object: Some(object),
            made_at: self.clock.since_1970(),
        };
        Ok((event, entry))
    }
}
