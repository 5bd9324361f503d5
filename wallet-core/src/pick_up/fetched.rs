//! What the service sent for an order.

use super::http::text;
use crate::Error;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use schemas::{IssuerNumber, KeyId, sd_cwt::profile::HeldCopy};
use serde_json::Value;

/// Copies, not checked yet, and what they are to be checked with.
#[derive(Clone)]
pub(super) struct Fetched {
    pub(super) issuer: IssuerNumber,
    pub(super) key: KeyId,
    pub(super) copies: Vec<Vec<u8>>,
    pub(super) notification: String,
}

impl Fetched {
    pub(super) fn read(answer: &Value) -> Result<Self, Error> {
        let copy = |credential: &Value| {
            let text = credential["credential"].as_str()?;
            BASE64_URL_SAFE_NO_PAD.decode(text).ok()
        };
        let copies = answer["credentials"].as_array();
        let copies: Option<Vec<_>> = copies.and_then(|copies| copies.iter().map(copy).collect());
        let copies = copies.unwrap_or_default();
        let first = copies.first().ok_or(Error::IssuerAnswer("it has no copies"))?;
        let first = HeldCopy::decode(first)?;
        Ok(Self {
            issuer: first.place().issuer,
            key: first.key_id(),
            copies,
            notification: text(answer, "notification_id")?,
        })
    }
}
