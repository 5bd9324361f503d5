//! Decides what a scanned credential is worth, offline.
//!
//! It trusts, checks and judges, and it is the only crate that does. It answers with a verdict that lists every check,
//! never with a bare boolean. It does no I/O, reads no clock and draws no randomness, so that it compiles for the
//! browser and a test can be any day.

pub mod clock;
mod country_code;
pub mod door;
mod error;
pub mod foreign;
pub mod network;
pub mod policy;
pub mod registered;
pub mod replay;
pub mod rules;
pub mod scanned;
pub mod shown;
pub mod sync;
mod table;
pub mod trust;
pub mod verdict;
pub mod view;

pub use country_code::CountryCode;
pub use door::{Door, Examination};
pub use error::Error;
pub use policy::Policy;
pub use table::reason as toml_reason;
pub use verdict::{Report, Verdict};
