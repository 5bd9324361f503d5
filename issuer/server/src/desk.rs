//! The desk page's files: what a test station works with in a browser. It calls the service as any other client does.

use web::{File, Kind, shared};

const OWN: [File; 17] = [
    File::new("", Kind::Html, include_bytes!("../desk/index.html")),
    File::new("desk.css", Kind::Css, include_bytes!("../desk/desk.css")),
    File::new("print.css", Kind::Css, include_bytes!("../desk/print.css")),
    File::new("desk.js", Kind::Script, include_bytes!("../desk/desk.js")),
    File::new("session.js", Kind::Script, include_bytes!("../desk/session.js")),
    File::new("api.js", Kind::Script, include_bytes!("../desk/api.js")),
    File::new("problems.js", Kind::Script, include_bytes!("../desk/problems.js")),
    File::new("dates.js", Kind::Script, include_bytes!("../desk/dates.js")),
    File::new("form.js", Kind::Script, include_bytes!("../desk/form.js")),
    File::new("kit.js", Kind::Script, include_bytes!("../desk/kit.js")),
    File::new("submit.js", Kind::Script, include_bytes!("../desk/submit.js")),
    File::new("handover.js", Kind::Script, include_bytes!("../desk/handover.js")),
    File::new("cases.js", Kind::Script, include_bytes!("../desk/cases.js")),
    File::new("case.js", Kind::Script, include_bytes!("../desk/case.js")),
    File::new("paper.js", Kind::Script, include_bytes!("../desk/paper.js")),
    File::new("print.js", Kind::Script, include_bytes!("../desk/print.js")),
    File::new("keys.js", Kind::Script, include_bytes!("../desk/keys.js")),
];

/// All files of the page, to be served below one address.
#[must_use]
pub fn files() -> Vec<File> {
    [&OWN, shared()].concat()
}
