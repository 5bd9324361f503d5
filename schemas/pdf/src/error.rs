//! Why a PDF was refused.

use core::fmt;

/// Why a PDF was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The file, or what it asks to be drawn, is more than a certificate needs.
    TooLong {
        /// What is too long.
        what: &'static str,
        /// The most that is read.
        limit: usize,
    },
    /// The file opens with a password only.
    PdfEncrypted,
    /// The file is no PDF, or a damaged one.
    PdfMalformed,
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too-long",
            Self::PdfEncrypted => "pdf-encrypted",
            Self::PdfMalformed => "pdf-malformed",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { what, limit } => write!(f, "the {what} is more than {limit}"),
            Self::PdfEncrypted => f.write_str(
                "the PDF opens with a password only: save it without one, or take a picture of the code",
            ),
            Self::PdfMalformed => f.write_str("this is no PDF, or a damaged one"),
        }
    }
}

impl core::error::Error for Error {}
