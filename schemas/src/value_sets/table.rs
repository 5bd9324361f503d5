//! Sets of codes that the caller loads.

use crate::Error;
use std::collections::BTreeSet;

/// Largest value set file in bytes; the largest published one (rapid tests) has 600 kB.
pub const MAX_TABLE_BYTES: usize = 4 * 1024 * 1024;

/// A set of codes from a value set file of the eHealth Network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeTable(BTreeSet<String>);

impl CodeTable {
    /// Reads `{"valueSetValues": {"code": …}}`.
    ///
    /// # Errors
    /// [`Error::TooLong`] and [`Error::JsonMalformed`].
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        if json.len() > MAX_TABLE_BYTES {
            return Err(Error::TooLong {
                what: "value set in bytes",
                length: json.len(),
                limit: MAX_TABLE_BYTES,
            });
        }
        let file: serde_json::Value =
            serde_json::from_slice(json).map_err(|_| Error::JsonMalformed("value set"))?;
        let values = file.get("valueSetValues").and_then(|values| values.as_object());
        let values = values.ok_or(Error::JsonMalformed("value set"))?;
        Ok(Self(values.keys().cloned().collect()))
    }

    /// Whether a code is in the set.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        self.0.contains(code)
    }
}

/// The large value sets, as far as the caller has them: a set that is not there is not checked.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Rapid tests (`ma` of a test).
    pub devices: Option<CodeTable>,
    /// Vaccines and prophylaxes (`vp`).
    pub prophylaxes: Option<CodeTable>,
    /// Vaccine products (`mp`).
    pub products: Option<CodeTable>,
    /// Holders of a vaccine's marketing authorisation (`ma` of a vaccination).
    pub holders: Option<CodeTable>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_codes_alone() {
        let table =
            CodeTable::from_json(br#"{"valueSetId": "x", "valueSetValues": {"1232": {"display": "?"}}}"#);
        let table = table.unwrap();
        assert!(table.contains("1232"));
        assert!(!table.contains("valueSetId"));
        assert_eq!(
            CodeTable::from_json(b"[]"),
            Err(Error::JsonMalformed("value set"))
        );
    }
}
