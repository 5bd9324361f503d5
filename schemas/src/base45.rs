//! Base45 (RFC 9285), the encoding of bytes that fits the alphanumeric mode of QR codes.
//!
//! The decoder is our own because it stands on a door's hot path: one look-up per character and one comparison per
//! group of three.

use crate::Error;

/// RFC 9285 table 1, which is the alphanumeric set of ISO/IEC 18004 in its order.
const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// What a byte outside the alphabet counts for: more than any group can hold, so that it fails the one comparison.
const FOREIGN: u32 = 1 << 16;

static VALUES: [u32; 256] = values();

const fn values() -> [u32; 256] {
    let mut values = [FOREIGN; 256];
    let (mut index, mut value) = (0, 0);
    while index < ALPHABET.len() {
        values[ALPHABET[index] as usize] = value;
        (index, value) = (index + 1, value + 1);
    }
    values
}

/// The bytes that `text` stands for. Its length is for the caller to limit.
///
/// # Errors
/// [`Error::Base45Malformed`].
pub fn decode(text: &str) -> Result<Vec<u8>, Error> {
    let value = |byte: u8| VALUES[usize::from(byte)];
    let (groups, rest) = text.as_bytes().as_chunks::<3>();
    let mut bytes = Vec::with_capacity(groups.len() * 2 + 1);
    for (index, [a, b, c]) in groups.iter().enumerate() {
        let pair = value(*a) + value(*b) * 45 + value(*c) * (45 * 45);
        let pair = u16::try_from(pair).map_err(|_| Error::Base45Malformed { offset: index * 3 })?;
        bytes.extend_from_slice(&pair.to_be_bytes());
    }
    let offset = groups.len() * 3;
    match rest {
        [] => {}
        [a, b] => {
            let last = value(*a) + value(*b) * 45;
            bytes.push(u8::try_from(last).map_err(|_| Error::Base45Malformed { offset })?);
        }
        _ => return Err(Error::Base45Malformed { offset }),
    }
    Ok(bytes)
}

/// The text that stands for `bytes`.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let digit = |value: usize| char::from(ALPHABET[value % 45]);
    let mut text = String::with_capacity(bytes.len().div_ceil(2) * 3);
    let (pairs, rest) = bytes.as_chunks::<2>();
    for pair in pairs {
        let value = usize::from(u16::from_be_bytes(*pair));
        text.extend([digit(value), digit(value / 45), digit(value / (45 * 45))]);
    }
    if let [last] = rest {
        let value = usize::from(*last);
        text.extend([digit(value), digit(value / 45)]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn matches_the_examples_of_the_rfc() {
        // RFC 9285 sections 4.3 and 4.4.
        for (bytes, text) in [
            (&b"AB"[..], "BB8"),
            (b"Hello!!", "%69 VD92EX0"),
            (b"base-45", "UJCLQE7W581"),
            (b"ietf!", "QED8WEX0"),
        ] {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text).as_deref(), Ok(bytes));
        }
    }

    #[test]
    fn refuses_what_stands_for_no_bytes() {
        // The largest pair is FGW = 65535 and the largest single byte U5 = 255.
        assert_eq!(decode("FGWU5"), Ok(vec![0xff, 0xff, 0xff]));
        let refusals = [
            ("GGW", 0),
            (":::", 0),
            ("BB8V5", 3),
            ("BB8::", 3),
            ("BB8A", 3),
            ("BB8bb8", 3),
        ];
        for (text, offset) in refusals
            .into_iter()
            .chain([("B\n8", 0), ("BB8ä", 3), ("AB\0", 0)])
        {
            assert_eq!(decode(text), Err(Error::Base45Malformed { offset }), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(bytes: Vec<u8>) {
            let text = encode(&bytes);
            // What strips spaces at the end of a text does no harm.
            prop_assert!(!text.ends_with(' '));
            prop_assert_eq!(decode(&text), Ok(bytes));
        }

        #[test]
        fn any_text_returns(text: String) {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
