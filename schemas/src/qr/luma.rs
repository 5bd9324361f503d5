//! A picture as brightness alone.

use super::MAX_PIXELS;
use crate::Error;
use std::borrow::Cow;

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

/// A camera's plane of brightness without the padding at the ends of its rows. `row_bytes` lie between the start of a row and
/// that of the next; the last row need not be padded.
///
/// # Errors
/// [`Error::TooLong`] for more than [`MAX_PIXELS`], [`Error::PictureMalformed`] when there are fewer bytes than pixels.
pub fn without_padding(
    width: u32,
    height: u32,
    row_bytes: u32,
    plane: &[u8],
) -> Result<Cow<'_, [u8]>, Error> {
    let count = check_size(width, height)?;
    let [columns, rows, row_bytes] = [width, height, row_bytes].map(|side| side as usize);
    if columns == 0 || row_bytes < columns {
        return Err(Error::PictureMalformed);
    }
    if row_bytes == columns {
        let pixels = plane.get(..count).ok_or(Error::PictureMalformed)?;
        return Ok(Cow::Borrowed(pixels));
    }
    let filled = plane
        .chunks(row_bytes)
        .take(rows)
        .filter_map(|row| row.get(..columns));
    let pixels: Vec<u8> = filled.flatten().copied().collect();
    match pixels.len() == count {
        true => Ok(Cow::Owned(pixels)),
        false => Err(Error::PictureMalformed),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_loses_its_padding_and_nothing_else() {
        let read = |width, height, row_bytes, plane| {
            let pixels = without_padding(width, height, row_bytes, plane);
            pixels.map(Cow::into_owned).map_err(|error| error.code())
        };
        assert_eq!(read(2, 2, 2, &[1, 2, 3, 4]), Ok(vec![1, 2, 3, 4]));
        assert_eq!(read(2, 2, 3, &[1, 2, 0, 3, 4]), Ok(vec![1, 2, 3, 4]));
        assert_eq!(read(2, 2, 3, &[1, 2, 0, 3, 4, 0, 9]), Ok(vec![1, 2, 3, 4]));
        let short: [(u32, u32, u32, &[u8]); 4] = [
            (2, 2, 2, &[1; 3]),
            (2, 2, 3, &[1; 4]),
            (2, 2, 1, &[1; 9]),
            (0, 2, 2, &[1; 9]),
        ];
        for (width, height, row_bytes, plane) in short {
            assert_eq!(read(width, height, row_bytes, plane), Err("picture-malformed"));
        }
        assert_eq!(read(u32::MAX, u32::MAX, u32::MAX, &[]), Err("too-long"));
    }
}
