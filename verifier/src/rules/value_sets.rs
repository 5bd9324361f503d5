//! Value sets in the compressed form that rules read at `external.valueSets` (eu-dcc-business-rules, "how-to").

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

    /// Adds a set as the EU publishes it; `None` when the text is not one.
    #[must_use]
    pub fn with_published(self, json: &[u8]) -> Option<Self> {
        let set: Published = serde_json::from_slice(json).ok()?;
        Some(self.with(&set.value_set_id, set.value_set_values.into_keys()))
    }

    pub(super) fn json(&self) -> &Json {
        &self.0
    }
}
