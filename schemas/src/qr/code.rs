//! Text to a QR code's modules.

use crate::Error;
use core::fmt;
use qrcode::{Color, EcLevel, QrCode, Version, bits};

/// The longest text: 7,089 digits fill version 40 at level L (ISO/IEC 18004 table 7). A base45 text of 4,296
/// characters does so too; what else fits depends on the characters, and is found by trying.
pub const MAX_TEXT: usize = 7_089;

/// How much damage a code survives: about 7, 15, 25 or 30 % of its codewords (ISO/IEC 18004 section 6.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 7 %.
    L,
    /// 15 %.
    M,
    /// 25 %.
    Q,
    /// 30 %.
    H,
}

impl Level {
    fn of_crate(self) -> EcLevel {
        match self {
            Self::L => EcLevel::L,
            Self::M => EcLevel::M,
            Self::Q => EcLevel::Q,
            Self::H => EcLevel::H,
        }
    }
}

/// A QR code: a square of dark and light modules, without its quiet zone.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    version: u8,
    level: Level,
    width: usize,
    dark: Vec<bool>,
}

impl Code {
    /// The smallest code at level M, then raised to Q or H where that costs no larger version. Only a text that no
    /// version holds at M gets level L.
    ///
    /// # Errors
    /// [`Error::QrTextNotAscii`], and [`Error::TooLong`] when version 40 does not hold the text.
    pub fn new(text: &str) -> Result<Self, Error> {
        let Ok(smallest) = smallest_version(text, Level::M) else {
            return Self::at_level(text, Level::L);
        };
        let raised = [Level::H, Level::Q]
            .into_iter()
            .find_map(|level| encode(text, smallest, level).ok());
        raised.map_or_else(|| encode(text, smallest, Level::M), Ok)
    }

    /// The smallest code at `level`, such as Q for a print that will travel.
    ///
    /// # Errors
    /// [`Error::QrTextNotAscii`], and [`Error::TooLong`] when version 40 does not hold the text at this level.
    pub fn at_level(text: &str, level: Level) -> Result<Self, Error> {
        encode(text, smallest_version(text, level)?, level)
    }

    /// The version, 1 to 40.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The error correction level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Modules on a side: 17 + 4 × version.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether the module in column `x` of row `y` is dark; modules outside the code are light.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.width && y < self.width && self.dark[y * self.width + x]
    }
}

impl fmt::Debug for Code {
    /// Version and level, as in `22-M`; the modules are the credential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({}-{:?})", self.version, self.level)
    }
}

fn smallest_version(text: &str, level: Level) -> Result<Version, Error> {
    // The encoder would take byte pairs of UTF-8 for Kanji. Every text of ours is ASCII.
    if !text.is_ascii() {
        return Err(Error::QrTextNotAscii);
    }
    if text.len() > MAX_TEXT {
        return Err(too_long(text));
    }
    let bits = bits::encode_auto(text.as_bytes(), level.of_crate()).map_err(|_| too_long(text))?;
    Ok(bits.version())
}

fn encode(text: &str, version: Version, level: Level) -> Result<Code, Error> {
    let code = QrCode::with_version(text, version, level.of_crate()).map_err(|_| too_long(text))?;
    let Version::Normal(number) = version else {
        return Err(too_long(text));
    };
    Ok(Code {
        version: u8::try_from(number).map_err(|_| too_long(text))?,
        level,
        width: code.width(),
        dark: code
            .into_colors()
            .into_iter()
            .map(|color| color == Color::Dark)
            .collect(),
    })
}

fn too_long(text: &str) -> Error {
    Error::TooLong {
        what: "text for a QR code, in bytes",
        length: text.len(),
        limit: MAX_TEXT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_highest_level_that_costs_no_larger_version() {
        // ISO/IEC 18004 table 7, version 10 in alphanumeric mode: 395 L, 311 M, 221 Q, 174 H; version 9 at M: 262.
        let taken = |length| format!("{:?}", Code::new(&"A".repeat(length)).unwrap());
        assert_eq!(taken(311), "Code(10-M)");
        assert_eq!(taken(312), "Code(11-M)");
        assert_eq!(taken(263), "Code(10-M)");
        assert_eq!(taken(1), "Code(1-H)");
        assert_eq!(taken(3_391), "Code(40-M)");
        assert_eq!(taken(3_392), "Code(36-L)");
        assert_eq!(taken(4_296), "Code(40-L)");
        assert_eq!(Code::new(&"A".repeat(4_297)).unwrap_err().code(), "too-long");
        assert_eq!(Code::new(&"1".repeat(MAX_TEXT)).unwrap().version(), 40);
        assert_eq!(
            Code::new(&"1".repeat(MAX_TEXT + 1)).unwrap_err().code(),
            "too-long"
        );
        assert_eq!(
            format!("{:?}", Code::at_level(&"A".repeat(174), Level::H).unwrap()),
            "Code(10-H)"
        );
        assert_eq!(
            Code::at_level(&"A".repeat(1_134), Level::M).unwrap().version(),
            22
        );
        assert_eq!(
            Code::at_level(&"A".repeat(1_135), Level::M).unwrap().version(),
            23
        );
        assert_eq!(Code::new("ü").unwrap_err().code(), "qr-text-not-ascii");
    }

    #[test]
    fn a_smart_health_card_is_a_byte_and_a_numeric_segment() {
        // Version 22 holds 1,195, 927, 670 and 519 characters of the JWS (smarthealth.cards, chunking).
        let limits = [
            (Level::L, 1_195),
            (Level::M, 927),
            (Level::Q, 670),
            (Level::H, 519),
        ];
        for (level, characters) in limits {
            let version = |characters: usize| {
                Code::at_level(&format!("shc:/{}", "56".repeat(characters)), level)
                    .unwrap()
                    .version()
            };
            assert_eq!(version(characters), 22, "{level:?}");
            assert_eq!(version(characters + 1), 23, "{level:?}");
        }
    }

    #[test]
    fn has_finder_patterns_in_three_corners() {
        let code = Code::new("A").unwrap();
        let corner = |x: usize, y: usize| (0..7).all(|i| code.is_dark(x + i, y) && code.is_dark(x, y + i));
        assert_eq!(code.width(), 21);
        assert!(corner(0, 0) && corner(14, 0) && corner(0, 14) && !corner(14, 14));
        assert!(!code.is_dark(21, 0));
    }
}
