//! What a door is shown, and what raw verifications of its signatures would take.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use schemas::{
    cose::Sign1,
    crypto::{Es256Signature, P256Point},
};
use std::sync::Arc;

/// A text with its signatures.
pub struct Input {
    /// What the QR code holds.
    pub text: String,
    /// The issuer's signature, and the holder's if there is one.
    pub signatures: Vec<Raw>,
}

/// A message with its signature and the key.
pub struct Raw {
    key: Key,
    message: Vec<u8>,
    signature: Vec<u8>,
}

/// A key, parsed when a door parses it.
enum Key {
    /// Long before: an issuer's.
    Parsed(Arc<ParsedPublicKey>),
    /// Each time, since it comes with the presentation: a holder's.
    Received(P256Point),
}

impl Raw {
    /// The issuer's signature on a structure.
    pub fn of_issuer(sign1: &Sign1, key: &Arc<ParsedPublicKey>) -> Self {
        let message = sign1.signed_bytes().expect("the payload is attached");
        Self {
            key: Key::Parsed(key.clone()),
            message,
            signature: sign1.signature().to_vec(),
        }
    }

    /// The holder's.
    pub fn of_holder(message: Vec<u8>, signature: &Es256Signature, key: P256Point) -> Self {
        Self {
            key: Key::Received(key),
            message,
            signature: signature.0.to_vec(),
        }
    }

    /// Verifies, and does nothing else.
    pub fn verify(&self) {
        let verified = match &self.key {
            Key::Parsed(key) => key.verify_sig(&self.message, &self.signature),
            Key::Received(point) => parsed(point).verify_sig(&self.message, &self.signature),
        };
        verified.expect("the signature holds");
    }
}

/// A key as `aws-lc-rs` wants it.
pub fn parsed(point: &P256Point) -> ParsedPublicKey {
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.as_bytes());
    key.expect("a point of the curve")
}
