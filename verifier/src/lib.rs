//! Decides what a scanned credential is worth, offline.
//!
//! It trusts, checks and judges, and it is the only crate that does. It answers with a verdict that lists every check,
//! never with a bare boolean. It does no I/O, reads no clock and draws no randomness, so that it compiles for the
//! browser and a test can be any day.

pub mod clock;
mod country_code;
mod error;
pub mod policy;
pub mod replay;
pub mod rules;
mod table;
pub mod trust;
pub mod verdict;

pub use country_code::CountryCode;
pub use error::Error;
pub use policy::Policy;
pub use verdict::{Report, Verdict};
