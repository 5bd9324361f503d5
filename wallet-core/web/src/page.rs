//! The page's files.

use web::{File, Kind, shared};

const OWN: [File; 4] = [
    File::new("", Kind::Html, include_bytes!("../page/index.html")),
    File::new("wallet.css", Kind::Css, include_bytes!("../page/wallet.css")),
    File::new("wallet.js", Kind::Script, include_bytes!("../page/wallet.js")),
    File::wasm("wallet.wasm", include_bytes!("../built/wallet.wasm.gz")),
];

/// All files of the page, to be served below one address.
#[must_use]
pub fn files() -> Vec<File> {
    [&OWN, shared()].concat()
}
