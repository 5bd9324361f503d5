//! The vocabulary of Attest: the types that all parties share and the bytes that stand for them.
//!
//! It parses, encodes, hashes and checks single signatures. It decides nothing: whom to trust and what to accept
//! lives in `verifier`. It does no I/O, reads no clock and draws no randomness, so that it compiles for the browser
//! and a test can be any day. The formats are described for other implementers in `schemas/spec/`.

pub mod base45;
pub mod cbor;
pub mod commitment;
pub mod cose;
pub mod crypto;
mod error;
pub mod hash;
pub mod hcert;
pub mod health;
pub mod hexadecimal;
pub mod jwk;
pub mod jws;
pub mod key_event;
pub mod key_id;
pub mod place;
pub mod proof;
#[cfg(feature = "qr")]
pub mod qr;
pub mod sd_cwt;
pub mod status;
pub mod status_list;
pub mod time;
pub mod value_sets;
pub mod x509;
pub mod zlib;

pub use commitment::{Commitment, Shape};
pub use error::Error;
pub use hash::Hash;
pub use key_id::KeyId;
pub use place::{BatchNumber, IssuerNumber, Place, Slot};
pub use proof::BatchProof;
pub use time::{Day, UnixTime};
