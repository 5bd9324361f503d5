//! Brightness to texts: a fixed list of attempts, from what reads most pictures to what reads the last few.

use super::{
    Luma,
    finder::{MadeToWasteTime, finder_patterns},
    grey::{Grey, Polarity},
    triple::triples,
};
use rxing::{
    common::{BitMatrix, DetectorRXingResult},
    qrcode::cpp_port::{decoder::Decode, detector::SampleQR},
};

/// How long to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// One frame of a camera's stream, of which another comes soon: the first four attempts.
    Frame,
    /// A picture that does not come again: all attempts.
    Photo,
}

/// Reads the texts of the QR codes in a picture: all that the first successful attempt finds; none is an empty list.
#[must_use]
pub fn read_luma(luma: Luma<'_>, effort: Effort) -> Vec<String> {
    read_by(luma, effort).map(|(_, texts)| texts).unwrap_or_default()
}

/// One way to look at a picture. Lengths are pixels of the scaled picture.
struct Attempt {
    /// The longer side that the picture is scaled to.
    side: usize,
    /// Radius and amount of sharpening, if any.
    sharpened: Option<(usize, i32)>,
    /// Radius of the surroundings that a pixel must be darker than.
    surroundings: usize,
    polarity: Polarity,
}

const fn attempt(side: usize, sharpened: Option<(usize, i32)>, surroundings: usize) -> Attempt {
    Attempt {
        side,
        sharpened,
        surroundings,
        polarity: Polarity::DarkOnLight,
    }
}

/// The order was found by greedy cover over simulated photos (`test-vectors/reading`): shrinking takes away noise and a
/// screen's grid, sharpening some of the blur, near surroundings a weak contrast; each attempt reads pictures that those
/// before it do not.
const ATTEMPTS: [Attempt; 10] = [
    attempt(640, Some((3, 1)), 12),
    attempt(800, Some((3, 2)), 15),
    // Small codes that fill the picture: surroundings must be larger than a finder pattern's heart.
    attempt(320, None, 40),
    attempt(1_280, None, 40),
    attempt(960, Some((3, 1)), 30),
    attempt(1_280, Some((5, 2)), 24),
    attempt(1_920, None, 60),
    attempt(2_560, Some((3, 1)), 60),
    Attempt {
        polarity: Polarity::LightOnDark,
        ..attempt(640, None, 30)
    },
    Attempt {
        polarity: Polarity::LightOnDark,
        ..attempt(1_280, None, 40)
    },
];

/// What comes first for pictures smaller than the first attempt would make them.
const AS_IT_IS: Attempt = attempt(usize::MAX, None, 30);

/// How many of [`ATTEMPTS`] a frame is worth.
const FRAME_ATTEMPTS: usize = 4;

/// Small pictures are enlarged at most so often: a module of one pixel is then four wide, which the finder needs.
const MAX_ENLARGEMENT: usize = 4;

/// At most so many triples of finder patterns are looked at in one attempt, the most plausible first. Two codes in one
/// picture make 20 triples, of which few are plausible; a picture made to waste time has millions.
const MAX_TRIPLES: usize = 64;

/// Above this many pixels modules must be two pixels wide: what is smaller has been looked for in smaller pictures.
const FINE_PIXELS: usize = 1_300_000;

/// The texts, and the number of the attempt that found them.
fn read_by(luma: Luma<'_>, effort: Effort) -> Option<(usize, Vec<String>)> {
    let attempts = match effort {
        Effort::Frame => &ATTEMPTS[..FRAME_ATTEMPTS],
        Effort::Photo => &ATTEMPTS[..],
    };
    // A picture that is no photograph is small and clean.
    let as_it_is = (luma.width().max(luma.height()) < attempts[0].side).then_some(&AS_IT_IS);
    for (number, attempt) in as_it_is.into_iter().chain(attempts).enumerate() {
        match attempt.read(luma) {
            Ok(texts) if texts.is_empty() => {}
            Ok(texts) => return Some((number, texts)),
            Err(MadeToWasteTime) => return None,
        }
    }
    None
}

impl Attempt {
    fn read(&self, luma: Luma<'_>) -> Result<Vec<String>, MadeToWasteTime> {
        let enlargement = if self.side == usize::MAX {
            1
        } else {
            MAX_ENLARGEMENT
        };
        let scaled = Grey::scaled(luma, self.side, enlargement);
        let grey = match self.sharpened {
            Some((radius, amount)) => scaled.sharpened(radius, amount),
            None => scaled,
        };
        match grey.binarized(self.surroundings, self.polarity) {
            Some(matrix) => texts_in(&matrix),
            None => Ok(Vec::new()),
        }
    }
}

fn texts_in(matrix: &BitMatrix) -> Result<Vec<String>, MadeToWasteTime> {
    let pixels = matrix.width() as usize * matrix.height() as usize;
    let patterns = finder_patterns(matrix, if pixels > FINE_PIXELS { 2.0 } else { 0.0 })?;
    let mut used = Vec::new();
    let mut texts = Vec::new();
    for triple in triples(patterns).iter().take(MAX_TRIPLES) {
        let corners = [triple.bl, triple.tl, triple.tr];
        if corners.iter().any(|corner| used.contains(corner)) {
            continue;
        }
        let decoded = SampleQR(matrix, triple).and_then(|sampled| Decode(sampled.getBits()));
        if let Ok(code) = decoded
            && code.isValid()
        {
            used.extend(corners);
            texts.push(code.text());
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::Code;

    /// The attempt that reads "A" drawn at `scale` pixels to a module, after `change`.
    fn attempt_for(scale: u8, change: impl Fn(u8) -> u8) -> Option<usize> {
        let picture = image::load_from_memory(&Code::new("A").unwrap().to_png(scale))
            .unwrap()
            .into_luma8();
        let pixels: Vec<u8> = picture.iter().map(|pixel| change(*pixel)).collect();
        let luma = Luma::new(picture.width(), picture.height(), &pixels).unwrap();
        let (number, texts) = read_by(luma, Effort::Photo)?;
        assert_eq!(texts, ["A"]);
        Some(number)
    }

    #[test]
    fn cheap_attempts_come_first() {
        // Below 640 pixels, the picture as it is has been tried before.
        assert_eq!(attempt_for(1, |pixel| pixel), Some(0));
        assert_eq!(attempt_for(32, |pixel| pixel), Some(2));
        assert_eq!(attempt_for(4, |pixel| 120 + pixel / 16), Some(0));
        assert_eq!(attempt_for(4, |pixel| 255 - pixel), Some(9));
        assert_eq!(attempt_for(4, |_| 255), None);
    }

    #[test]
    fn a_picture_full_of_finder_patterns_is_given_up() {
        const PATTERN: [&[u8; 7]; 7] = [
            b"#######", b"#     #", b"# ### #", b"# ### #", b"# ### #", b"#     #", b"#######",
        ];
        let is_dark = |x: usize, y: usize| x < 7 && y < 7 && PATTERN[y][x] == b'#';
        // 1.7 kB as a PNG; ten attempts at its 5,041 patterns took ten times as long as the first.
        let pixels: Vec<u8> = (0..640 * 640)
            .map(|at| {
                if is_dark(at % 640 % 9, at / 640 % 9) {
                    0
                } else {
                    255
                }
            })
            .collect();
        let luma = Luma::new(640, 640, &pixels).unwrap();
        assert!(ATTEMPTS[0].read(luma).is_err());
        assert!(read_luma(luma, Effort::Photo).is_empty());
    }

    #[test]
    fn reads_all_codes_of_a_picture() {
        let pictures = ["ONE", "TWO", "THREE"].map(|text| {
            image::load_from_memory(&Code::at_level(text, crate::qr::Level::M).unwrap().to_png(4))
                .unwrap()
                .into_luma8()
        });
        let [width, height] = [pictures[0].width(), pictures[0].height()];
        let pixels: Vec<u8> = pictures
            .iter()
            .flat_map(|picture| picture.as_raw().clone())
            .collect();
        let mut texts = read_luma(Luma::new(width, height * 3, &pixels).unwrap(), Effort::Frame);
        texts.sort();
        assert_eq!(texts, ["ONE", "THREE", "TWO"]);
    }
}
