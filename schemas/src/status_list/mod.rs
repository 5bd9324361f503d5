//! Token Status List (draft-ietf-oauth-status-list, revision 20; `schemas/spec/token-status-list.md`): the same
//! revocations for verifiers that do not know this system.
//!
//! * An issuer fills a [`StatusList`] and signs its [`Claims`] as a JWT or a CWT.
//! * A token that refers to the list does so by a [`StatusReference`].
//! * A verifier gets a [`StatusListToken`] only from a signature that holds, and asks it for a reference's status.
//!
//! The draft's media types are the ones accepted; tokens that are secured by a MAC are not.

mod list;
mod places;
mod reference;
mod token;

#[cfg(test)]
mod tests;

pub use list::{Bits, MAX_LIST_BYTES, StatusList, StatusType};
pub use places::{BATCHES_PER_LIST, ListNumber};
pub use reference::{MAX_URI_BYTES, STATUS_CLAIM, StatusReference};
pub use token::{Claims, MAX_TOKEN_BYTES, StatusListToken};
