//! PNG and JPEG files to brightness, with limits before anything is allocated.

use super::{Effort, Luma, luma::check_size, read_luma};
use crate::Error;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// The largest file read: a phone's photo of 24 megapixels at the highest JPEG quality has about 15 MB.
pub const MAX_FILE_BYTES: usize = 20 << 20;

/// The most pixels read: a phone's default is 12 or 24 megapixels (5,712 × 4,284).
pub const MAX_PIXELS: usize = 25_000_000;

/// The most memory for the decoded picture: four channels of 8 bits at [`MAX_PIXELS`]. Only pictures of 16 bits to
/// the channel need more, which no camera writes.
const MAX_ALLOCATION: usize = 4 * MAX_PIXELS;

/// Reads the texts of all QR codes found in a PNG or JPEG file, with [`Effort::Photo`]; none found is an empty list.
///
/// # Errors
/// [`Error::TooLong`] for a file above [`MAX_FILE_BYTES`] or a picture above [`MAX_PIXELS`], by the dimensions its
/// header states, [`Error::PictureMalformed`] for anything that is not a whole picture.
pub fn read_picture(file: &[u8]) -> Result<Vec<String>, Error> {
    let (width, height, pixels) = decode(file)?;
    Ok(read_luma(Luma::new(width, height, &pixels)?, Effort::Photo))
}

fn decode(file: &[u8]) -> Result<(u32, u32, Vec<u8>), Error> {
    if file.len() > MAX_FILE_BYTES {
        let length = file.len();
        return Err(Error::TooLong {
            what: "picture file, in bytes",
            length,
            limit: MAX_FILE_BYTES,
        });
    }
    let format = match file {
        [0x89, b'P', b'N', b'G', ..] => ImageFormat::Png,
        [0xff, 0xd8, 0xff, ..] => ImageFormat::Jpeg,
        _ => return Err(Error::PictureMalformed),
    };
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ALLOCATION as u64);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|_| Error::PictureMalformed)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    let length = usize::try_from(decoder.total_bytes()).unwrap_or(usize::MAX);
    if length > MAX_ALLOCATION {
        return Err(Error::TooLong {
            what: "picture, in bytes",
            length,
            limit: MAX_ALLOCATION,
        });
    }
    let picture = DynamicImage::from_decoder(decoder).map_err(|_| Error::PictureMalformed)?;
    Ok((width, height, brightness(picture)))
}

/// Brightness on white paper: modules are often drawn black on a transparent ground whose hidden colour is black too.
fn brightness(picture: DynamicImage) -> Vec<u8> {
    if !picture.color().has_alpha() {
        return picture.into_luma8().into_raw();
    }
    let pixels = picture.into_luma_alpha8().into_raw();
    let over_white = |pixel: &[u8]| {
        let [grey, alpha] = [pixel[0], pixel[1]].map(u16::from);
        u8::try_from((grey * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    pixels.chunks_exact(2).map(over_white).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::Code;
    use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};

    fn refusal(file: &[u8]) -> &'static str {
        read_picture(file).unwrap_err().code()
    }

    fn png(pixels: &[u8], side: u32, colour: ExtendedColorType) -> Vec<u8> {
        let mut file = Vec::new();
        PngEncoder::new(&mut file)
            .write_image(pixels, side, side, colour)
            .unwrap();
        file
    }

    #[test]
    fn refuses_what_is_not_a_whole_picture() {
        let file = Code::new("A").unwrap().to_png(2);
        assert_eq!(read_picture(&file).unwrap(), ["A"]);
        assert_eq!(refusal(&[]), "picture-malformed");
        assert_eq!(refusal(b"GIF89a"), "picture-malformed");
        assert_eq!(refusal(&file[..file.len() / 2]), "picture-malformed");
        assert_eq!(refusal(&vec![0; MAX_FILE_BYTES + 1]), "too-long");
    }

    #[test]
    fn refuses_a_large_picture_by_its_header() {
        // Width and height stand at bytes 16 and 20 of a PNG, then depth and colour; the checksum covers them all.
        let mut file = Code::new("A").unwrap().to_png(2)[..33].to_vec();
        for (width, height, depth, expected) in [
            (65_000u32, 65_000u32, 8, "too-long"),
            (30_000, 1_000, 8, "too-long"),
            (5_000, 5_000, 16, "too-long"),
        ] {
            file[16..20].copy_from_slice(&width.to_be_bytes());
            file[20..24].copy_from_slice(&height.to_be_bytes());
            (file[24], file[25]) = (depth, 6);
            let checksum = crc32(&file[12..29]);
            file[29..33].copy_from_slice(&checksum.to_be_bytes());
            let whole = [&file[..], &[0, 0, 0, 0], b"IDAT", &crc32(b"IDAT").to_be_bytes()].concat();
            assert_eq!(refusal(&whole), expected, "{width} x {height}");
        }
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
            })
        })
    }

    #[test]
    fn a_transparent_ground_is_white_paper() {
        let code = Code::new("A").unwrap();
        let grey = image::load_from_memory(&code.to_png(4)).unwrap().into_luma8();
        let black_everywhere: Vec<u8> = grey.iter().flat_map(|grey| [0, 0, 0, 255 - grey]).collect();
        assert_eq!(
            read_picture(&png(&black_everywhere, grey.width(), ExtendedColorType::Rgba8)).unwrap(),
            ["A"]
        );
    }
}
