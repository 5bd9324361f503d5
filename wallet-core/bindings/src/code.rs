//! QR codes: drawn, and read from pictures.

use crate::{CertificateForm, WalletError};
use schemas::qr::{self, Code, Effort, Level, Luma};

/// A QR code as SVG, one module to a unit, black on white with its quiet zone: the full width of the screen, and bright.
///
/// # Errors
/// [`WalletError`] when the text fits into no code.
#[uniffi::export]
pub fn qr_svg(text: &str, form: CertificateForm) -> Result<String, WalletError> {
    Ok(code(text, form)?.to_svg(None))
}

/// A QR code as PNG, with so many pixels to a module's side, 1 to 32.
///
/// # Errors
/// As [`qr_svg`].
#[uniffi::export]
pub fn qr_png(text: &str, form: CertificateForm, module_pixels: u8) -> Result<Vec<u8>, WalletError> {
    Ok(code(text, form)?.to_png(module_pixels))
}

fn code(text: &str, form: CertificateForm) -> Result<Code, WalletError> {
    Ok(match form {
        CertificateForm::Whole => Code::new(text)?,
        CertificateForm::Travel => Code::at_level(text, Level::Q)?,
    })
}

/// Reads the codes in a picture file, PNG or JPEG; none found is an empty list.
///
/// # Errors
/// [`WalletError`] with `too-long` or `picture-malformed`.
#[uniffi::export]
pub fn read_picture(file: Vec<u8>) -> Result<Vec<String>, WalletError> {
    Ok(qr::read_picture(&file)?)
}

/// Reads the codes in one frame of a camera's stream. `luma` is the plane of brightness, one byte for a pixel, with
/// `row_bytes` bytes from the start of a row to that of the next: cameras pad.
///
/// # Errors
/// [`WalletError`] with `too-long` or `picture-malformed`.
#[uniffi::export]
pub fn read_frame(width: u32, height: u32, row_bytes: u32, luma: &[u8]) -> Result<Vec<String>, WalletError> {
    let pixels = qr::without_padding(width, height, row_bytes, luma)?;
    Ok(qr::read_luma(Luma::new(width, height, &pixels)?, Effort::Frame))
}
