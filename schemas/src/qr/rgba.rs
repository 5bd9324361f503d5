//! A browser's picture: four bytes to a pixel.

use super::{Effort, Luma, read_luma};
use crate::Error;

/// Reads the texts of the QR codes in `width` × `height` pixels of red, green, blue and opacity, as a page's canvas gives
/// them. Opacity is not looked at.
///
/// # Errors
/// As [`Luma::new`].
pub fn read_rgba(width: u32, height: u32, pixels: &[u8], effort: Effort) -> Result<Vec<String>, Error> {
    // Weights of BT.601, in 256ths.
    let brightness = |[red, green, blue, _]: &[u8; 4]| {
        let [red, green, blue] = [red, green, blue].map(|value| u16::from(*value));
        ((77 * red + 150 * green + 29 * blue) >> 8).to_le_bytes()[0]
    };
    let (pixels, rest) = pixels.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(Error::PictureMalformed);
    }
    let luma: Vec<u8> = pixels.iter().map(brightness).collect();
    Ok(read_luma(Luma::new(width, height, &luma)?, effort))
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
            read_rgba(picture.width(), picture.height(), &pixels, Effort::Frame)
        };
        assert_eq!(read([0, 0, 120], [255, 255, 255]).unwrap(), ["A"]);
        assert_eq!(read([120, 0, 0], [200, 230, 200]).unwrap(), ["A"]);
        assert_eq!(
            read_rgba(1, 1, &[0, 0, 0], Effort::Frame).unwrap_err().code(),
            "picture-malformed"
        );
        assert_eq!(
            read_rgba(2, 1, &[0, 0, 0, 0], Effort::Frame).unwrap_err().code(),
            "picture-malformed"
        );
    }
}
