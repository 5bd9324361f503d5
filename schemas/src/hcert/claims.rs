//! The CWT claims around a certificate (RFC 8392; HCERT specification 1.0.1, "CWT Claims").

use super::{Certificate, EntryKind, Reading, fields::Fields};
use crate::{
    Error, Place, UnixTime,
    cbor::{self, Item, Lengths},
    health::debug_shows_nothing,
    place::PLACE_CLAIM,
};
use serde_json::Value;

const ISSUER: i64 = 1;
const EXPIRATION_TIME: i64 = 4;
const ISSUED_AT: i64 = 6;
const CWT_ID: i64 = 7;
const HCERT: i64 = -260;
/// The key of the DCC within the hcert claim.
const DCC: i64 = 1;

/// What the issuer says besides the certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    /// `iss` (1): the issuing country.
    pub issuer: Option<String>,
    /// `iat` (6): when the certificate was made.
    pub issued_at: UnixTime,
    /// `exp` (4): until when it is valid.
    pub expires_at: UnixTime,
    /// `cti` (7): the issuer's random bytes. Ours are 16; they hide the certificate behind its commitment.
    pub id: Option<Vec<u8>>,
    /// Where it stands on the ledger; foreign certificates stand nowhere.
    pub place: Option<Place>,
}

impl Claims {
    /// Checks that `now` lies within `iat` and `exp`, both included: a certificate is refused after `exp` (HCERT
    /// specification 1.0.1, "Expiration Time"; RFC 8392 would refuse it at that second already).
    ///
    /// # Errors
    /// [`Error::HcertNotYetValid`] and [`Error::HcertExpired`].
    pub fn check_validity(&self, now: UnixTime) -> Result<(), Error> {
        if now < self.issued_at {
            return Err(Error::HcertNotYetValid { from: self.issued_at });
        }
        if now > self.expires_at {
            return Err(Error::HcertExpired { at: self.expires_at });
        }
        Ok(())
    }

    /// The payload, in deterministic CBOR (RFC 8949 section 4.2.1).
    pub(super) fn encode(&self, certificate: &Certificate) -> Vec<u8> {
        let hcert = Item::Map(vec![(Item::Int(DCC.into()), certificate.to_item())]);
        let claims = [
            (ISSUER, self.issuer.as_deref().map(Item::text)),
            (EXPIRATION_TIME, Some(Item::Int(self.expires_at.0.into()))),
            (ISSUED_AT, Some(Item::Int(self.issued_at.0.into()))),
            (CWT_ID, self.id.as_deref().map(Item::bytes)),
            (HCERT, Some(hcert)),
            (PLACE_CLAIM, self.place.map(Place::to_item)),
        ];
        let present = claims
            .into_iter()
            .filter_map(|(key, value)| Some((Item::Int(key.into()), value?)));
        Item::Map(present.collect()).encode()
    }
}

/// What a payload holds. Claims can be good around a certificate that is not, so each part is read for itself.
pub(super) struct Payload {
    pub(super) claims: Claims,
    pub(super) kind: Result<EntryKind, Error>,
    pub(super) certificate: Result<Certificate, Error>,
}

/// Reads a payload.
///
/// # Errors
/// The `Cbor…` variants, [`Error::HcertMalformed`] and [`Error::PlaceMalformed`].
pub(super) fn read(payload: &[u8], reading: Reading) -> Result<Payload, Error> {
    of_item(&cbor::read(payload, Lengths::Any)?, reading)
}

/// Reads a payload, and its certificate as JSON.
///
/// # Errors
/// As [`read`]; the JSON's are its own.
pub(super) fn read_with_json(
    payload: &[u8],
    reading: Reading,
) -> Result<(Payload, Result<Value, Error>), Error> {
    let payload = cbor::read(payload, Lengths::Any)?;
    let read = of_item(&payload, reading)?;
    Ok((read, super::json::from_item(dcc_of(&payload)?)))
}

fn of_item(payload: &Item<'_>, reading: Reading) -> Result<Payload, Error> {
    let issuer = match payload.get(ISSUER) {
        None => None,
        Some(issuer) => Some(issuer.as_text().ok_or(Error::HcertMalformed("iss"))?.to_owned()),
    };
    let id = match payload.get(CWT_ID) {
        None => None,
        Some(id) => Some(id.as_bytes().ok_or(Error::HcertMalformed("cti"))?.to_owned()),
    };
    let dcc = dcc_of(payload)?;
    Ok(Payload {
        claims: Claims {
            issuer,
            issued_at: numeric_date(payload.get(ISSUED_AT)).ok_or(Error::HcertMalformed("iat"))?,
            expires_at: numeric_date(payload.get(EXPIRATION_TIME)).ok_or(Error::HcertMalformed("exp"))?,
            id,
            place: payload.get(PLACE_CLAIM).map(Place::from_item).transpose()?,
        },
        kind: Fields::of(dcc, "certificate", reading).and_then(|root| EntryKind::read(&root)),
        certificate: Certificate::from_item(dcc, reading),
    })
}

/// The certificate of a payload as JSON, with everything that the issuer wrote.
///
/// # Errors
/// As [`read`], and [`Error::JsonMalformed`] for what JSON cannot hold.
pub(super) fn json(payload: &[u8]) -> Result<Value, Error> {
    super::json::from_item(dcc_of(&cbor::read(payload, Lengths::Any)?)?)
}

fn dcc_of<'i, 'a>(payload: &'i Item<'a>) -> Result<&'i Item<'a>, Error> {
    let dcc = payload.get(HCERT).and_then(|hcert| hcert.get(DCC));
    dcc.ok_or(Error::HcertMalformed("hcert"))
}

/// A NumericDate (RFC 8392 section 2). Some issuers write floating-point numbers; what is below a second is cut off.
fn numeric_date(item: Option<&Item<'_>>) -> Option<UnixTime> {
    match item? {
        Item::Float(seconds) => UnixTime::of_float(*seconds),
        item => item.as_int().map(UnixTime),
    }
}

debug_shows_nothing!(Claims);
