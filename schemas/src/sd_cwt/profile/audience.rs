//! For whom a presentation is made.

use crate::{Hash, sd_cwt::ExpectedNonce};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::borrow::Cow;

/// The `aud` of a presentation that no door asked for by name. A constant, so that it tells nothing of the wallet.
const ANY_DOOR: &str = "attest/1";

/// For whom a presentation is made, or whom a door expects it to be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Whoever stands at the door. There is no nonce: one of the wallet's own choosing would be a fingerprint.
    AnyDoor,
    /// The door that showed this challenge.
    Door(Challenge),
}

/// What a door shows in its own QR code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// SHA-256 of the door's key.
    pub door: Hash,
    /// Random bytes that the door chose.
    pub nonce: [u8; 16],
}

impl Audience {
    /// The claim `aud`.
    pub(super) fn name(&self) -> Cow<'static, str> {
        match self {
            Self::AnyDoor => ANY_DOOR.into(),
            Self::Door(challenge) => URL_SAFE_NO_PAD.encode(challenge.door.as_bytes()).into(),
        }
    }

    /// The claim `cnonce`.
    pub(super) fn nonce(&self) -> Option<&[u8]> {
        match self {
            Self::AnyDoor => None,
            Self::Door(challenge) => Some(&challenge.nonce),
        }
    }

    pub(super) fn expected_nonce(&self) -> ExpectedNonce<'_> {
        self.nonce().map_or(ExpectedNonce::None, ExpectedNonce::Exactly)
    }
}
