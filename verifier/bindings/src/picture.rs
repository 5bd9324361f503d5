//! Texts of QR codes in pictures.

use crate::DoorError;
use schemas::qr::{self, Effort, Luma};

/// Reads the codes in a picture file, PNG or JPEG; none found is an empty list.
///
/// # Errors
/// [`DoorError`] with `too-long` or `picture-malformed`.
#[uniffi::export]
pub fn read_picture(file: Vec<u8>) -> Result<Vec<String>, DoorError> {
    Ok(qr::read_picture(&file)?)
}

/// Reads the codes in one frame of a camera's stream, with the effort that is due when another frame comes soon. `luma` is
/// the plane of brightness, one byte for a pixel, with `row_bytes` bytes from the start of a row to that of the next: cameras pad.
///
/// # Errors
/// [`DoorError`] with `too-long` or `picture-malformed`.
#[uniffi::export]
pub fn read_frame(width: u32, height: u32, row_bytes: u32, luma: &[u8]) -> Result<Vec<String>, DoorError> {
    let pixels = qr::without_padding(width, height, row_bytes, luma)?;
    Ok(qr::read_luma(Luma::new(width, height, &pixels)?, Effort::Frame))
}
