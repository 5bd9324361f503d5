//! The JSON form of certificates, which exists for schemas, rules and exchange: the bytes that are signed are CBOR.

use super::{Certificate, Reading};
use crate::{
    Error,
    cbor::{self, Item},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Number, Value};

/// Largest JSON text of a certificate, in bytes: as much as its CBOR may have.
pub const MAX_JSON_BYTES: usize = cbor::MAX_BYTES;

const REFUSED: Error = Error::JsonMalformed("certificate");

impl Certificate {
    /// Reads a certificate from JSON text.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::JsonMalformed`] and [`Error::HcertMalformed`].
    pub fn from_json(text: &str, reading: Reading) -> Result<Self, Error> {
        if text.len() > MAX_JSON_BYTES {
            return Err(Error::TooLong {
                what: "certificate JSON in bytes",
                length: text.len(),
                limit: MAX_JSON_BYTES,
            });
        }
        let value = serde_json::from_str(text).map_err(|_| REFUSED)?;
        Self::from_json_value(&value, reading)
    }

    /// Reads a certificate from a JSON value.
    ///
    /// # Errors
    /// [`Error::JsonMalformed`] and [`Error::HcertMalformed`].
    pub fn from_json_value(value: &Value, reading: Reading) -> Result<Self, Error> {
        Self::from_item(&to_item(value, 0)?, reading)
    }

    /// The certificate as JSON.
    #[must_use]
    pub fn to_json_value(&self) -> Value {
        from_item(&self.to_item()).expect("made of texts and small numbers")
    }
}

impl Serialize for Certificate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Certificate {
    /// Strict.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_json_value(&value, Reading::Strict).map_err(de::Error::custom)
    }
}

/// The JSON that stands for the same data. Tags are left out, as the DCC schema knows none.
pub(super) fn from_item(item: &Item<'_>) -> Result<Value, Error> {
    Ok(match item {
        Item::Int(value) => match (u64::try_from(*value), i64::try_from(*value)) {
            (Ok(value), _) => value.into(),
            (_, Ok(value)) => value.into(),
            _ => return Err(REFUSED),
        },
        Item::Float(value) => Number::from_f64(*value).ok_or(REFUSED)?.into(),
        Item::Text(text) => Value::String(text.to_string()),
        Item::Array(items) => Value::Array(items.iter().map(from_item).collect::<Result<_, _>>()?),
        Item::Map(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = key.as_text().ok_or(REFUSED)?;
                map.insert(key.to_owned(), from_item(value)?);
            }
            map.into()
        }
        Item::Tag(_, inner) => from_item(inner)?,
        &cbor::TRUE => true.into(),
        &cbor::FALSE => false.into(),
        &cbor::NULL => Value::Null,
        Item::Simple(_) | Item::Bytes(_) => return Err(REFUSED),
    })
}

fn to_item(value: &Value, depth: usize) -> Result<Item<'_>, Error> {
    if depth > cbor::MAX_DEPTH {
        return Err(REFUSED);
    }
    Ok(match value {
        Value::Null => cbor::NULL,
        Value::Bool(true) => cbor::TRUE,
        Value::Bool(false) => cbor::FALSE,
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(value), _, _) => Item::Int(value.into()),
            (_, Some(value), _) => Item::Int(value.into()),
            (_, _, Some(value)) => Item::Float(value),
            _ => return Err(REFUSED),
        },
        Value::String(text) => Item::text(text),
        Value::Array(values) => {
            let items = values.iter().map(|value| to_item(value, depth + 1));
            Item::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| Ok((Item::text(key), to_item(value, depth + 1)?)));
            Item::Map(entries.collect::<Result<_, Error>>()?)
        }
    })
}
