//! What the formats of the ledger share: limits, base64, decimals and lines.

use crate::{Error, merkle::MAX_PROOF_HASHES};
use base64::{Engine, engine::general_purpose::STANDARD};
use core::fmt;
use schemas::Hash;

/// Refuses more than `limit` of something, which is named with its unit.
pub(crate) fn within(what: &'static str, length: usize, limit: usize) -> Result<(), Error> {
    if length > limit {
        return Err(schemas::Error::TooLong { what, length, limit }.into());
    }
    Ok(())
}

/// Standard base64 with padding (RFC 4648 section 4).
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads standard base64 with padding; no other spelling of the same bytes.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A hash in base64.
pub(crate) fn hash_from_base64(text: &str) -> Option<Hash> {
    from_base64(text)?.try_into().ok().map(Hash)
}

/// Reads a decimal without sign and without leading zeros, save for `0` itself.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Reads the hashes of a proof, each a line in base64; no more than a proof can have.
pub(crate) fn hash_lines<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Vec<Hash>> {
    let hashes: Option<Vec<Hash>> = lines.take(MAX_PROOF_HASHES + 1).map(hash_from_base64).collect();
    hashes.filter(|hashes| hashes.len() <= MAX_PROOF_HASHES)
}

/// Writes the hashes of a proof as lines.
pub(crate) fn write_hash_lines(f: &mut fmt::Formatter<'_>, hashes: &[Hash]) -> fmt::Result {
    hashes
        .iter()
        .try_for_each(|hash| writeln!(f, "{}", base64(hash.as_bytes())))
}
