//! Pictures (PNG, JPEG) in which QR codes are looked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::qr::read_picture;

fuzz_target!(|file: &[u8]| {
    let _ = read_picture(file);
});
