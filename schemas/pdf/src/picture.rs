//! A picture in a PDF as brightness.

use hayro_interpret::{Image, ImageData, Paint};
use schemas::qr::MAX_PIXELS;

/// A picture as brightness on white paper.
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
    /// Larger than one where the file states another size than its picture has.
    pub(crate) stretch: [f64; 2],
}

impl Picture {
    /// Unpacks a picture, unless it has more than [`MAX_PIXELS`].
    pub(crate) fn of(image: &Image<'_, '_>) -> Option<Self> {
        let stated = u64::from(image.width()) * u64::from(image.height());
        if stated > MAX_PIXELS as u64 {
            return None;
        }
        let mut picture = None;
        match image {
            Image::Stencil(stencil) => stencil.with_stencil(
                |mask, paint| {
                    let ink = brightness_of(paint);
                    let pixels = mask
                        .data
                        .iter()
                        .map(|covered| over_paper(ink, *covered))
                        .collect();
                    picture = Some(Self::new(mask.width, mask.height, mask.scale_factors, pixels));
                },
                None,
            ),
            Image::Raster(raster) => raster.with_rgba(
                |image, opacity| {
                    let (width, height, factors) = (image.width(), image.height(), image.scale_factors());
                    let pixels: Vec<u8> = match image {
                        ImageData::Luma(luma) => luma.data,
                        ImageData::Rgb(rgb) => rgb.data.as_chunks::<3>().0.iter().map(brightness).collect(),
                    };
                    // A mask of another size than the picture is not stretched over it: codes have none.
                    let pixels = match opacity {
                        Some(mask) if mask.data.len() == pixels.len() => pixels
                            .iter()
                            .zip(&mask.data)
                            .map(|(pixel, covered)| over_paper(*pixel, *covered))
                            .collect(),
                        _ => pixels,
                    };
                    picture = Some(Self::new(width, height, factors, pixels));
                },
                None,
            ),
        }
        picture.filter(|picture| {
            picture.pixels.len() == picture.width * picture.height && !picture.pixels.is_empty()
        })
    }

    fn new(width: u32, height: u32, (across, down): (f32, f32), pixels: Vec<u8>) -> Self {
        Self {
            width: width as usize,
            height: height as usize,
            pixels,
            stretch: [f64::from(across), f64::from(down)],
        }
    }
}

/// The brightness of a plain colour. A pattern counts as ink.
pub(crate) fn brightness_of(paint: &Paint<'_>) -> u8 {
    match paint {
        Paint::Color(color) => {
            let [red, green, blue, _] = color.to_rgba().to_rgba8();
            brightness(&[red, green, blue])
        }
        Paint::Pattern(_) => 0,
    }
}

/// Weights of BT.601, in 256ths.
fn brightness([red, green, blue]: &[u8; 3]) -> u8 {
    let [red, green, blue] = [red, green, blue].map(|value| u16::from(*value));
    ((77 * red + 150 * green + 29 * blue) >> 8).to_le_bytes()[0]
}

fn over_paper(ink: u8, covered: u8) -> u8 {
    let [ink, covered] = [ink, covered].map(u16::from);
    u8::try_from((ink * covered + 255 * (255 - covered)) / 255).unwrap_or(u8::MAX)
}
