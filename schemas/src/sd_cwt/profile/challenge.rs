//! The text of a door's challenge (`schemas/spec/challenge.md`).

use super::{Challenge, Group};
use crate::{
    Error, Hash, base45,
    cbor::{self, Item, Lengths},
};

/// What the text of a challenge starts with.
pub const CHALLENGE_PREFIX: &str = "AC1:";
/// The version that is read and written.
const VERSION: i128 = 1;
/// Longest text: a challenge has 85.
const MAX_TEXT: usize = 128;
const REFUSE: fn(&'static str) -> Error = Error::ChallengeMalformed;

/// What a door asks for in its own QR code: an answer for this door and this moment, and what it needs to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Whom the presentation has to be for.
    pub challenge: Challenge,
    /// What the door needs. The holder chooses; a door that gets less says so.
    pub groups: AskedGroups,
}

/// What a door needs to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedGroups {
    /// The result alone.
    Result,
    /// The result, and the initials to compare with an identity card.
    Initials,
    /// The result, and the name to compare with an identity card.
    Person,
}

impl AskedGroups {
    /// The groups to disclose.
    #[must_use]
    pub fn groups(self) -> &'static [Group] {
        match self {
            Self::Result => &[Group::Result],
            Self::Initials => &[Group::Result, Group::Initials],
            Self::Person => &[Group::Result, Group::Person],
        }
    }

    fn to_item(self) -> Item<'static> {
        Item::Int(match self {
            Self::Result => 0,
            Self::Initials => 1,
            Self::Person => 2,
        })
    }

    fn read(item: &Item<'_>) -> Result<Self, Error> {
        match item {
            Item::Int(0) => Ok(Self::Result),
            Item::Int(1) => Ok(Self::Initials),
            Item::Int(2) => Ok(Self::Person),
            _ => Err(REFUSE("it asks for something that is not known")),
        }
    }
}

impl Asked {
    /// The text, for a QR code.
    #[must_use]
    pub fn to_text(&self) -> String {
        CHALLENGE_PREFIX.to_owned() + &base45::encode(&self.encode())
    }

    /// The bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let Challenge { door, nonce } = &self.challenge;
        Item::Array(vec![
            Item::Int(VERSION),
            Item::bytes(door.as_bytes()),
            Item::bytes(nonce),
            self.groups.to_item(),
        ])
        .encode()
    }

    /// Reads the text of a QR code.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::ChallengeMalformed`], [`Error::Base45Malformed`] and the `Cbor…` variants.
    pub fn decode_text(text: &str) -> Result<Self, Error> {
        Error::at_most("text of a challenge in characters", text.len(), MAX_TEXT)?;
        let text = text
            .strip_prefix(CHALLENGE_PREFIX)
            .ok_or(REFUSE("no AC1: before it"))?;
        let bytes = base45::decode(text)?;
        let item = cbor::read(&bytes, Lengths::DefiniteOnly)?;
        let Some([version, door, nonce, groups]) = item.as_array() else {
            return Err(REFUSE("not [version, door, nonce, groups]"));
        };
        if *version != Item::Int(VERSION) {
            return Err(REFUSE("a version that is not known"));
        }
        let door = door.as_bytes().and_then(|door| door.try_into().ok());
        let nonce = nonce.as_bytes().and_then(|nonce| nonce.try_into().ok());
        let asked = Self {
            challenge: Challenge {
                door: Hash(door.ok_or(REFUSE("the door is not 32 bytes"))?),
                nonce: nonce.ok_or(REFUSE("the nonce is not 16 bytes"))?,
            },
            groups: AskedGroups::read(groups)?,
        };
        // One text for one challenge: a second form of the same would be a channel beside it.
        match asked.encode() == bytes {
            true => Ok(asked),
            false => Err(REFUSE("not in the shortest form")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asked() -> Asked {
        Asked {
            challenge: Challenge {
                door: Hash([0x0d; 32]),
                nonce: [0x0e; 16],
            },
            groups: AskedGroups::Initials,
        }
    }

    fn text_of(item: &Item<'_>) -> String {
        CHALLENGE_PREFIX.to_owned() + &base45::encode(&item.encode())
    }

    #[test]
    fn the_example_is_that_of_the_specification() {
        let page = include_str!("../../../spec/challenge.md");
        let text = asked().to_text();
        assert!(
            page.contains(&text),
            "schemas/spec/challenge.md should have\n{text}"
        );
        assert_eq!(Asked::decode_text(&text), Ok(asked()));
        assert_eq!(text.len(), 85);
    }

    #[test]
    fn what_is_none_is_refused() {
        let good = asked().encode();
        let good = cbor::read(&good, Lengths::DefiniteOnly).unwrap();
        let with = |at: usize, item: Item<'static>| {
            let mut items = good.as_array().unwrap().to_vec();
            items[at] = item;
            text_of(&Item::Array(items))
        };
        let refused = "challenge-malformed";
        for (text, code) in [
            ("AT1:00".to_owned(), refused),
            ("AC1:".to_owned(), "cbor-malformed"),
            ("AC1:%%%".to_owned(), "base45-malformed"),
            (asked().to_text().to_lowercase(), refused),
            (asked().to_text() + &"0".repeat(MAX_TEXT), "too-long"),
            (text_of(&Item::Array(vec![Item::Int(1)])), refused),
            (with(0, Item::Int(2)), refused),
            (with(1, Item::Bytes(vec![0; 31].into())), refused),
            (with(2, Item::Bytes(vec![0; 17].into())), refused),
            (with(3, Item::Int(3)), refused),
            (with(3, Item::text("1").into_owned()), refused),
        ] {
            let error = Asked::decode_text(&text).unwrap_err();
            assert_eq!(error.code(), code, "{text}");
        }
        // The version in two bytes.
        let mut longer = asked().encode();
        longer.splice(1..2, [0x18, 1]);
        let longer = CHALLENGE_PREFIX.to_owned() + &base45::encode(&longer);
        assert_eq!(Asked::decode_text(&longer).unwrap_err().code(), refused);
    }

    fn any_asked() -> impl Strategy<Value = Asked> {
        let groups = prop_oneof![
            Just(AskedGroups::Result),
            Just(AskedGroups::Initials),
            Just(AskedGroups::Person)
        ];
        (any::<[u8; 32]>(), any::<[u8; 16]>(), groups).prop_map(|(door, nonce, groups)| Asked {
            challenge: Challenge {
                door: Hash(door),
                nonce,
            },
            groups,
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(asked in any_asked()) {
            prop_assert_eq!(Asked::decode_text(&asked.to_text()), Ok(asked));
        }

        #[test]
        fn whatever_is_read_is_what_would_be_written(text in "AC1:[0-9A-Z $%*+./:-]{0,90}") {
            if let Ok(asked) = Asked::decode_text(&text) {
                prop_assert_eq!(asked.to_text(), text);
            }
        }
    }
}
