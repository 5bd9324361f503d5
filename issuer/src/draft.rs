//! What a station submitted, read and checked. There is no other way to anything that is signed.

use crate::{Error, LIFETIME_DAYS};
use core::fmt;
use schemas::{
    UnixTime,
    cbor::{self, Item, Lengths, NULL},
    hcert::{self, TestDetails, Uvci},
    health::{BirthDate, Name, Outcome, Person, TestKind, TestResult},
    value_sets::{Country, Device, ValueSet},
};

/// Longest free text in characters, as in the schema of the EU certificate.
pub const MAX_TEXT_CHARACTERS: usize = 80;

/// The issuer, as its certificates name it.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name, such as the health authority's.
    pub name: String,
    /// Where it issues, and where its stations test.
    pub country: Country,
}

/// One result of one person: a test that is known, a time that can be, names that can be written.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    person: Person,
    result: TestResult,
    device: Option<Device>,
    test_name: Option<String>,
    centre: Option<String>,
}

impl Draft {
    /// A draft of what was submitted at `now`.
    ///
    /// # Errors
    /// [`Error::SampleInFuture`], [`Error::SampleTooOld`], [`Error::TextMalformed`].
    pub fn new(
        person: Person,
        result: TestResult,
        device: Option<Device>,
        test_name: Option<String>,
        centre: Option<String>,
        now: UnixTime,
    ) -> Result<Self, Error> {
        if result.sampled_at > now {
            return Err(Error::SampleInFuture { now });
        }
        if now.since(result.sampled_at) > i64::from(LIFETIME_DAYS) * 86_400 {
            return Err(Error::SampleTooOld {
                limit_days: LIFETIME_DAYS,
            });
        }
        let test_name = test_name.map(|text| line(text, "test name")).transpose()?;
        let centre = centre.map(|text| line(text, "centre")).transpose()?;
        Ok(Self {
            person,
            result,
            device,
            test_name,
            centre,
        })
    }

    /// The certificate to be, with the 10 random bytes of its identifier.
    ///
    /// # Errors
    /// [`schemas::Error::HcertNotIssuable`], such as for a rapid test whose device is missing.
    pub fn to_hcert(&self, profile: &Profile, id: &[u8; 10]) -> Result<hcert::Draft, Error> {
        let details = TestDetails {
            device: self.device,
            test_name: self.test_name.clone(),
            centre: self.centre.clone(),
            country: profile.country,
            issuer: profile.name.clone(),
            id: Uvci::new(profile.country, id),
        };
        Ok(hcert::Draft::of_test(&self.person, &self.result, details)?)
    }

    /// Whose result it is.
    #[must_use]
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// The result.
    #[must_use]
    pub fn result(&self) -> &TestResult {
        &self.result
    }

    /// Whether this may be a correction of `old` that goes to the same person: the name or the date of birth is as it was. When
    /// both are others, the old one may have been somebody else's, and nobody is given another person's result.
    #[must_use]
    pub fn may_correct(&self, old: &Self) -> bool {
        let name = |draft: &'_ Self| (draft.person.given_name.clone(), draft.person.family_name.clone());
        name(self) == name(old) || self.person.birth_date == old.person.birth_date
    }

    /// The draft as it is stored until it expires. Two submissions that say the same have the same bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let birth_date = self.person.birth_date.to_iso();
        let optional = |text: Option<&'_ str>| text.map_or(NULL, |text| Item::Text(text.to_owned().into()));
        Item::Array(vec![
            Item::text(self.person.family_name.as_str()),
            Item::text(self.person.given_name.as_str()),
            Item::text(&birth_date),
            Item::Int(match self.result.kind {
                TestKind::Naat => 1,
                TestKind::RapidAntigen => 2,
            }),
            Item::Int(match self.result.outcome {
                Outcome::NotDetected => 0,
                Outcome::Detected => 1,
            }),
            Item::Int(self.result.sampled_at.0.into()),
            optional(self.device.map(|device| device.code)),
            optional(self.test_name.as_deref()),
            optional(self.centre.as_deref()),
        ])
        .encode()
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// [`Error::DraftMalformed`] and the refusals of its parts.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let item = cbor::read(bytes, Lengths::DefiniteOnly)?;
        let Some(
            [
                family_name,
                given_name,
                birth_date,
                kind,
                outcome,
                sampled_at,
                device,
                test_name,
                centre,
            ],
        ) = item.as_array()
        else {
            return Err(Error::DraftMalformed);
        };
        let text = |item: &Item<'_>| item.as_text().map(str::to_owned).ok_or(Error::DraftMalformed);
        let optional = |item: &Item<'_>| (*item != NULL).then(|| text(item)).transpose();
        let device = optional(device)?;
        let device = device.map(|code| Device::from_code(&code).ok_or(Error::DraftMalformed));
        Ok(Self {
            person: Person {
                given_name: Name::new(&text(given_name)?)?,
                family_name: Name::new(&text(family_name)?)?,
                birth_date: BirthDate::new(&text(birth_date)?)?,
            },
            result: TestResult {
                kind: match kind.as_int() {
                    Some(1) => TestKind::Naat,
                    Some(2) => TestKind::RapidAntigen,
                    _ => return Err(Error::DraftMalformed),
                },
                outcome: match outcome.as_int() {
                    Some(0) => Outcome::NotDetected,
                    Some(1) => Outcome::Detected,
                    _ => return Err(Error::DraftMalformed),
                },
                sampled_at: UnixTime(sampled_at.as_int().ok_or(Error::DraftMalformed)?),
            },
            device: device.transpose()?,
            test_name: optional(test_name)?,
            centre: optional(centre)?,
        })
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Draft(…)")
    }
}

/// A line of text, cut of the space around it.
fn line(text: String, field: &'static str) -> Result<String, Error> {
    let line = text.trim();
    let length = line.chars().count();
    if length == 0 || length > MAX_TEXT_CHARACTERS || line.contains(char::is_control) {
        return Err(Error::TextMalformed { field });
    }
    Ok(if line.len() == text.len() {
        text
    } else {
        line.to_owned()
    })
}

/// A device's number, read.
///
/// # Errors
/// [`schemas::Error::HcertNotIssuable`] for one that is not in the value set.
pub fn device(code: &str) -> Result<Device, Error> {
    Ok(Device::from_code(code).ok_or(schemas::Error::HcertNotIssuable("ma"))?)
}

/// A country's code, read.
///
/// # Errors
/// [`schemas::Error::HcertNotIssuable`] for one that is not in the value set.
pub fn country(code: &str) -> Result<Country, Error> {
    Ok(Country::from_code(code).ok_or(schemas::Error::HcertNotIssuable("co"))?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const NOW: UnixTime = UnixTime(1_795_000_000);

    pub(crate) fn person() -> Person {
        Person {
            given_name: Name::new("Erika").unwrap(),
            family_name: Name::new("Mustermann").unwrap(),
            birth_date: BirthDate::new("1964-08-12").unwrap(),
        }
    }

    pub(crate) fn rapid(sampled_at: UnixTime) -> TestResult {
        TestResult {
            kind: TestKind::RapidAntigen,
            outcome: Outcome::NotDetected,
            sampled_at,
        }
    }

    pub(crate) fn draft() -> Draft {
        let centre = Some(" Testzentrum Nord ".to_owned());
        Draft::new(
            person(),
            rapid(NOW.plus(-600)),
            Device::from_code("1232"),
            None,
            centre,
            NOW,
        )
        .unwrap()
    }

    pub(crate) fn profile() -> Profile {
        Profile {
            name: "Gesundheitsamt".into(),
            country: Country::GERMANY,
        }
    }

    #[test]
    fn is_stored_and_read_again() {
        let laboratory = TestResult {
            kind: TestKind::Naat,
            outcome: Outcome::Detected,
            ..rapid(NOW)
        };
        let name = Some("multiplex".to_owned());
        let other = Draft::new(person(), laboratory, None, name, None, NOW).unwrap();
        for stored in [draft(), other] {
            assert_eq!(Draft::decode(&stored.encode()).unwrap(), stored);
            assert!(stored.to_hcert(&profile(), &[1; 10]).is_ok());
        }
        assert_eq!(Draft::decode(&[0x80]).unwrap_err().code(), "draft-malformed");
        assert_eq!(format!("{:?}", draft()), "Draft(…)");
    }

    #[test]
    fn the_sample_was_taken_lately() {
        let at = |sampled_at| {
            let draft = Draft::new(
                person(),
                rapid(sampled_at),
                Device::from_code("1232"),
                None,
                None,
                NOW,
            );
            draft.map_err(|error| error.code()).err()
        };
        assert_eq!(at(NOW), None);
        assert_eq!(at(NOW.plus(1)), Some("draft-sample-in-future"));
        assert_eq!(
            at(NOW.plus(-i64::from(LIFETIME_DAYS) * 86_400 - 1)),
            Some("draft-sample-too-old")
        );
        assert_eq!(at(UnixTime(i64::MIN)), Some("draft-sample-too-old"));
    }

    #[test]
    fn a_correction_keeps_the_name_or_the_date_of_birth() {
        let of = |given_name, birth_date| {
            let person = Person {
                given_name: Name::new(given_name).unwrap(),
                birth_date: BirthDate::new(birth_date).unwrap(),
                ..person()
            };
            Draft { person, ..draft() }
        };
        let old = draft();
        assert!(of("Erika", "1964-08-12").may_correct(&old));
        assert!(of("Erica", "1964-08-12").may_correct(&old));
        assert!(of("Erika", "1964-08-21").may_correct(&old));
        assert!(!of("Max", "1964-08-21").may_correct(&old));
    }

    #[test]
    fn refuses_what_no_certificate_can_say() {
        let without_device = Draft::new(person(), rapid(NOW), None, None, None, NOW).unwrap();
        let refused = without_device.to_hcert(&profile(), &[1; 10]).unwrap_err();
        assert_eq!(refused.code(), "hcert-not-issuable");
        for centre in ["", " ", "a\nb", &"x".repeat(81)] {
            let centre = Some(centre.to_owned());
            let refused = Draft::new(person(), rapid(NOW), None, None, centre, NOW).unwrap_err();
            assert_eq!(refused.code(), "draft-text-malformed");
        }
    }
}
