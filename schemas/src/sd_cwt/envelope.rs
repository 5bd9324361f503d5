//! A COSE_Sign1 as SD-CWT needs it: tag 18, definite lengths, bytes as received.

use super::{header, safe};
use crate::{
    Error,
    cbor::{self, Item, Lengths},
    cose,
};
use coset::{
    CoseSign1, TaggedCborSerializable,
    iana::{Algorithm, EnumI64},
};
use std::borrow::Cow;

/// One COSE_Sign1, borrowed from what was received.
pub struct Envelope<'a> {
    pub protected_bytes: &'a [u8],
    pub protected: Item<'a>,
    pub unprotected: Vec<(Item<'a>, Item<'a>)>,
    pub payload: &'a [u8],
    pub signature: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Takes a COSE_Sign1 apart. `embedding` is the one protected header parameter whose value is looked at elsewhere.
    /// `refuse` makes the caller's own error.
    pub fn open(
        item: Item<'a>,
        embedding: Option<i64>,
        refuse: fn(&'static str) -> Error,
    ) -> Result<Self, Error> {
        let Item::Tag(CoseSign1::TAG, inner) = item else {
            return Err(refuse("not a COSE_Sign1 with tag 18"));
        };
        let parts: [Item<'a>; 4] = match *inner {
            Item::Array(parts) => parts.try_into().map_err(|_| refuse("not an array of four"))?,
            _ => return Err(refuse("not an array of four")),
        };
        let [
            Item::Bytes(Cow::Borrowed(protected_bytes)),
            Item::Map(unprotected),
            Item::Bytes(Cow::Borrowed(payload)),
            Item::Bytes(Cow::Borrowed(signature)),
        ] = parts
        else {
            return Err(refuse("an element of the COSE_Sign1 has the wrong type"));
        };
        let protected = cbor::read(protected_bytes, Lengths::DefiniteOnly)?;
        let Some(entries) = protected.as_map() else {
            return Err(refuse("the protected header is not a map"));
        };
        for (label, value) in entries.iter().chain(&unprotected) {
            let embedded = embedding.is_some() && label.as_int() == embedding;
            if !safe::is_label(label) || !(embedded || safe::is_safe(value)) {
                return Err(refuse("a header has a key or a value that is not allowed"));
            }
        }
        // RFC 9052 section 3: a label stands in one of the two headers only; section 3.1: critical headers must be
        // understood, and none is.
        if entries
            .iter()
            .any(|(label, _)| unprotected.iter().any(|(other, _)| other == label))
        {
            return Err(refuse("a header is protected and unprotected"));
        }
        if entries
            .iter()
            .any(|(label, _)| label.as_int() == Some(header::CRITICAL))
        {
            return Err(refuse("critical headers"));
        }
        Ok(Self {
            protected_bytes,
            protected,
            unprotected,
            payload,
            signature,
        })
    }

    /// The algorithm that the protected header names, if it is registered.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.protected
            .get(header::ALGORITHM)?
            .as_int()
            .and_then(Algorithm::from_i64)
    }
}

/// A COSE_Sign1 with tag 18 from its four parts.
pub fn seal<'a>(
    protected_bytes: &'a [u8],
    unprotected: Item<'a>,
    payload: &'a [u8],
    signature: &'a [u8],
) -> Item<'a> {
    let parts = vec![
        Item::bytes(protected_bytes),
        unprotected,
        Item::bytes(payload),
        Item::bytes(signature),
    ];
    Item::Tag(CoseSign1::TAG, Box::new(Item::Array(parts)))
}

/// The bytes that are signed (RFC 9052 section 4.4).
pub fn signed_bytes(protected_bytes: &[u8], payload: &[u8]) -> Vec<u8> {
    cose::sig_structure(protected_bytes, payload)
}

/// A claims map whose keys are looked at elsewhere.
pub fn payload_map<'a>(bytes: &'a [u8], refuse: fn(&'static str) -> Error) -> Result<Item<'a>, Error> {
    match cbor::read(bytes, Lengths::DefiniteOnly)? {
        map @ Item::Map(_) => Ok(map),
        _ => Err(refuse("the payload is not a map")),
    }
}
