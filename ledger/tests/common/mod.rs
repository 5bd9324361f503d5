//! Where public conformance data is, and what a test says when it is absent.

use std::path::PathBuf;

/// The folder of public vectors: `$ATTEST_VECTORS`, or `../shared/vectors` beside the workspace.
pub fn vectors() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    let folder = std::env::var_os("ATTEST_VECTORS").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// The folder, or a line that says how many tests were left out.
pub fn vectors_for(tests: usize) -> Option<PathBuf> {
    let found = vectors();
    if found.is_none() {
        println!("left out: {tests} vector tests (no ../shared/vectors)");
    }
    found
}
