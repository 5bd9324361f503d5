//! The page's files.

use web::{File, Kind, shared};

const OWN: [File; 4] = [
    File::new("", Kind::Html, include_bytes!("../page/index.html")),
    File::new("scanner.css", Kind::Css, include_bytes!("../page/scanner.css")),
    File::new("scanner.js", Kind::Script, include_bytes!("../page/scanner.js")),
    File::wasm("scanner.wasm", include_bytes!("../built/scanner.wasm.gz")),
];

/// All files of the page, to be served below one address.
#[must_use]
pub fn files() -> Vec<File> {
    [&OWN, shared()].concat()
}
