//! Where other people's test data lies.

use std::path::PathBuf;

/// The folder `name` of the conformance data, or `None` after saying that `tests` vector tests are left out.
pub fn vectors(name: &str, tests: usize) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors");
    let root = std::env::var_os("ATTEST_VECTORS").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("left out: {tests} vector tests (no ../shared/vectors)");
    None
}
