//! Writes Attest's own test vectors, and runs them.
//!
//! A vector is one input of a verifier with one fault in it, and what a verifier has to say to it. Everything follows
//! from labels and one clock ([`seed`], [`world::NOW`]), so that the same files come out everywhere and adding a vector
//! changes no other. [`files`] makes them, [`run`] has the verifier of this repository judge them; what is expected is
//! stated by hand beside each fault, never copied from what a verifier said.

pub mod case;
pub mod der;
pub mod door;
pub mod flag;
pub mod formats;
pub mod run;
pub mod seed;
pub mod sync;
pub mod token;
pub mod world;

use serde::Serialize;
use std::{collections::BTreeMap, path::PathBuf};

/// Files by their path below `test-vectors`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The folders that hold nothing but generated files.
pub const FOLDERS: [&str; 7] = ["copies", "door", "formats", "rules", "sync", "trust", "views"];

/// Every generated file.
#[must_use]
pub fn files() -> Files {
    let world = world::World::new();
    let mut files = world.files();
    files.extend(door::files(&world));
    files.extend(sync::files(&world));
    files.extend(formats::files(&world));
    files
}

/// `test-vectors` in this repository.
#[must_use]
pub fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), ".."].iter().collect()
}

/// A document as it is committed: indented, with a line end.
pub(crate) fn json(document: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(document).expect("vectors can be written as JSON");
    text.push(b'\n');
    text
}
