//! The issuer as a service: HTTP, database, key store.

pub mod account;
mod anchor;
pub mod clock;
mod config;
mod database_url;
mod derive;
mod desk;
mod edge;
mod error;
mod heads;
pub mod key_store;
mod keys;
mod metrics;
mod random;
mod receipt;
pub mod result;
mod service;
mod store;
mod writer;

pub use anchor::{Answer, Appending, Asking, HttpLedger, Last, Ledger, NotTaken, Sending, Submission};
pub use config::Config;
pub use database_url::DatabaseUrl;
pub use desk::files as desk_files;
pub use error::Error;
pub use service::{Accreditation, IssuerService, LastEntry, LastGood};
pub use store::{Anchored, EntryKind, PendingEntry, Purged};
