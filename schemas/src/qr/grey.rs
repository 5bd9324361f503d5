//! A picture's copy that reading works on: scaled, sharpened, and told apart into dark and light.

use super::Luma;
use core::iter::zip;
use rxing::common::{BitArray, BitMatrix};

/// How much darker than its surroundings a pixel must be to count: less is a camera's noise on plain paper.
const MARGIN: u32 = 4;

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

    /// With each pixel's difference from the mean around it added `amount` times: undoes some of a lens's blur. `radius`
    /// is at most 5, within which means are exact.
    pub(super) fn sharpened(self, radius: usize, amount: i32) -> Self {
        const SHIFT: u32 = 22;
        let mut pixels = Vec::with_capacity(self.pixels.len());
        let (mut rows, mut reciprocals) = (0, Vec::new());
        self.each_row(radius, |row| {
            // Division is slow. The areas change with the number of rows only, near the upper and the lower edge.
            if rows != row.rows {
                rows = row.rows;
                reciprocals = row
                    .areas
                    .iter()
                    .map(|area| (1 << SHIFT) / area + 1)
                    .collect::<Vec<u32>>();
            }
            let means = zip(row.sums, &reciprocals).map(|(sum, reciprocal)| (sum * reciprocal) >> SHIFT);
            pixels.extend(zip(row.pixels, means).map(|(pixel, mean)| {
                let value = i32::from(*pixel);
                let sharpened = value + amount * (value - i32::from(narrow(mean)));
                u8::try_from(sharpened.clamp(0, 255)).unwrap_or(u8::MAX)
            }));
        });
        Self { pixels, ..self }
    }

    /// Dark is what is darker than the mean of a square of `radius` pixels to each side.
    pub(super) fn binarized(&self, radius: usize, polarity: Polarity) -> Option<BitMatrix> {
        let [width, height] = [self.width, self.height].map(|side| u32::try_from(side).ok());
        let mut matrix = BitMatrix::new(width?, height?).ok()?;
        let mut bits = BitArray::with_size(self.width);
        let mut y = 0;
        self.each_row(radius, |row| {
            // As sums, since a mean would need a division.
            let darker = |pixel: u8, sum: u32, area: u32| (u32::from(pixel) + MARGIN + 1) * area <= sum;
            let lighter =
                |pixel: u8, sum: u32, area: u32| sum < u32::from(pixel).saturating_sub(MARGIN) * area;
            match polarity {
                Polarity::DarkOnLight => row.pack(&mut bits, darker),
                Polarity::LightOnDark => row.pack(&mut bits, lighter),
            }
            matrix.setRow(y, &bits);
            y += 1;
        });
        Some(matrix)
    }

    /// Goes down the picture with the sums of the square of `radius` pixels to each side of every pixel, as far as it lies
    /// in the picture.
    fn each_row(&self, radius: usize, mut visit: impl FnMut(&Row<'_>)) {
        let line = |y: usize| &self.pixels[y * self.width..][..self.width];
        // The sums of the square's columns slide down the picture; within a row, their sum slides to the right, over
        // columns of zero to both sides of the picture.
        let across = 2 * radius + 1;
        let mut columns = vec![0u16; self.width + across];
        let own = radius + 1..radius + 1 + self.width;
        for y in 0..radius.min(self.height) {
            zip(&mut columns[own.clone()], line(y)).for_each(|(sum, pixel)| *sum += u16::from(*pixel));
        }
        let counts: Vec<u32> = (0..self.width).map(|x| reach(x, radius, self.width)).collect();
        let (mut rows, mut areas) = (0, counts.clone());
        let mut sums = vec![0u32; self.width];
        for y in 0..self.height {
            if y + radius < self.height {
                zip(&mut columns[own.clone()], line(y + radius))
                    .for_each(|(sum, pixel)| *sum += u16::from(*pixel));
            }
            if y > radius {
                zip(&mut columns[own.clone()], line(y - radius - 1))
                    .for_each(|(sum, pixel)| *sum -= u16::from(*pixel));
            }
            let reached = reach(y, radius, self.height);
            if rows != reached {
                rows = reached;
                zip(&mut areas, &counts).for_each(|(area, count)| *area = count * rows);
            }
            let mut sum: u32 = columns[..across].iter().map(|column| u32::from(*column)).sum();
            for (to, (enters, leaves)) in zip(&mut sums, zip(&columns[across..], &columns)) {
                sum = sum + u32::from(*enters) - u32::from(*leaves);
                *to = sum;
            }
            visit(&Row {
                pixels: line(y),
                rows,
                sums: &sums,
                areas: &areas,
            });
        }
    }
}

/// A row of the picture, with the sums and the sizes of the squares around its pixels, and the number of rows in them.
struct Row<'a> {
    pixels: &'a [u8],
    rows: u32,
    sums: &'a [u32],
    areas: &'a [u32],
}

impl Row<'_> {
    /// A bit for each pixel, by the square around it.
    fn pack(&self, bits: &mut BitArray, is_set: impl Fn(u8, u32, u32) -> bool) {
        const BITS: usize = usize::BITS as usize;
        let squares = zip(self.sums.chunks(BITS), self.areas.chunks(BITS));
        for (word, (pixels, (sums, areas))) in zip(self.pixels.chunks(BITS), squares).enumerate() {
            let places = zip(pixels, zip(sums, areas)).enumerate();
            let packed = places.fold(0, |packed, (place, (pixel, (sum, area)))| {
                packed | usize::from(is_set(*pixel, *sum, *area)) << place
            });
            bits.setBulk(word * BITS, packed);
        }
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
    let columns: Vec<_> = (0..width).map(|x| from(x, width, luma.width())).collect();
    let mut pixels = Vec::with_capacity(width * height);
    let mut sums = vec![0u32; luma.width()];
    for y in 0..height {
        let rows = from(y, height, luma.height());
        sums.fill(0);
        for y in rows.clone() {
            let line = &luma.pixels()[y * luma.width()..][..luma.width()];
            zip(&mut sums, line).for_each(|(sum, pixel)| *sum += u32::from(*pixel));
        }
        match (luma.width() / width, luma.width() % width, rows.len()) {
            // A camera's frame to half and to a quarter, without a division.
            (2, 0, 2) => pixels.extend(
                sums.as_chunks::<2>()
                    .0
                    .iter()
                    .map(|sums| narrow(sums.iter().sum::<u32>() / 4)),
            ),
            (4, 0, 4) => pixels.extend(
                sums.as_chunks::<4>()
                    .0
                    .iter()
                    .map(|sums| narrow(sums.iter().sum::<u32>() / 16)),
            ),
            (_, _, rows) => pixels.extend(columns.iter().map(|columns| {
                let count = u32::try_from(rows * columns.len()).unwrap_or(u32::MAX);
                narrow(sums[columns.clone()].iter().sum::<u32>() / count)
            })),
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
