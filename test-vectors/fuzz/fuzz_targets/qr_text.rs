//! Texts as QR codes: what can be drawn can be read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::qr::{Code, read_picture};

fuzz_target!(|text: &str| {
    let Ok(code) = Code::new(text) else { return };
    let _ = code.to_svg(None);
    assert_eq!(read_picture(&code.to_png(3)), Ok(vec![text.to_owned()]));
});
