//! PDFs in which QR codes are looked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pdf_page::read_pdf;

fuzz_target!(|file: &[u8]| {
    let _ = read_pdf(file);
});
