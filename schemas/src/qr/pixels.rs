//! A browser's picture: four bytes to a pixel, or a camera's brightness alone.

use super::{Effort, Luma, luma::without_padding, read_luma};
use crate::Error;

/// Reads the texts of the QR codes in `width` × `height` pixels as a page has them. Without `row_bytes` they are red, green,
/// blue and opacity, as a canvas gives them; opacity is not looked at. With it they are brightness, as a camera's frame has
/// it, so many bytes from row to row ([`without_padding`]); what follows, such as colours, is not looked at.
///
/// # Errors
/// As [`Luma::new`] and [`without_padding`].
pub fn read_pixels(
    width: u32,
    height: u32,
    row_bytes: Option<u32>,
    pixels: &[u8],
    effort: Effort,
) -> Result<Vec<String>, Error> {
    let luma = match row_bytes {
        Some(row_bytes) => without_padding(width, height, row_bytes, pixels)?,
        None => brightness(pixels)?.into(),
    };
    Ok(read_luma(Luma::new(width, height, &luma)?, effort))
}

/// Brightness with the weights of BT.601.
fn brightness(pixels: &[u8]) -> Result<Vec<u8>, Error> {
    let (pixels, rest) = pixels.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(Error::PictureMalformed);
    }
    let of = |[red, green, blue, _]: &[u8; 4]| {
        let [red, green, blue] = [red, green, blue].map(|value| u16::from(*value));
        ((77 * red + 150 * green + 29 * blue) >> 8).to_le_bytes()[0]
    };
    Ok(pixels.iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::Code;

    #[test]
    fn reads_coloured_pixels() {
        let picture = image::load_from_memory(&Code::new("A").unwrap().to_png(4))
            .unwrap()
            .into_luma8();
        let read = |ink: [u8; 3], paper: [u8; 3]| {
            let colour = |grey: &u8| if *grey == 0 { ink } else { paper };
            let pixels: Vec<u8> = picture
                .iter()
                .flat_map(|grey| [&colour(grey)[..], &[255]].concat())
                .collect();
            read_pixels(picture.width(), picture.height(), None, &pixels, Effort::Frame)
        };
        assert_eq!(read([0, 0, 120], [255, 255, 255]).unwrap(), ["A"]);
        assert_eq!(read([120, 0, 0], [200, 230, 200]).unwrap(), ["A"]);
        assert_eq!(
            read_pixels(1, 1, None, &[0, 0, 0], Effort::Frame)
                .unwrap_err()
                .code(),
            "picture-malformed"
        );
        assert_eq!(
            read_pixels(2, 1, None, &[0, 0, 0, 0], Effort::Frame)
                .unwrap_err()
                .code(),
            "picture-malformed"
        );
    }

    #[test]
    fn reads_brightness_with_padding_and_with_what_follows() {
        let picture = image::load_from_memory(&Code::new("A").unwrap().to_png(4))
            .unwrap()
            .into_luma8();
        let (width, height) = picture.dimensions();
        for padding in [0, 5] {
            let row = |row: &[u8]| [row, &vec![9; padding]].concat();
            let plane = picture.as_raw().chunks(width as usize).flat_map(row);
            let plane: Vec<u8> = plane.chain([128; 100]).collect();
            let row_bytes = width + u32::try_from(padding).unwrap();
            let read = |plane| read_pixels(width, height, Some(row_bytes), plane, Effort::Frame);
            assert_eq!(read(&plane).unwrap(), ["A"]);
            assert_eq!(read(&plane[..200]).unwrap_err().code(), "picture-malformed");
        }
    }
}
