//! The verifier of this repository, asked about vectors.

mod door;
mod format;
mod sync;

pub use door::{Given, examine};
pub use format::import;
pub use sync::{follow, view};

use std::path::Path;

/// What is under a path below `test-vectors`.
pub trait Source {
    /// A file's bytes; none if there is no such file.
    fn read(&self, path: &str) -> Option<Vec<u8>>;
}

impl Source for crate::Files {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.get(path).cloned()
    }
}

impl Source for &Path {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(self.join(path)).ok()
    }
}
