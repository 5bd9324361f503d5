//! The page's files.

use web::{File, Kind, shared};

const OWN: [File; 17] = [
    File::new("", Kind::Html, include_bytes!("../page/index.html")),
    File::new("wallet.css", Kind::Css, include_bytes!("../page/wallet.css")),
    File::new("wallet.js", Kind::Script, include_bytes!("../page/wallet.js")),
    File::new(
        "manifest.webmanifest",
        Kind::Manifest,
        include_bytes!("../page/manifest.webmanifest"),
    ),
    File::new("core.js", Kind::Script, include_bytes!("../page/core.js")),
    File::new("holding.js", Kind::Script, include_bytes!("../page/holding.js")),
    File::new("home.js", Kind::Script, include_bytes!("../page/home.js")),
    File::new("marks.js", Kind::Script, include_bytes!("../page/marks.js")),
    File::new("frame.js", Kind::Script, include_bytes!("../page/frame.js")),
    File::new("offer.js", Kind::Script, include_bytes!("../page/offer.js")),
    File::new("paper.js", Kind::Script, include_bytes!("../page/paper.js")),
    File::new("scan.js", Kind::Script, include_bytes!("../page/scan.js")),
    File::new("settings.js", Kind::Script, include_bytes!("../page/settings.js")),
    File::new("showing.js", Kind::Script, include_bytes!("../page/showing.js")),
    File::new("store.js", Kind::Script, include_bytes!("../page/store.js")),
    File::wasm("wallet.wasm", include_bytes!("../built/wallet.wasm.gz")),
    // Twice the size of all the rest, and few have a PDF.
    File::wasm(
        "pdf.wasm",
        include_bytes!("../../../schemas/pdf/built/pdf.wasm.gz"),
    )
    .once_used(),
];

/// All files of the page, to be served below one address.
#[must_use]
pub fn files() -> Vec<File> {
    [&OWN, shared()].concat()
}
