//! What an issuer is about to sign: read, understood and checked.

use super::{
    Certificate, Checksum, Claims, DateOfBirth, Entry, Moment, PersonName, Reading, Test, Uvci,
    fields::MAX_CHARACTERS, transliterate,
};
use crate::{
    Error, Place, UnixTime,
    cose::ToBeSigned,
    health::{Name, Person, TestKind, TestResult, debug_shows_nothing},
    key_id::KeyId,
    value_sets::{Code, Country, Device, Disease, Tables, ValueSet},
};
use coset::{Header, HeaderBuilder, iana::Algorithm};

/// The version of the DCC schema that we issue by.
const VERSION: &str = "1.3.0";

/// A test certificate that passed the schema and the value sets. There is no other way to bytes to sign.
#[derive(Clone)]
pub struct Draft(Certificate);

/// What a test entry says besides the result.
#[derive(Clone)]
pub struct TestDetails {
    /// Which rapid test it was; a laboratory test has none.
    pub device: Option<Device>,
    /// Which laboratory test it was, in words; a rapid test has none.
    pub test_name: Option<String>,
    /// The testing centre, in words.
    pub centre: Option<String>,
    /// Where it was tested.
    pub country: Country,
    /// Who issues, in words.
    pub issuer: String,
    /// The certificate's identifier.
    pub id: Uvci,
}

/// What the claims around the certificate say.
#[derive(Clone)]
pub struct Terms {
    /// The signing key.
    pub key_id: KeyId,
    /// The issuing country.
    pub country: Country,
    /// When it is issued.
    pub issued_at: UnixTime,
    /// Until when it is valid.
    pub expires_at: UnixTime,
    /// 16 random bytes, which hide the certificate behind its commitment; never the same twice.
    pub id: [u8; 16],
    /// Where it will stand on the ledger.
    pub place: Place,
}

impl Draft {
    /// The certificate of one test. Names are standardised by [`transliterate`].
    ///
    /// # Errors
    /// [`Error::HcertNotIssuable`].
    pub fn of_test(person: &Person, result: &TestResult, details: TestDetails) -> Result<Self, Error> {
        let standardised = |name: &Name, field| {
            let mut name = transliterate(name.as_str()).ok_or(Error::HcertNotIssuable(field))?;
            name.truncate(MAX_CHARACTERS);
            Ok(Some(name))
        };
        let test = Test {
            disease: Code::Known(Disease::Covid19),
            kind: Code::Known(result.kind),
            name: details.test_name,
            device: details.device.map(|device| device.code.to_owned()),
            sampled_at: Moment::of(result.sampled_at).ok_or(Error::HcertNotIssuable("sc"))?,
            outcome: Code::Known(result.outcome),
            centre: details.centre,
            country: Code::Known(details.country),
            issuer: details.issuer,
            id: details.id.as_str().to_owned(),
        };
        Self::new(&Certificate {
            version: VERSION.to_owned(),
            name: PersonName {
                surname: Some(person.family_name.as_str().to_owned()),
                standardised_surname: standardised(&person.family_name, "fnt")?,
                given_name: Some(person.given_name.as_str().to_owned()),
                standardised_given_name: standardised(&person.given_name, "gnt")?,
            },
            date_of_birth: DateOfBirth::of(person.birth_date),
            entry: Entry::Test(test),
        })
    }

    /// Checks a certificate, for instance one that came as JSON with a passport's spelling of the name.
    ///
    /// # Errors
    /// [`Error::HcertNotIssuable`] with the field that the schema, a value set or our own rules refuse.
    pub fn new(certificate: &Certificate) -> Result<Self, Error> {
        // 1. The schema, whatever mode the certificate was read in.
        let strict = Certificate::from_item(&certificate.to_item(), Reading::Strict);
        let certificate = strict.map_err(|error| match error {
            Error::HcertMalformed(field) => Error::HcertNotIssuable(field),
            other => other,
        })?;
        // 2. A person who can be compared with a passport.
        let name = &certificate.name;
        let parts = [&name.standardised_surname, &name.standardised_given_name];
        if parts.iter().all(|part| part.as_deref().is_none_or(str::is_empty)) {
            return Err(Error::HcertNotIssuable("fnt or gnt"));
        }
        // 3. A test, since we attest nothing else, with codes that everybody knows.
        let Entry::Test(test) = &certificate.entry else {
            return Err(Error::HcertNotIssuable("t"));
        };
        if let Some(field) = certificate.entry.unknown_codes(&Tables::default()).first() {
            return Err(Error::HcertNotIssuable(field));
        }
        // 4. A rapid test is named by its number, a laboratory test has none (value set `covid-19-lab-test-manufacturer-and-name`).
        let device = test.device.as_deref();
        match test.kind.known() {
            Some(TestKind::RapidAntigen) if device.and_then(Device::from_code).is_none() => {
                return Err(Error::HcertNotIssuable("ma"));
            }
            Some(TestKind::RapidAntigen) if test.name.is_some() => return Err(Error::HcertNotIssuable("nm")),
            Some(TestKind::Naat) if device.is_some() => return Err(Error::HcertNotIssuable("ma")),
            _ => {}
        }
        // 5. An identifier that others can check.
        let id = Uvci::read(&test.id);
        if id.as_str() != test.id || id.checksum() != Checksum::Right || id.country().is_none() {
            return Err(Error::HcertNotIssuable("ci"));
        }
        Ok(Self(certificate))
    }

    /// What will be signed.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.0
    }

    /// The bytes to sign: protected `{1: -7, 4: kid}`, payload `{1, 4, 6, 7, -260, -65537}`.
    ///
    /// # Errors
    /// [`Error::HcertNotIssuable`] unless the sample was taken before `iat`, and `iat` lies before `exp`.
    pub fn to_be_signed(&self, terms: &Terms) -> Result<ToBeSigned, Error> {
        let sampled_at = match &self.0.entry {
            Entry::Test(test) => test.sampled_at.instant(),
            _ => None,
        };
        if sampled_at.is_none_or(|sampled_at| sampled_at > terms.issued_at) {
            return Err(Error::HcertNotIssuable("sc"));
        }
        if terms.issued_at >= terms.expires_at {
            return Err(Error::HcertNotIssuable("exp"));
        }
        let claims = Claims {
            issuer: Some(terms.country.code().to_owned()),
            issued_at: terms.issued_at,
            expires_at: terms.expires_at,
            id: Some(terms.id.to_vec()),
            place: Some(terms.place),
        };
        let protected = HeaderBuilder::new()
            .algorithm(Algorithm::ES256)
            .key_id(terms.key_id.0.to_vec())
            .build();
        Ok(ToBeSigned::new(
            protected,
            Header::default(),
            claims.encode(&self.0),
        ))
    }
}

debug_shows_nothing!(Draft);
