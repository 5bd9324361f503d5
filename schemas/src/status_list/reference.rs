//! How a token refers to its status (section 6).

use crate::{Error, cbor::Item};
use serde_json::{Value, json};

/// The claim of a CWT that holds the reference (section 6.3).
pub const STATUS_CLAIM: i64 = 65_535;
/// Longest URI in bytes: what servers and proxies are asked to take at least is 8,000 for a whole line (RFC 9110
/// section 4.1); a list's address needs a fraction.
pub const MAX_URI_BYTES: usize = 2_048;

const MALFORMED: Error = Error::StatusListMalformed("not a reference with idx and uri");

/// An index in the list at a URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReference {
    uri: String,
    index: u64,
}

impl StatusReference {
    /// A reference to `index` in the list at `uri`.
    ///
    /// # Errors
    /// [`Error::TooLong`]; [`Error::StatusListMalformed`] unless the URI has a scheme and only printable ASCII.
    pub fn new(uri: String, index: u64) -> Result<Self, Error> {
        check_uri(&uri)?;
        Ok(Self { uri, index })
    }

    /// Where the list is, and the subject of its token.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The index in the list.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The value of the claim `status` in a JWT: `{"status_list": {"idx": …, "uri": …}}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "status_list": { "idx": self.index, "uri": self.uri } })
    }

    /// Reads the value of the claim `status` in a JWT. `None` when it names other mechanisms alone.
    ///
    /// # Errors
    /// [`Error::StatusListMalformed`], [`Error::TooLong`].
    pub fn from_json(status: &Value) -> Result<Option<Self>, Error> {
        let Some(reference) = status.as_object().ok_or(MALFORMED)?.get("status_list") else {
            return Ok(None);
        };
        let index = reference.get("idx").and_then(Value::as_u64).ok_or(MALFORMED)?;
        let uri = reference.get("uri").and_then(Value::as_str).ok_or(MALFORMED)?;
        Self::new(uri.to_owned(), index).map(Some)
    }

    /// The value of the claim [`STATUS_CLAIM`] in a CWT.
    #[must_use]
    pub fn to_item(&self) -> Item<'_> {
        let reference = Item::Map(vec![
            (Item::text("idx"), Item::Int(self.index.into())),
            (Item::text("uri"), Item::text(&self.uri)),
        ]);
        Item::Map(vec![(Item::text("status_list"), reference)])
    }

    /// Reads the value of the claim [`STATUS_CLAIM`] in a CWT. `None` when it names other mechanisms alone.
    ///
    /// # Errors
    /// [`Error::StatusListMalformed`], [`Error::TooLong`].
    pub fn from_item(status: &Item<'_>) -> Result<Option<Self>, Error> {
        let Some(reference) = text_key(status, "status_list")? else {
            return Ok(None);
        };
        let index = match text_key(reference, "idx")? {
            Some(Item::Int(index)) => u64::try_from(*index).map_err(|_| MALFORMED)?,
            _ => return Err(MALFORMED),
        };
        let uri = text_key(reference, "uri")?
            .and_then(Item::as_text)
            .ok_or(MALFORMED)?;
        Self::new(uri.to_owned(), index).map(Some)
    }
}

/// The value under a text key of a map.
pub(super) fn text_key<'a, 'b>(map: &'a Item<'b>, key: &str) -> Result<Option<&'a Item<'b>>, Error> {
    let entries = map.as_map().ok_or(MALFORMED)?;
    let found = entries.iter().find(|(found, _)| found.as_text() == Some(key));
    Ok(found.map(|(_, value)| value))
}

/// The least that a URI has (RFC 3986 section 3): a scheme, and no character outside printable ASCII.
pub(super) fn check_uri(uri: &str) -> Result<(), Error> {
    Error::at_most("URI in bytes", uri.len(), MAX_URI_BYTES)?;
    let scheme = uri.split_once(':').map(|(scheme, _)| scheme);
    let has_scheme = scheme.is_some_and(|scheme| scheme.starts_with(|c: char| c.is_ascii_alphabetic()));
    if !has_scheme || !uri.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::StatusListMalformed("not a URI"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor::{Lengths, read};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_what_it_writes(uri in "[a-z]{1,8}:[!-~]{0,40}", index: u64) {
            let reference = StatusReference::new(uri, index).unwrap();
            prop_assert_eq!(StatusReference::from_json(&reference.to_json()), Ok(Some(reference.clone())));
            let bytes = reference.to_item().encode();
            let item = read(&bytes, Lengths::DefiniteOnly).unwrap();
            prop_assert_eq!(StatusReference::from_item(&item), Ok(Some(reference)));
        }
    }

    #[test]
    fn other_mechanisms_are_not_ours() {
        assert_eq!(StatusReference::from_json(&json!({ "other": 1 })), Ok(None));
        assert_eq!(StatusReference::from_item(&Item::Map(vec![])), Ok(None));
    }

    #[test]
    fn refuses_what_is_no_reference() {
        let json = |status: Value| StatusReference::from_json(&status).map_err(|error| error.code());
        for bad in [
            json!(1),
            json!({ "status_list": 1 }),
            json!({ "status_list": { "idx": -1, "uri": "https://a.example" } }),
            json!({ "status_list": { "idx": 1.5, "uri": "https://a.example" } }),
            json!({ "status_list": { "idx": "1", "uri": "https://a.example" } }),
            json!({ "status_list": { "idx": 1 } }),
            json!({ "status_list": { "idx": 1, "uri": "no scheme" } }),
            json!({ "status_list": { "idx": 1, "uri": ":" } }),
            json!({ "status_list": { "idx": 1, "uri": "https://ä.example" } }),
        ] {
            assert_eq!(json(bad.clone()), Err("status-list-malformed"), "{bad}");
        }
        let long = format!("https:{}", "a".repeat(MAX_URI_BYTES));
        assert_eq!(
            json(json!({ "status_list": { "idx": 1, "uri": long } })),
            Err("too-long")
        );
        assert!(StatusReference::from_item(&Item::Int(1)).is_err());
    }
}
