//! Credentials of the issuers that the ledger registered, from signature to status.
//!
//! ```text
//! Decoded ─▶ Signed ─▶ Anchored ─▶ Checked ─▶ Policy::decide
//! ```
//!
//! Each stage is evidence that only the step before it can make:
//!
//! ```compile_fail
//! fn skip(signed: verifier::registered::Signed, state: &ledger::state::State) {
//!     signed.check_status(state); // only what was looked up on the ledger has a status
//! }
//! ```

mod anchored;
mod certificate;
mod checked;
mod post_quantum;
mod presentation;
mod signed;

pub use anchored::Anchored;
pub use checked::Checked;
pub use post_quantum::PostQuantum;
pub use signed::Signed;

pub(crate) use certificate::{shown, verify_certificate};
pub(crate) use presentation::verify_presentation;
