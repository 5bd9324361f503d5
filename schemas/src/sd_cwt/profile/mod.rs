//! The compact profile of SD-CWT that fits a QR code with its proof (`schemas/spec/presentation.md`).
//!
//! * The issuer makes a [`Draft`] of a result and signs it: a [`HeldCopy`].
//! * The holder keeps copies, each under a key of its own, and shows [`Group`]s of one with [`HeldCopy::choose`].
//! * The door reads a [`Presentation`] and goes on to [`Claims`].
//!
//! ```
//! # use schemas::{Error, UnixTime, crypto::{Crypto, VerifyingKey}, sd_cwt::profile::{Audience, Contents, FRESHNESS, Presentation}};
//! # fn door(text: &str, issuer: &dyn VerifyingKey, crypto: &dyn Crypto, now: UnixTime) -> Result<Contents, Error> {
//! let presentation = Presentation::decode_text(text)?;
//! let holder_verified = presentation.verify_issuer(issuer)?.verify_binding(crypto)?;
//! let claims = holder_verified.validate(now, &Audience::AnyDoor, FRESHNESS)?;
//! # Ok(
//! claims.contents().clone()
//! # )}
//! ```
//!
//! Nobody sees contents before the last step:
//!
//! ```compile_fail,E0599
//! # use schemas::{Error, crypto::VerifyingKey, sd_cwt::profile::{Contents, Presentation}};
//! # fn door(text: &str, issuer: &dyn VerifyingKey) -> Result<Contents, Error> {
//! let issuer_verified = Presentation::decode_text(text)?.verify_issuer(issuer)?;
//! # Ok(
//! issuer_verified.contents().clone()
//! # )}
//! ```
//!
//! Nothing in it singles out a person who was not disclosed, except to the issuer: the times are rounded, and the place
//! and the keys differ from copy to copy.

mod audience;
mod challenge;
mod draft;
mod group;
mod held;
mod presentation;
mod signed;

pub use audience::{Audience, Challenge};
pub use challenge::{Asked, AskedGroups, CHALLENGE_PREFIX};
pub use draft::{Draft, Unsigned};
pub use group::{Contents, Group};
pub use held::{HeldCopy, Request};
pub use presentation::{Claims, HolderVerified, IssuerVerified, Presentation};

use super::Freshness;
use crate::{Error, base45};

/// What the text of a presentation starts with.
pub const PREFIX: &str = "AT1:";

/// The claim key of the result; private use (RFC 8392 section 9.1).
pub const RESULT_CLAIM: i64 = -65_538;
/// The claim key of the initials; private use.
pub const INITIALS_CLAIM: i64 = -65_539;

/// The sample time is rounded down to the hour: then the people of an issuer who were tested within the hour look alike,
/// and an age that is computed from it is never too young.
pub const SAMPLED_STEP: i64 = 3_600;
/// `iat` is rounded down to ten minutes: later than a credential's own it would make it unusable at first, and a coarser
/// one would leave nothing of the ten minutes for which a policy may accept what is not anchored yet.
pub const ISSUED_STEP: i64 = 600;

/// How fresh a door should demand a presentation to be: two renewals missed, and clocks half a minute apart.
pub const FRESHNESS: Freshness = Freshness {
    max_age: 90,
    max_ahead: 30,
};

/// Longest text of a presentation: what a QR code holds in alphanumeric mode (ISO/IEC 18004, version 40-L).
const MAX_TEXT: usize = 4_296;

/// The text of encoded bytes, for a QR code.
fn to_text(bytes: &[u8]) -> String {
    PREFIX.to_owned() + &base45::encode(bytes)
}

fn from_text(text: &str) -> Result<Vec<u8>, Error> {
    Error::at_most("text of a presentation in characters", text.len(), MAX_TEXT)?;
    base45::decode(text.strip_prefix(PREFIX).ok_or(REFUSE("no AT1: before it"))?)
}

const REFUSE: fn(&'static str) -> Error = Error::PresentationMalformed;

#[cfg(test)]
mod tests;
