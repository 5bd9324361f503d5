//! Text from a QR code, a file or a hand-held reader.

use crate::Error;
use schemas::{
    Shape,
    hcert::{self, Reading},
    sd_cwt::profile::{self, Presentation},
};

/// Longest text in characters: what the largest QR code holds (ISO/IEC 18004 table 7, version 40-L, alphanumeric).
const MAX_CHARACTERS: usize = 4_296;

/// Text that looks like a credential.
#[derive(Clone, Copy)]
pub struct Scanned<'a> {
    text: &'a str,
    shape: Shape,
}

impl<'a> Scanned<'a> {
    /// Takes text that begins as a credential does. Line ends around it are cut off.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`] and [`Error::NotACredential`].
    pub fn new(text: &'a str) -> Result<Self, Error> {
        let text = text.trim_matches(['\r', '\n', '\t']);
        if text.len() > MAX_CHARACTERS {
            let (what, length) = ("scanned text in characters", text.len());
            return Err(schemas::Error::TooLong {
                what,
                length,
                limit: MAX_CHARACTERS,
            }
            .into());
        }
        let shapes = [(hcert::PREFIX, Shape::Hcert), (profile::PREFIX, Shape::SdCwt)];
        let shape = shapes.into_iter().find(|(prefix, _)| text.starts_with(prefix));
        let (_, shape) = shape.ok_or(Error::NotACredential)?;
        Ok(Self { text, shape })
    }

    /// Which shape its first characters announce.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Takes the encodings off. Nothing of the result is believed yet.
    ///
    /// # Errors
    /// Those of [`hcert::Scanned::decode`] and [`Presentation::decode_text`].
    pub fn decode(self, reading: Reading) -> Result<Decoded, Error> {
        Ok(match self.shape {
            Shape::Hcert => Decoded::Certificate(Box::new(hcert::Scanned::new(self.text)?.decode(reading)?)),
            Shape::SdCwt | Shape::SmartHealthCard => {
                Decoded::Presentation(Box::new(Presentation::decode_text(self.text)?))
            }
        })
    }
}

/// A structure of which only what finds the key can be read.
pub enum Decoded {
    /// An EU certificate, ours or foreign.
    Certificate(Box<hcert::Decoded>),
    /// A presentation of one of our credentials.
    Presentation(Box<Presentation>),
}
