//! Unique certificate identifiers (eHealth Network, interoperability of vaccination certificates, annex 2).

use crate::{
    health::debug_shows_nothing,
    value_sets::{Country, ValueSet},
};

const PREFIX: &str = "URN:UVCI:";
/// The characters that the checksum counts, in its order.
const ALPHABET: &[u8; 38] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/:";
/// RFC 4648 base32, whose characters are all in [`ALPHABET`].
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// An identifier as `URN:UVCI:01:CC:…#checksum`. It identifies a person's certificate, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Uvci {
    text: String,
}

/// What an identifier's last character says. Verifiers do not insist on it: many issuers leave it out, and the signature
/// says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// It fits the text.
    Right,
    /// It does not fit the text.
    Wrong,
    /// There is none.
    Absent,
}

impl Uvci {
    /// A new identifier of the form "opaque string only" from random bytes.
    #[must_use]
    pub fn new(country: Country, random: &[u8; 10]) -> Self {
        let body = format!("{PREFIX}01:{}:{}", country.code(), base32(random));
        let checksum = checksum_of(&body).expect("made of the alphabet's characters alone");
        Self {
            text: format!("{body}#{checksum}"),
        }
    }

    /// Reads an identifier as the field has them: in any case, with or without the prefix and the checksum.
    #[must_use]
    pub fn read(received: &str) -> Self {
        Self {
            text: received.trim().to_ascii_uppercase(),
        }
    }

    /// The identifier in capital letters, with whatever prefix it came with.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The identifier without prefix and checksum, which is what two spellings of one identifier share.
    #[must_use]
    pub fn essence(&self) -> &str {
        let text = self.text.strip_prefix(PREFIX).unwrap_or(&self.text);
        text.rsplit_once('#').map_or(text, |(body, _)| body)
    }

    /// The issuing country, if the identifier is of version 1.
    #[must_use]
    pub fn country(&self) -> Option<Country> {
        let rest = self.essence().strip_prefix("01")?.strip_prefix([':', '/'])?;
        let (country, _) = rest.split_once([':', '/'])?;
        Country::from_code(country)
    }

    /// Whether the checksum fits.
    #[must_use]
    pub fn checksum(&self) -> Checksum {
        let Some((body, checksum)) = self.text.rsplit_once('#') else {
            return Checksum::Absent;
        };
        let expected = checksum_of(body).map(String::from);
        match expected.as_deref() == Some(checksum) {
            true => Checksum::Right,
            false => Checksum::Wrong,
        }
    }
}

/// Luhn mod N over [`ALPHABET`]; `None` for a text with other characters.
fn checksum_of(body: &str) -> Option<char> {
    let n = ALPHABET.len();
    let mut sum = 0;
    for (index, byte) in body.bytes().rev().enumerate() {
        let value = ALPHABET.iter().position(|known| *known == byte)?;
        let addend = value * if index % 2 == 0 { 2 } else { 1 };
        sum += addend / n + addend % n;
    }
    Some(char::from(ALPHABET[(n - sum % n) % n]))
}

/// 80 bits as 16 characters of RFC 4648 base32.
fn base32(bytes: &[u8; 10]) -> String {
    let bits = bytes
        .iter()
        .fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    let digit = |index: u32| {
        let value = usize::try_from(bits >> (75 - 5 * index) & 31).unwrap_or_default();
        char::from(BASE32[value])
    };
    (0..16).map(digit).collect()
}

debug_shows_nothing!(Uvci);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn matches_published_checksums() {
        // Published test certificates of three countries.
        for text in [
            "01BEVLWLUNCYEOWTE6IFPOSVE6PH#2",
            "URN:UVCI:01:AT:10807843F94AEE0EE5093FBC254BD813#B",
            "URN:UVCI:01:DK:B986830007345F99AE898FB82C6C61F2#A",
        ] {
            assert_eq!(Uvci::read(text).checksum(), Checksum::Right, "{text}");
            assert_eq!(Uvci::read(&text.to_lowercase()).checksum(), Checksum::Right);
            assert_eq!(Uvci::read(&text.replace('#', "A#")).checksum(), Checksum::Wrong);
        }
    }

    #[test]
    fn spellings_of_one_identifier_share_their_essence() {
        let spellings = [
            "URN:UVCI:01:AT:10807843F94AEE0EE5093FBC254BD813#B",
            "urn:uvci:01:at:10807843F94AEE0EE5093FBC254BD813#B",
            "01:AT:10807843f94aee0ee5093fbc254bd813",
        ];
        for spelling in spellings {
            let uvci = Uvci::read(spelling);
            assert_eq!(uvci.essence(), "01:AT:10807843F94AEE0EE5093FBC254BD813");
            assert_eq!(uvci.country(), Country::from_code("AT"));
        }
        assert_eq!(
            Uvci::read("URN:UVCI:01/PT/MS/TRC0#1").country(),
            Country::from_code("PT")
        );
        for other in ["", "#", "URN:UVCI:", "V1:AE:8KST0", "01:", "01:XX:1"] {
            assert_eq!(Uvci::read(other).country(), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn new_ones_are_whole_and_differ(random: [u8; 10], other: [u8; 10]) {
            let uvci = Uvci::new(Country::GERMANY, &random);
            prop_assert_eq!(uvci.checksum(), Checksum::Right);
            prop_assert_eq!(uvci.country(), Some(Country::GERMANY));
            prop_assert_eq!(uvci.as_str().len(), 33);
            prop_assert_eq!(random == other, uvci == Uvci::new(Country::GERMANY, &other));
        }

        #[test]
        fn any_text_returns(text: String) {
            let uvci = Uvci::read(&text);
            let _ = (uvci.essence().len(), uvci.country(), uvci.checksum());
        }
    }
}
