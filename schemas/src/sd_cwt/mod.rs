//! SD-CWT with key binding (draft-ietf-spice-sd-cwt at commit 10965be; `schemas/spec/sd-cwt.md`): claims that an issuer
//! signs as digests, that the holder discloses one by one, and that a verifier reads only under the holder's signature.
//!
//! * An issuer marks what to redact, [`redact`]s it and signs: [`ToBeIssued`].
//! * A holder keeps the [`SdCwt`], chooses with [`SdCwt::disclosing`] and binds with [`SdCwt::bind`].
//! * A verifier reads a [`KeyBound`] token and goes from evidence to evidence; before the last, no claim can be read:
//!
//! ```
//! # use schemas::{Error, UnixTime, cbor::Item, crypto::{Crypto, VerifyingKey}, sd_cwt::{Expected, KeyBound}};
//! # fn door(bytes: &[u8], issuer: &dyn VerifyingKey, crypto: &dyn Crypto, now: UnixTime, expected: &Expected<'_>)
//! # -> Result<Item<'static>, Error> {
//! let issuer_verified = KeyBound::decode(bytes)?.verify_issuer(issuer)?;
//! let holder_verified = issuer_verified.verify_binding(crypto)?;
//! let validated = holder_verified.validate(now, expected)?;
//! # Ok(
//! validated.claims().clone()
//! # )}
//! ```
//!
//! A step left out does not compile:
//!
//! ```compile_fail,E0599
//! # use schemas::{Error, cbor::Item, crypto::VerifyingKey, sd_cwt::KeyBound};
//! # fn door(bytes: &[u8], issuer: &dyn VerifyingKey) -> Result<Item<'static>, Error> {
//! let issuer_verified = KeyBound::decode(bytes)?.verify_issuer(issuer)?;
//! # Ok(
//! issuer_verified.claims().clone()
//! # )}
//! ```
//!
//! It accepts one hash algorithm, SHA-256, and holder keys on P-256. It refuses what it cannot check: encrypted
//! disclosures, claims in header parameter 15 and critical headers.

mod binding;
mod disclosed;
mod disclosure;
mod envelope;
mod holder_key;
mod issue;
mod key_bound;
pub mod profile;
mod redact;
mod safe;
mod times;
mod token;

pub use binding::{BindingClaims, BindingRequest};
pub use disclosed::Disclosed;
pub use disclosure::{Disclosure, SALT_BYTES, Salt};
pub use holder_key::confirmation;
pub use issue::ToBeIssued;
pub use key_bound::{
    Expected, ExpectedNonce, Freshness, HolderVerified, IssuerVerified, KeyBound, Validated,
};
pub use redact::{REDACT, REDACT_DECOY, Redacted, redact};
pub use token::{IssuerSigned, SdCwt};

use crate::cbor::Item;

/// COSE header parameters (RFC 9052 section 3.1, RFC 9528, RFC 9596, RFC 9597 and the draft's section "COSE Header
/// Parameters").
mod header {
    pub const ALGORITHM: i64 = 1;
    pub const CRITICAL: i64 = 2;
    pub const KEY_ID: i64 = 4;
    pub const KCWT: i64 = 13;
    pub const CWT_CLAIMS: i64 = 15;
    pub const TYPE: i64 = 16;
    pub const SD_CLAIMS: i64 = 17;
    pub const SD_ALGORITHM: i64 = 170;
    pub const SD_ENCRYPTED_CLAIMS: i64 = 171;
}

/// Claim keys (RFC 8392 section 4, RFC 8747 section 7.1, RFC 9200 for the nonce).
pub mod claim {
    /// Issuer, text.
    pub const ISSUER: i64 = 1;
    /// Subject, text.
    pub const SUBJECT: i64 = 2;
    /// Audience, text.
    pub const AUDIENCE: i64 = 3;
    /// Expiry, NumericDate.
    pub const EXPIRY: i64 = 4;
    /// Not before, NumericDate.
    pub const NOT_BEFORE: i64 = 5;
    /// Issued at, NumericDate.
    pub const ISSUED_AT: i64 = 6;
    /// Token identifier, bytes.
    pub const TOKEN_ID: i64 = 7;
    /// Confirmation: the holder's key.
    pub const CONFIRMATION: i64 = 8;
    /// Nonce of the one who asked for the token, bytes.
    pub const NONCE: i64 = 39;
}

/// Claims of an SD-CWT that are never redacted (section "SD-CWT Issuance", table of claim requirements).
const NEVER_REDACTED: [i64; 8] = [
    claim::ISSUER,
    claim::AUDIENCE,
    claim::EXPIRY,
    claim::NOT_BEFORE,
    claim::ISSUED_AT,
    claim::TOKEN_ID,
    claim::CONFIRMATION,
    claim::NONCE,
];

/// The `typ` of an SD-CWT: content format, media type and its short form (section "SD-CWT Definition").
const SD_CWT_TYPES: (i64, [&str; 2]) = (293, ["application/sd-cwt", "sd-cwt"]);
/// The `typ` of a key binding token (section "Creating a Key Binding Token").
const KBT_TYPES: (i64, [&str; 2]) = (294, ["application/kb+cwt", "kb+cwt"]);

/// SHA-256 in the COSE Algorithms registry.
const SHA_256: i64 = -16;

/// The map key under which the digests of redacted claims stand (section "CBOR Simple Values").
const REDACTED_KEYS: Item<'static> = Item::Simple(59);
/// The tag around the digest of a redacted array element (section "Redacted Claim Element Tag").
const REDACTED_ELEMENT: u64 = 60;

/// Most disclosures of one token; the draft's examples have 15. Bounds the search for repeated keys and digests.
pub const MAX_DISCLOSURES: usize = 256;

fn has_type(header: &Item<'_>, (number, names): (i64, [&str; 2])) -> bool {
    match header.get(header::TYPE) {
        Some(Item::Text(name)) => names.contains(&name.as_ref()),
        Some(other) => other.as_int() == Some(number),
        None => false,
    }
}

#[cfg(test)]
mod tests;
