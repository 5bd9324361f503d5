//! The verifier as a command line and an HTTP service: `attest verify`.
//!
//! It follows the ledger by static files, whose addresses depend on the ledger alone, and stores nothing of what it
//! verifies: no text, no person, no verdict.

mod chain;
mod command;
mod copy;
mod door;
mod http;
mod input;
mod output;
mod page;
mod stopwatch;
mod sync;
#[cfg(test)]
mod tests;

pub use command::Command;
pub use copy::CopyError;
pub use door::{DoorFiles, OpenDoor, SetUpError};
pub use http::{FOLLOW_EVERY, serve_door};
pub use input::{Input, InputError};
pub use output::{Exit, Judged, all_as_json, all_as_text, in_full};
pub use serve::now;
pub use serve::{Source, Unavailable};
pub use sync::{Fetched, SyncError, sync};
pub use verifier::sync::Synced;
