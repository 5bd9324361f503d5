//! The wallet for phones: what an app in Kotlin or Swift calls (`docs/phones.md`).
//!
//! A [`Wallet`] is a vault that is open. A [`PickUp`] says what it wishes next: a request, new keys, signatures, the vault
//! saved; the app does it and answers. A [`Showing`] gives bytes to sign and takes the signature. Holders' keys live in the
//! phone's key store and are named here by handles: no private key crosses this border, in either direction. Like the
//! wallet's core, it does no I/O and reads no clock: `now` is an argument, in seconds since 1970. No text form of anything here
//! says what is in the wallet.
//!
//! Signatures of issuers are checked with aws-lc-rs, which compiles for Android and iOS with the C compiler of their SDKs alone.
#![expect(
    clippy::needless_pass_by_value,
    reason = "what crosses the border is handed over"
)]
#![allow(
    unsafe_code,
    reason = "functions that a phone can call are exported by their names"
)]

mod certificate;
mod code;
mod error;
mod holding;
mod key;
mod person;
mod pick_up;
mod recognise;
mod showing;
mod wallet;

pub use certificate::{CertificateForm, Entry, EntryKind};
pub use code::{qr_png, qr_svg, read_frame, read_picture};
pub use error::WalletError;
pub use holding::Holding;
pub use key::{MadeKey, SigningRequest, raw_signature};
pub use person::{HolderInitials, HolderName, TestKind, TestOutcome, TestResult};
pub use pick_up::{HttpRequest, PickUp, Wish};
pub use recognise::{Recognised, recognise};
pub use showing::{Consent, Disclose, Presentation, Renewal, Showing};
pub use wallet::{Restored, Wallet};

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
