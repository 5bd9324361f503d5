//! An EU certificate as it was imported.

use crate::{
    Error,
    record::{self, Record, Rest},
};
use core::fmt;
use schemas::{
    Commitment, UnixTime,
    cbor::Item,
    hcert::{self, Decoded, Reading, Scanned},
    proof,
};

/// The text of a certificate. It is shown as it is, to anybody who scans it: there is nothing to choose and no key.
#[derive(Clone, PartialEq)]
pub struct StoredCertificate {
    text: String,
    imported_at: UnixTime,
    rest: Rest,
}

impl StoredCertificate {
    /// Takes the text of a QR code that begins with `HC1:`, without the white space around it, of which there can be more
    /// than a vault may hold. Nobody checks its signature here.
    ///
    /// # Errors
    /// [`Error::Schemas`] when it is not a certificate.
    pub fn new(text: &str, imported_at: UnixTime) -> Result<Self, Error> {
        let stored = Self {
            text: text.trim().to_owned(),
            imported_at,
            rest: Rest::new(),
        };
        stored.decoded()?.unverified_claims()?;
        Ok(stored)
    }

    /// The text for the QR code.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text for a print that travels: without the proof, which existing verifiers do not need.
    ///
    /// # Errors
    /// As [`decoded`](Self::decoded).
    pub fn travel_text(&self) -> Result<String, Error> {
        let decoded = self.decoded()?;
        // What has no proof stays to the letter.
        if !matches!(decoded.proof(), Ok(None)) {
            let mut signed = decoded.sign1().clone();
            proof::remove_from(signed.unprotected_mut());
            return Ok(hcert::to_text(&signed));
        }
        Ok(self.text.clone())
    }

    /// When it was imported.
    #[must_use]
    pub fn imported_at(&self) -> UnixTime {
        self.imported_at
    }

    /// The certificate, to show its holder what it says.
    ///
    /// # Errors
    /// [`Error::Schemas`]; not for one that was imported by this version.
    pub fn decoded(&self) -> Result<Decoded, Error> {
        Ok(Scanned::new(&self.text)?.decode(Reading::Lenient)?)
    }

    /// Names the certificate, whatever its proof and its signature's form.
    pub(crate) fn commitment(&self) -> Option<Commitment> {
        Some(self.decoded().ok()?.commitment())
    }

    const TEXT: i64 = 11;
    const IMPORTED_AT: i64 = 12;

    pub(crate) fn fields(&self) -> [(i64, Item<'_>); 2] {
        [
            (Self::TEXT, Item::text(&self.text)),
            (Self::IMPORTED_AT, record::int(self.imported_at.0)),
        ]
    }

    pub(crate) fn rest(&self) -> &Rest {
        &self.rest
    }

    pub(crate) fn read(mut record: Record) -> Result<Self, Error> {
        Ok(Self {
            text: record.text(Self::TEXT)?,
            imported_at: record.time(Self::IMPORTED_AT)?,
            rest: record.rest(),
        })
    }
}

impl fmt::Debug for StoredCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredCertificate(…)")
    }
}
