//! Drafts, signs, batches and revokes health-status credentials, as pure code.
//!
//! It signs only what it has read and understood: a [`Draft`]. It decides where a credential stands ([`batch`]), what it
//! says of its own revocations, and when. It stores nothing and sends nothing: `issuer-server` does.

pub mod batch;
pub mod draft;
mod error;
pub mod key_request;
mod sign;
pub mod status;

pub use draft::{Draft, Profile};
pub use error::Error;
pub use sign::{Issued, IssuerKey, copy_with_proof, expiry, hcert_text, sign_copy, sign_hcert};

/// How many days after its day of issue everything expires: laboratory tests are accepted for 72 hours at most (Council
/// Recommendation (EU) 2021/1475), and a day to spare.
pub const LIFETIME_DAYS: u32 = 4;
