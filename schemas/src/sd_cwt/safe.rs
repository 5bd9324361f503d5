//! Which keys and values may stand where (section "Allowed types of CBOR map keys", `legal-values.cddl`).

use super::{REDACTED_ELEMENT, REDACTED_KEYS, redact};
use crate::cbor::Item;

/// Longest text key in bytes.
const MAX_LABEL_BYTES: usize = 255;

/// Whether a map key is an integer or a text of 1 to 255 bytes.
pub fn is_label(key: &Item<'_>) -> bool {
    match key {
        Item::Int(_) => true,
        Item::Text(text) => (1..=MAX_LABEL_BYTES).contains(&text.len()),
        _ => false,
    }
}

/// Whether a tag or a simple value has a meaning only in an SD-CWT's claims, before or after redaction.
pub fn is_reserved(item: &Item<'_>) -> bool {
    match item {
        Item::Tag(tag, _) => [redact::REDACT, REDACTED_ELEMENT, redact::REDACT_DECOY].contains(tag),
        simple => *simple == REDACTED_KEYS,
    }
}

/// Whether an item is a CDDL `safe-value`: legal in a plain CWT, at any depth. Depth is bounded by the reader.
pub fn is_safe(item: &Item<'_>) -> bool {
    match item {
        reserved if is_reserved(reserved) => false,
        Item::Array(items) => items.iter().all(is_safe),
        Item::Map(entries) => entries.iter().all(|(key, value)| is_label(key) && is_safe(value)),
        Item::Tag(_, inner) => is_safe(inner),
        _ => true,
    }
}
