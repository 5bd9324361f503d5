//! A picture as brightness alone.

use super::MAX_PIXELS;
use crate::Error;

/// A picture of 8-bit brightness, row by row from the top left, without padding.
#[derive(Clone, Copy)]
pub struct Luma<'a> {
    width: usize,
    height: usize,
    pixels: &'a [u8],
}

impl<'a> Luma<'a> {
    /// Takes `width` × `height` bytes.
    ///
    /// # Errors
    /// [`Error::TooLong`] for more than [`MAX_PIXELS`], [`Error::PictureMalformed`] when the number of bytes differs or
    /// is zero.
    pub fn new(width: u32, height: u32, pixels: &'a [u8]) -> Result<Self, Error> {
        let count = check_size(width, height)?;
        if count == 0 || pixels.len() != count {
            return Err(Error::PictureMalformed);
        }
        let [width, height] = [width, height].map(|side| side as usize);
        Ok(Self {
            width,
            height,
            pixels,
        })
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// All pixels.
    #[must_use]
    pub fn pixels(&self) -> &'a [u8] {
        self.pixels
    }
}

/// The number of pixels, when that is no more than [`MAX_PIXELS`].
pub(super) fn check_size(width: u32, height: u32) -> Result<usize, Error> {
    let count = u64::from(width) * u64::from(height);
    match usize::try_from(count) {
        Ok(count) if count <= MAX_PIXELS => Ok(count),
        _ => Err(Error::TooLong {
            what: "picture, in pixels",
            length: usize::try_from(count).unwrap_or(usize::MAX),
            limit: MAX_PIXELS,
        }),
    }
}
