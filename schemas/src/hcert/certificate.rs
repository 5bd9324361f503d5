//! The certificate itself (DCC schema 1.3.3), as CBOR and as JSON.

use super::{DateOfBirth, Entry, Reading, fields::Fields};
use crate::{Error, cbor::Item, health::debug_shows_nothing};
use core::fmt;

/// A person, a date of birth and one entry.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    /// `ver`: the schema's version.
    pub version: String,
    /// `nam`: the person's name.
    pub name: PersonName,
    /// `dob`: the person's date of birth.
    pub date_of_birth: DateOfBirth,
    /// `t`, `v` or `r`: what is attested.
    pub entry: Entry,
}

/// A name as written and as in a passport's machine-readable zone (ICAO Doc 9303 part 3). One of the standardised parts
/// is always there.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName {
    /// `fn`.
    pub surname: Option<String>,
    /// `fnt`: capital letters and `<`.
    pub standardised_surname: Option<String>,
    /// `gn`.
    pub given_name: Option<String>,
    /// `gnt`: capital letters and `<`.
    pub standardised_given_name: Option<String>,
}

impl Certificate {
    /// Reads a certificate from CBOR. Unknown keys are passed over.
    ///
    /// # Errors
    /// [`Error::HcertMalformed`] with the first field that is not as the mode demands.
    pub fn from_item(item: &Item<'_>, reading: Reading) -> Result<Self, Error> {
        let root = Fields::of(item, "certificate", reading)?;
        let date_of_birth = root.text("dob")?;
        Ok(Self {
            version: root.checked("ver", is_version)?.to_owned(),
            name: PersonName::read(&root)?,
            date_of_birth: root.as_received(
                "dob",
                date_of_birth,
                DateOfBirth::strict,
                DateOfBirth::lenient,
            )?,
            entry: Entry::read(&root)?,
        })
    }

    /// The CBOR, with keys in the order of deterministic encoding (RFC 8949 section 4.2.1).
    #[must_use]
    pub fn to_item(&self) -> Item<'_> {
        Item::Map(vec![
            self.entry.to_pair(),
            (Item::text("dob"), Item::text(self.date_of_birth.text())),
            (Item::text("nam"), self.name.to_item()),
            (Item::text("ver"), Item::text(&self.version)),
        ])
    }
}

impl PersonName {
    fn read(root: &Fields<'_>) -> Result<Self, Error> {
        let name = root.get("nam").ok_or(Error::HcertMalformed("nam"))?;
        let name = Fields::of(name, "nam", root.reading)?;
        let standardised = |key| match name.get(key) {
            None => Ok(None),
            Some(_) => name.checked(key, is_standardised).map(|n| Some(n.to_owned())),
        };
        let read = Self {
            surname: name.optional("fn")?.map(str::to_owned),
            standardised_surname: standardised("fnt")?,
            given_name: name.optional("gn")?.map(str::to_owned),
            standardised_given_name: standardised("gnt")?,
        };
        if read.standardised_surname.is_none() && read.standardised_given_name.is_none() {
            return Err(Error::HcertMalformed("fnt or gnt"));
        }
        Ok(read)
    }

    fn to_item(&self) -> Item<'_> {
        let parts = [
            ("fn", &self.surname),
            ("gn", &self.given_name),
            ("fnt", &self.standardised_surname),
            ("gnt", &self.standardised_given_name),
        ];
        let present = parts
            .into_iter()
            .filter_map(|(key, part)| Some((Item::text(key), Item::text(part.as_deref()?))));
        Item::Map(present.collect())
    }
}

/// `^[A-Z<]*$`
fn is_standardised(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'<')
}

/// `^\d+.\d+.\d+$`, with the dots that are meant.
fn is_version(text: &str) -> bool {
    let numbers = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split('.').count() == 3 && text.split('.').all(numbers)
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({:?}, …)", self.entry)
    }
}

debug_shows_nothing!(PersonName);
