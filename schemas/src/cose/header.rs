//! COSE headers (RFC 9052 section 3) from CBOR that was read already.

use crate::{Error, cbor::Item};
use coset::{AsCborValue, Header, Label, RegisteredLabelWithPrivate, cbor::Value};

const ALGORITHM: Label = Label::Int(1);
const KEY_ID: Label = Label::Int(4);

const MALFORMED: Error = Error::CoseMalformed("a header parameter has the wrong type");

/// Reads a header map.
///
/// What a credential has (algorithm, key identifier and labels that COSE leaves to applications) is read directly,
/// which a door does for every scan; the rarer parameters 2, 3, 5, 6 and 7 are left to `coset`.
pub(super) fn from_item(item: Item<'_>) -> Result<Header, Error> {
    let Item::Map(entries) = item else {
        return Err(Error::CoseMalformed("a header is not a map"));
    };
    let is_rare = |(key, _): &(Item<'_>, Item<'_>)| matches!(key, Item::Int(2 | 3 | 5 | 6 | 7));
    if entries.iter().any(is_rare) {
        return Header::from_cbor_value(value_of(Item::Map(entries))?).map_err(|_| MALFORMED);
    }
    let mut header = Header::default();
    for (key, value) in entries {
        match (label_of(key)?, value) {
            (ALGORITHM, value) => {
                let algorithm = RegisteredLabelWithPrivate::from_cbor_value(value_of(value)?);
                header.alg = Some(algorithm.map_err(|_| MALFORMED)?);
            }
            (KEY_ID, Item::Bytes(id)) if !id.is_empty() => header.key_id = id.into_owned(),
            (KEY_ID, _) => return Err(MALFORMED),
            (label, value) => header.rest.push((label, value_of(value)?)),
        }
    }
    Ok(header)
}

fn label_of(key: Item<'_>) -> Result<Label, Error> {
    match key {
        Item::Int(value) => i64::try_from(value).map(Label::Int).map_err(|_| MALFORMED),
        Item::Text(text) => Ok(Label::Text(text.into_owned())),
        _ => Err(MALFORMED),
    }
}

/// The same data as a `ciborium::Value`, which cannot hold the unassigned simple values.
fn value_of(item: Item<'_>) -> Result<Value, Error> {
    Ok(match item {
        Item::Int(value) => Value::Integer(value.try_into().map_err(|_| MALFORMED)?),
        Item::Bytes(bytes) => Value::Bytes(bytes.into_owned()),
        Item::Text(text) => Value::Text(text.into_owned()),
        Item::Array(items) => Value::Array(items.into_iter().map(value_of).collect::<Result<_, _>>()?),
        Item::Map(entries) => {
            let pairs = entries
                .into_iter()
                .map(|(key, value)| Ok((value_of(key)?, value_of(value)?)));
            Value::Map(pairs.collect::<Result<_, Error>>()?)
        }
        Item::Tag(tag, item) => Value::Tag(tag, Box::new(value_of(*item)?)),
        Item::Float(value) => Value::Float(value),
        crate::cbor::TRUE => Value::Bool(true),
        crate::cbor::FALSE => Value::Bool(false),
        crate::cbor::NULL => Value::Null,
        Item::Simple(_) => return Err(MALFORMED),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor::{Lengths, read};
    use coset::{CborSerializable, iana};

    fn header(hex: &str) -> Result<Header, Error> {
        from_item(read(&hex::decode(hex).unwrap(), Lengths::DefiniteOnly).unwrap())
    }

    #[test]
    fn reads_what_coset_reads() {
        let examples = [
            "a0",
            // alg -7, kid, a private label with every kind of value.
            "a3012604420102 3a00010000 87 01 20 4101 6161 a10102 c101 f4",
            "a1016161",
            // alg -7, content type 60, kid; iv; partial iv; a text label.
            "a301260318 3c044101",
            "a105 4101",
            "a1064101",
            "a1616103",
            "a118 21 80",
        ];
        for example in examples.map(|e| e.replace(' ', "")) {
            let theirs = Header::from_slice(&hex::decode(&example).unwrap());
            assert_eq!(header(&example).unwrap(), theirs.unwrap(), "{example}");
        }
        assert_eq!(
            header("a10126").unwrap().alg,
            Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ES256))
        );
    }

    #[test]
    fn refuses_what_coset_refuses() {
        // A list; kid empty, kid a number; alg a byte string, alg unregistered; a label that is a byte string; iv empty.
        for example in [
            "80", "a10440", "a10401", "a1014101", "a10118ff", "a1410101", "a10540",
        ] {
            assert!(
                Header::from_slice(&hex::decode(example).unwrap()).is_err(),
                "{example}"
            );
            assert_eq!(header(example).unwrap_err().code(), "cose-malformed", "{example}");
        }
    }
}
