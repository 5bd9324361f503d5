//! The verifier for phones: what an app in Kotlin or Swift calls (`docs/phones.md`).
//!
//! A [`Door`] is set up from the network's documents, follows the ledger by the files that the app fetches, and examines
//! texts; [`read_frame`] and [`read_picture`] find them in pictures. Like the verifier, it does no I/O and reads no clock:
//! `now` is an argument, in seconds since 1970. Nothing is kept but what the door needs for two minutes, and no text form
//! of anything here says what was disclosed.
//!
//! Signatures are checked with aws-lc-rs, which compiles for Android and iOS with the C compiler of their SDKs alone, and
//! knows the RSA signatures of EU certificates, which `p256` does not.
#![expect(
    clippy::needless_pass_by_value,
    reason = "what crosses the border is handed over"
)]
#![allow(
    unsafe_code,
    reason = "functions that a phone can call are exported by their names"
)]

mod door;
mod error;
mod picture;
mod shown;
mod verdict;

pub use door::{Disclosure, Door, DoorFiles, WantedFile};
pub use error::DoorError;
pub use picture::{read_frame, read_picture};
pub use shown::{Shown, ShownInitials, ShownPerson, TestKind};
pub use verdict::{CheckLine, Decision, Outcome, Said, Verdict};

uniffi::setup_scaffolding!();

/// Text forms without what is inside: a phone's log is read by many.
macro_rules! closed {
    ($($name:ident),+) => {$(
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Debug::fmt(self, f)
            }
        }
    )+};
}
pub(crate) use closed;
