//! Value sets in the compressed form that rules read at `external.valueSets` (eu-dcc-business-rules, "how-to").

use crate::Error;
use schemas::value_sets::MAX_TABLE_BYTES;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Names of value sets, each with its codes.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueSets(Json);

impl Default for ValueSets {
    fn default() -> Self {
        Self(Json::Object(Map::new()))
    }
}

/// A value set as ehn-dcc-development/eu-dcc-valuesets publishes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Published {
    value_set_id: String,
    value_set_values: BTreeMap<String, serde::de::IgnoredAny>,
}

impl ValueSets {
    /// Adds a set, or replaces the one of the same name.
    #[must_use]
    pub fn with<C: Into<String>>(mut self, name: &str, codes: impl IntoIterator<Item = C>) -> Self {
        let codes = codes.into_iter().map(|code| Json::String(code.into())).collect();
        if let Json::Object(sets) = &mut self.0 {
            sets.insert(name.into(), codes);
        }
        self
    }

    /// Adds a set as the EU publishes it.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`] and [`schemas::Error::JsonMalformed`].
    pub fn with_published(self, json: &[u8]) -> Result<Self, Error> {
        let (length, limit) = (json.len(), MAX_TABLE_BYTES);
        if length > limit {
            return Err(schemas::Error::TooLong {
                what: "value set in bytes",
                length,
                limit,
            }
            .into());
        }
        let set: Published =
            serde_json::from_slice(json).map_err(|_| schemas::Error::JsonMalformed("value set"))?;
        Ok(self.with(&set.value_set_id, set.value_set_values.into_keys()))
    }

    pub(super) fn json(&self) -> &Json {
        &self.0
    }
}
