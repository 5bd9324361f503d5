//! Where the conformance vectors are.

use std::path::{Path, PathBuf};

/// The directory of other people's vectors: `ATTEST_VECTORS`, or `../shared/vectors` beside the repository.
pub fn vectors() -> Option<PathBuf> {
    let directory = std::env::var_os("ATTEST_VECTORS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"),
        PathBuf::from,
    );
    directory.is_dir().then_some(directory)
}
