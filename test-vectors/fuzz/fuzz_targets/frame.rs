//! A camera's frame, of which the first byte is the width: what is read in a hurry is read with patience.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::qr::{Effort, Luma, read_luma};

fuzz_target!(|bytes: &[u8]| {
    let [width, pixels @ ..] = bytes else { return };
    let Some(height) = pixels.len().checked_div(usize::from(*width)) else {
        return;
    };
    let pixels = &pixels[..usize::from(*width) * height];
    let Ok(height) = u32::try_from(height) else { return };
    let Ok(luma) = Luma::new((*width).into(), height, pixels) else {
        return;
    };
    let hurried = read_luma(luma, Effort::Frame);
    let patient = read_luma(luma, Effort::Photo);
    assert!(hurried.is_empty() || hurried == patient);
});
