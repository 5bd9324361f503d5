//! Certificates from texts, pictures and files.

use crate::{Error, HoldingNumber, StoredCertificate, Vault};
use schemas::{UnixTime, hcert, sd_cwt::profile};

impl Vault {
    /// Takes in the text of a QR code.
    ///
    /// # Errors
    /// [`Error::NotACredential`], [`Error::IsAPresentation`], [`Error::AlreadyHeld`], [`Error::TooMany`], and
    /// [`Error::Schemas`] when it begins like a certificate and is none.
    pub fn import_text(&mut self, text: &str, now: UnixTime) -> Result<HoldingNumber, Error> {
        let text = text.trim_matches(['\r', '\n', '\t']);
        if text.starts_with(profile::PREFIX) {
            return Err(Error::IsAPresentation);
        }
        if !text.starts_with(hcert::PREFIX) {
            return Err(Error::NotACredential);
        }
        self.add_certificate(StoredCertificate::new(text, now)?)
    }

    /// Takes in a file: the text of one QR code, or (feature `qr`) a picture with codes.
    ///
    /// # Errors
    /// Those of [`import_text`](Self::import_text), for the first code that is refused; what came before it is kept.
    /// [`Error::NoCode`] for a picture without a code.
    pub fn import_file(&mut self, file: &[u8], now: UnixTime) -> Result<Vec<HoldingNumber>, Error> {
        if let Ok(text) = core::str::from_utf8(file) {
            return Ok(vec![self.import_text(text, now)?]);
        }
        let texts = texts_of_picture(file)?;
        if texts.is_empty() {
            return Err(Error::NoCode);
        }
        texts.iter().map(|text| self.import_text(text, now)).collect()
    }
}

#[cfg(feature = "qr")]
fn texts_of_picture(file: &[u8]) -> Result<Vec<String>, Error> {
    Ok(schemas::qr::read_picture(file)?)
}

#[cfg(not(feature = "qr"))]
fn texts_of_picture(_file: &[u8]) -> Result<Vec<String>, Error> {
    Err(Error::NotACredential)
}
