//! Where all that looks random comes from.
//!
//! A generator that is drawn from in turn would change every vector after the one that is added. Each value here has a
//! label of its own in place of a turn.

use schemas::{Hash, crypto::p256::SigningKey};

/// 32 bytes that follow from a label.
#[must_use]
pub fn seed(label: &str) -> [u8; 32] {
    Hash::of(&[b"attest/test-vectors/v1\n", label.as_bytes()]).0
}

/// The first `N` of those, at most 32.
#[must_use]
pub fn bytes<const N: usize>(label: &str) -> [u8; N] {
    let seed = seed(label);
    core::array::from_fn(|index| seed[index])
}

/// An ES256 key, which signs deterministically (RFC 6979).
#[must_use]
pub fn key(label: &str) -> SigningKey {
    SigningKey::from_scalar(&seed(label))
        .expect("one in 2^32 hashes is no scalar of P-256, and no label has one")
}
