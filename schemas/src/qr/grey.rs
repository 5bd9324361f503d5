//! A picture's copy that reading works on: scaled, sharpened, and told apart into dark and light.

use super::Luma;
use core::iter::zip;
use rxing::common::BitMatrix;

/// How much darker than its surroundings a pixel must be to count: less is a camera's noise on plain paper.
const MARGIN: u8 = 4;

/// Which modules are the dark ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Polarity {
    /// As the standard says.
    DarkOnLight,
    /// As some pages and terminals draw them.
    LightOnDark,
}

pub(super) struct Grey {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Grey {
    /// `luma` with a longer side of about `side` pixels, never enlarged beyond `max_enlargement` times.
    pub(super) fn scaled(luma: Luma<'_>, side: usize, max_enlargement: usize) -> Self {
        let longer = luma.width().max(luma.height());
        let side = side.min(longer * max_enlargement);
        let [width, height] = [luma.width(), luma.height()].map(|length| (length * side / longer).max(1));
        let pixels = match side.cmp(&longer) {
            core::cmp::Ordering::Less => shrunk(luma, width, height),
            core::cmp::Ordering::Equal => luma.pixels().to_vec(),
            core::cmp::Ordering::Greater => enlarged(luma, width, height),
        };
        Self {
            width,
            height,
            pixels,
        }
    }

    /// With each pixel's difference from the mean around it added `amount` times: undoes some of a lens's blur.
    pub(super) fn sharpened(mut self, radius: usize, amount: i16) -> Self {
        let means = self.means(radius);
        for (pixel, mean) in zip(&mut self.pixels, means) {
            let [value, mean] = [*pixel, mean].map(i16::from);
            let sharpened = value + amount * (value - mean);
            *pixel = u8::try_from(sharpened.clamp(0, 255)).unwrap_or(u8::MAX);
        }
        self
    }

    /// Dark is what is darker than the mean of a square of `radius` pixels to each side.
    pub(super) fn binarized(&self, radius: usize, polarity: Polarity) -> Option<BitMatrix> {
        let [width, height] = [self.width, self.height].map(|side| u32::try_from(side).ok());
        let mut matrix = BitMatrix::new(width?, height?).ok()?;
        let means = self.means(radius);
        let rows = zip(
            self.pixels.chunks_exact(self.width),
            means.chunks_exact(self.width),
        );
        for (y, (pixels, means)) in (0..).zip(rows) {
            for (x, (pixel, mean)) in (0..).zip(zip(pixels, means)) {
                let [dark, light] = match polarity {
                    Polarity::DarkOnLight => [pixel, mean],
                    Polarity::LightOnDark => [mean, pixel],
                };
                if dark.saturating_add(MARGIN) < *light {
                    matrix.set(x, y);
                }
            }
        }
        Some(matrix)
    }

    /// The mean of the square of `radius` pixels to each side of every pixel, as far as it lies in the picture.
    fn means(&self, radius: usize) -> Vec<u8> {
        let row = |y: usize| &self.pixels[y * self.width..][..self.width];
        let mut means = Vec::with_capacity(self.pixels.len());
        // The sums of the square's columns slide down the picture; within a row, their sum slides to the right.
        let mut columns = vec![0u32; self.width];
        for y in 0..radius.min(self.height) {
            zip(&mut columns, row(y)).for_each(|(sum, pixel)| *sum += u32::from(*pixel));
        }
        for y in 0..self.height {
            if y + radius < self.height {
                zip(&mut columns, row(y + radius)).for_each(|(sum, pixel)| *sum += u32::from(*pixel));
            }
            if y > radius {
                zip(&mut columns, row(y - radius - 1)).for_each(|(sum, pixel)| *sum -= u32::from(*pixel));
            }
            let rows = reach(y, radius, self.height);
            let mut sum: u32 = columns[..radius.min(self.width)].iter().sum();
            for x in 0..self.width {
                sum += columns.get(x + radius).copied().unwrap_or(0);
                sum -= if x > radius { columns[x - radius - 1] } else { 0 };
                let count = rows * reach(x, radius, self.width);
                means.push(narrow(sum / count));
            }
        }
        means
    }
}

/// How many of the places from `at - radius` to `at + radius` lie in 0..length.
fn reach(at: usize, radius: usize, length: usize) -> u32 {
    let places = (at + radius + 1).min(length) - at.saturating_sub(radius);
    u32::try_from(places).unwrap_or(u32::MAX)
}

/// Averages the pixels that fall into each smaller one.
fn shrunk(luma: Luma<'_>, width: usize, height: usize) -> Vec<u8> {
    let from = |place: usize, length: usize, original: usize| {
        let start = place * original / length;
        start..((place + 1) * original / length).max(start + 1)
    };
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        let rows = from(y, height, luma.height());
        for x in 0..width {
            let columns = from(x, width, luma.width());
            let (mut sum, mut count) = (0u32, 0);
            for y in rows.clone() {
                let run = &luma.pixels()[y * luma.width()..][columns.clone()];
                sum += run.iter().map(|pixel| u32::from(*pixel)).sum::<u32>();
                count += u32::try_from(run.len()).unwrap_or(u32::MAX);
            }
            pixels.push(narrow(sum / count));
        }
    }
    pixels
}

/// Interpolates between the four nearest pixels.
fn enlarged(luma: Luma<'_>, width: usize, height: usize) -> Vec<u8> {
    // The first of two neighbours, and the second's weight in 256ths.
    let between = |place: usize, length: usize, original: usize| {
        let twice = (2 * place + 1) * original * 128 / length;
        let at = twice.saturating_sub(128).min((original - 1) * 256);
        (at / 256, at % 256)
    };
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        let (top, down) = between(y, height, luma.height());
        let bottom = (top + 1).min(luma.height() - 1);
        for x in 0..width {
            let (left, across) = between(x, width, luma.width());
            let right = (left + 1).min(luma.width() - 1);
            let along = |y: usize| {
                let at = |x: usize| usize::from(luma.pixels()[y * luma.width() + x]);
                at(left) * (256 - across) + at(right) * across
            };
            let sum = along(top) * (256 - down) + along(bottom) * down;
            pixels.push(u8::try_from(sum >> 16).unwrap_or(u8::MAX));
        }
    }
    pixels
}

/// A mean of bytes is a byte.
fn narrow(mean: u32) -> u8 {
    u8::try_from(mean).unwrap_or(u8::MAX)
}
