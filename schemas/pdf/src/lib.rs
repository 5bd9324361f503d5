//! Finds the QR codes in a PDF, such as a certificate as it comes from a pharmacy or a test centre (`schemas/spec/qr.md`).
//!
//! Pages are drawn as far as a code needs it: filled and stroked paths and pictures, in grey. Text, patterns, soft masks
//! and annotations are left out, and with them whatever a stranger could hide work in. What is read is a stranger's
//! input.

mod effort;
mod error;
mod fill;
mod module;
mod picture;
mod read;
mod sheet;

pub use error::Error;
pub use module::PdfReader;
pub use read::{MAX_FILE_BYTES, MAX_PAGES, read_pdf};

web::export!(PdfReader);
