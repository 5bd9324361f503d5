//! The certificate, the place and the time that rules are evaluated over ("EU DCC Validation Rules" 7.4 and 7.5).

use super::{Instant, ValueSets, Version, value::Value};
use crate::CountryCode;
use schemas::{UnixTime, hcert::EntryKind};
use serde_json::Value as Json;

/// What rules are selected by and evaluated over.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The certificate's content by the DCC schema, as rules read it at `payload`.
    pub payload: &'a Json,
    /// The kind of entry in it.
    pub entry: EntryKind,
    /// The version of the schema in its `ver`.
    pub schema: Version,
    /// The country that issued it, by its signer.
    pub issuer: CountryCode,
    /// The country whose rules the door follows.
    pub arrival: CountryCode,
    /// The time of the check.
    pub now: UnixTime,
    /// When it was issued (`iat`).
    pub issued: UnixTime,
    /// When it expires (`exp`).
    pub expires: UnixTime,
    /// The signer's key identifier in base64.
    pub key_id: &'a str,
    /// The value sets that rules refer to.
    pub value_sets: &'a ValueSets,
}

/// The parts of a case that have to be written out for the rules.
pub(super) struct Texts {
    now: Option<String>,
    issued: Option<String>,
    expires: Option<String>,
}

impl Case<'_> {
    pub(super) fn texts(&self) -> Texts {
        let text = |time| Instant::at(time).map(|instant| instant.to_string());
        Texts {
            now: text(self.now),
            issued: text(self.issued),
            expires: text(self.expires),
        }
    }

    /// The data context, put together without copying the payload or the value sets.
    pub(super) fn data<'a>(&'a self, texts: &'a Texts) -> Value<'a> {
        let text = |text: &'a Option<String>| text.as_deref().map_or(Value::Null, Value::Text);
        let object = |fields| Value::object(fields).expect("two levels are not too deep");
        let external = object(vec![
            ("validationClock", text(&texts.now)),
            ("valueSets", Value::of(self.value_sets.json())),
            ("countryCode", Value::Text(self.arrival.as_str())),
            ("issuerCountryCode", Value::Text(self.issuer.as_str())),
            ("exp", text(&texts.expires)),
            ("iat", text(&texts.issued)),
            ("kid", Value::Text(self.key_id)),
        ]);
        object(vec![("payload", Value::of(self.payload)), ("external", external)])
    }
}
