//! The registrar: the office that accredits issuers. It gets a request as a document and answers with one.

use super::Failure;
use base64::{Engine, prelude::BASE64_STANDARD};
use issuer::key_request::KeyRequest;
use issuer_server::Accreditation;
use ledger::entry::{Entry, Subject};
use schemas::{
    Day, Hash, UnixTime,
    crypto::{
        P256Point, SigningKey as _,
        aws_lc::{AwsLc, SigningKey},
    },
    key_event::{Country, EventNumber, IssuerKey, KeyEvent},
};

/// How long an accredited key may sign: a year, and the lifetime of what it signed last.
const KEY_DAYS: u32 = 370;

/// The registrar's key, which in earnest lives in a safe.
pub struct Registrar(SigningKey);

impl Registrar {
    /// A registrar with a new key.
    pub fn new() -> Result<Self, Failure> {
        Ok(Self(SigningKey::generate()?))
    }

    /// The key that the members know.
    pub fn public(&self) -> P256Point {
        self.0.public()
    }

    /// Accredits the issuer that asks, whom somebody has looked at.
    pub fn accredit(&self, request: &str, now: UnixTime) -> Result<Accreditation, Failure> {
        let request = KeyRequest::verify(request, &AwsLc)?;
        let end = Day(now.day().0 + KEY_DAYS);
        let key = IssuerKey::new(request.point, now.plus(-60), end.start(), None)?;
        let (number, country) = (EventNumber(0), Country::new(&request.country)?);
        let event = KeyEvent::new(request.issuer, number, request.name, country, vec![key])?.encode();
        let subject = Subject::KeyEvent(request.issuer, number);
        let entry = Entry::new(subject, end, Hash::of(&[&event]), None)?.sign(&self.0)?;
        Ok(Accreditation {
            entry: BASE64_STANDARD.encode(entry.encode()),
            event: BASE64_STANDARD.encode(event),
        })
    }
}
