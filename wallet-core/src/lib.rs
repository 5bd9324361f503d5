//! The holder's wallet: what was issued to a person, kept, disclosed and presented.
//!
//! * A [`Vault`] holds certificates (EU Digital COVID Certificates, as imported) and [`Pass`]es: results as single-use
//!   copies, with the receipt that gets more of them.
//! * [`pick_up::PickUp`] is the way to an issuer's service and back. [`Vault::order`] and [`Vault::accept`] take copies in,
//!   after checking that they are what was asked for.
//! * [`Vault::export`] and [`Vault::restore`] bring a result to another device, where it moves with the first order ([`Home`]).
//! * [`Vault::show`] begins a showing: it spends one copy and gives a [`Presenter`], which renews the presentation.
//! * [`Facts`] is what a person sees of a holding.
//! * [`seal`] encrypts a vault or an export under a passphrase, for a file.
//!
//! It does no I/O, reads no clock, draws no randomness and signs nothing: a key is named by its [`KeyHandle`], and
//! signing is a request and an answer, so that keys may live in WebCrypto or a secure element. It trusts nobody: whether
//! a credential is any good is for the door to say.

mod certificate;
mod error;
mod facts;
mod home;
mod import;
mod key;
mod pass;
pub mod pick_up;
mod presenter;
mod receipt;
mod record;
pub mod seal;
mod stock;
mod vault;

pub use certificate::StoredCertificate;
pub use error::Error;
pub use facts::{CertificateFacts, Facts, FactsOf, HolderName, PassFacts};
pub use home::Home;
pub use key::{KeyHandle, MAX_HANDLE_BYTES, OrderedKey};
pub use pass::{CopyState, MAX_COPIES, Pass, StoredCopy};
pub use presenter::{Presenter, RENEW_EVERY, Renewal, Shown, VALID_FOR};
pub use receipt::Receipt;
pub use stock::{LOW_STOCK, Stock};
pub use vault::{
    Accepted, Anchoring, Consent, Holding, HoldingNumber, Issuance, MAX_HOLDINGS, MAX_VAULT_BYTES, Restored,
    Vault,
};
