//! The list, signed (section 5), and the steps from a reference to a status (section 8.3).

use super::{
    Bits, StatusList, StatusReference, StatusType,
    reference::{check_uri, text_key},
};
use crate::{
    Error, KeyId, UnixTime,
    cbor::{self, Item, Lengths},
    cose::{self, Sign1},
    crypto::VerifyingKey,
    jws::{self, Jws},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use coset::{HeaderBuilder, cbor::Value as CborValue, iana::Algorithm};
use serde::Deserialize;
use serde_json::{Number, json};

/// Largest token in bytes: twice that of 10 million places with 1 % revoked, as a JWT (236 kB).
pub const MAX_TOKEN_BYTES: usize = 512 * 1024;

const JWT_TYPE: &str = "statuslist+jwt";
const CWT_TYPE: &str = "application/statuslist+cwt";
const NOT_SECONDS: Error = Error::StatusListMalformed("not a number of seconds");
/// COSE header parameter `typ` (RFC 9596).
const TYPE: i64 = 16;

/// CWT claims (RFC 8392 section 4, section 5.2).
const SUBJECT: i64 = 2;
const EXPIRES: i64 = 4;
const ISSUED_AT: i64 = 6;
const STATUS_LIST: i64 = 65_533;
const TIME_TO_LIVE: i64 = 65_534;

/// What a Status List Token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The token's URI, which references name.
    pub subject: String,
    /// When it was made.
    pub issued_at: UnixTime,
    /// From when on it no longer counts.
    pub expires: Option<UnixTime>,
    /// For how many seconds a verifier may use it before it asks again.
    pub time_to_live: Option<u64>,
    /// The statuses.
    pub list: StatusList,
}

impl Claims {
    /// The JWT to sign.
    ///
    /// # Errors
    /// [`Error::StatusListMalformed`] when the subject is no URI; [`Error::TooLong`].
    pub fn to_jwt(&self, key_id: &str) -> Result<jws::ToBeSigned, Error> {
        check_uri(&self.subject)?;
        let list = BASE64_URL_SAFE_NO_PAD.encode(self.list.compress());
        let mut claims = json!({
            "sub": self.subject,
            "iat": self.issued_at.0,
            "status_list": { "bits": self.list.bits().number(), "lst": list },
        });
        if let Some(expires) = self.expires {
            claims["exp"] = expires.0.into();
        }
        if let Some(seconds) = self.time_to_live {
            claims["ttl"] = seconds.into();
        }
        let parameters = [("kid", key_id), ("typ", JWT_TYPE)];
        let header = parameters
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()));
        let request = jws::ToBeSigned::new(header.collect(), claims.to_string().as_bytes());
        // The signature of 64 bytes adds 87 characters.
        Error::at_most(
            "status list token in bytes",
            request.bytes().len() + 87,
            MAX_TOKEN_BYTES,
        )?;
        Ok(request)
    }

    /// The CWT to sign.
    ///
    /// # Errors
    /// As [`to_jwt`](Self::to_jwt).
    pub fn to_cwt(&self, key_id: &KeyId) -> Result<cose::ToBeSigned, Error> {
        check_uri(&self.subject)?;
        let compressed = self.list.compress();
        let list = Item::Map(vec![
            (Item::text("bits"), Item::Int(self.list.bits().number().into())),
            (Item::text("lst"), Item::bytes(&compressed)),
        ]);
        let claims = [
            (SUBJECT, Some(Item::text(&self.subject))),
            (EXPIRES, self.expires.map(|time| Item::Int(time.0.into()))),
            (ISSUED_AT, Some(Item::Int(self.issued_at.0.into()))),
            (STATUS_LIST, Some(list)),
            (
                TIME_TO_LIVE,
                self.time_to_live.map(|seconds| Item::Int(seconds.into())),
            ),
        ];
        let claims = claims
            .into_iter()
            .filter_map(|(key, value)| Some((Item::Int(key.into()), value?)));
        let payload = Item::Map(claims.collect()).encode();
        // Headers, tags and the signature take less than 256 bytes.
        Error::at_most("status list token in bytes", payload.len() + 256, MAX_TOKEN_BYTES)?;
        let protected = HeaderBuilder::new()
            .algorithm(Algorithm::ES256)
            .key_id(key_id.0.to_vec())
            .value(TYPE, CborValue::Text(CWT_TYPE.into()))
            .build();
        Ok(cose::ToBeSigned::new(
            protected,
            coset::Header::default(),
            payload,
        ))
    }
}

/// A Status List Token whose signature held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusListToken(Claims);

impl StatusListToken {
    /// Reads a JWT (section 8.3 step 3). Claims that are not of section 5.1 are passed over, as it allows.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::JwsMalformed`], [`Error::AlgorithmUnsupported`], [`Error::SignatureInvalid`],
    /// [`Error::StatusListMalformed`], [`Error::ZlibMalformed`].
    pub fn verify_jwt(token: &str, key: &dyn VerifyingKey) -> Result<Self, Error> {
        let jws = Jws::decode_within(token, MAX_TOKEN_BYTES)?;
        let is_ours = |found: &str| is_media_type(found, JWT_TYPE);
        if !jws.parameter("typ").is_some_and(is_ours) {
            return Err(Error::StatusListMalformed("the type is not statuslist+jwt"));
        }
        let payload: JwtClaims = serde_json::from_slice(jws.verify(key)?)
            .map_err(|_| Error::StatusListMalformed("a claim is missing or has the wrong type"))?;
        let compressed = BASE64_URL_SAFE_NO_PAD.decode(payload.status_list.lst);
        let compressed =
            compressed.map_err(|_| Error::StatusListMalformed("lst is not unpadded base64url"))?;
        let time = |number: Number| seconds(&number).map(UnixTime);
        Self::of(Claims {
            subject: payload.sub,
            issued_at: time(payload.iat)?,
            expires: payload.exp.map(time).transpose()?,
            time_to_live: payload.ttl.map(|ttl| positive(seconds(&ttl)?)).transpose()?,
            list: StatusList::decompress(Bits::from_number(payload.status_list.bits)?, &compressed)?,
        })
    }

    /// Reads a CWT, with tag 18 or without (section 8.3 step 3).
    ///
    /// # Errors
    /// The `Cbor…` variants, [`Error::TooLong`], [`Error::CoseMalformed`], [`Error::AlgorithmUnsupported`],
    /// [`Error::SignatureInvalid`], [`Error::StatusListMalformed`], [`Error::ZlibMalformed`].
    pub fn verify_cwt(token: &[u8], key: &dyn VerifyingKey) -> Result<Self, Error> {
        let sign1 = Sign1::decode_within(token, Lengths::Any, MAX_TOKEN_BYTES)?;
        let typ = sign1
            .protected()
            .rest
            .iter()
            .find(|(label, _)| *label == coset::Label::Int(TYPE));
        let is_ours = |typ: &str| is_media_type(typ, "statuslist+cwt");
        if !typ.and_then(|(_, value)| value.as_text()).is_some_and(is_ours) {
            return Err(Error::StatusListMalformed(
                "the type is not application/statuslist+cwt",
            ));
        }
        sign1.verify(key)?;
        let claims = cbor::read_within(sign1.unverified_payload()?, Lengths::Any, MAX_TOKEN_BYTES)?;
        let missing = Error::StatusListMalformed("a claim is missing or has the wrong type");
        let (Some(subject), Some(issued_at), Some(list)) = (
            claims.get(SUBJECT).and_then(Item::as_text),
            claims.get(ISSUED_AT),
            claims.get(STATUS_LIST),
        ) else {
            return Err(missing);
        };
        let bits = text_key(list, "bits")?
            .and_then(Item::as_int)
            .ok_or(missing.clone())?;
        let compressed = text_key(list, "lst")?
            .and_then(Item::as_bytes)
            .ok_or(missing.clone())?;
        let time_to_live = claims
            .get(TIME_TO_LIVE)
            .map(|ttl| ttl.as_int().ok_or(missing.clone()));
        Self::of(Claims {
            subject: subject.to_owned(),
            issued_at: time(issued_at)?,
            expires: claims.get(EXPIRES).map(time).transpose()?,
            time_to_live: time_to_live.transpose()?.map(positive).transpose()?,
            list: StatusList::decompress(Bits::from_number(bits)?, compressed)?,
        })
    }

    /// The status of a token that refers to this list (section 8.3 steps 4 to 7). The referring token's own signature
    /// and times come first, and are not looked at here.
    ///
    /// # Errors
    /// [`Error::StatusListSubjectMismatch`], [`Error::StatusListExpired`], [`Error::StatusListOutOfRange`]: nothing can
    /// be said of the status.
    pub fn status(&self, reference: &StatusReference, now: UnixTime) -> Result<StatusType, Error> {
        // 4a.
        if reference.uri() != self.0.subject {
            return Err(Error::StatusListSubjectMismatch);
        }
        // 4c.
        if self.0.expires.is_some_and(|expires| now >= expires) {
            return Err(Error::StatusListExpired);
        }
        // 6; 5 was done when the token was read.
        self.0.list.get(reference.index())
    }

    /// What it says.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.0
    }

    fn of(claims: Claims) -> Result<Self, Error> {
        check_uri(&claims.subject)?;
        Ok(Self(claims))
    }
}

/// Section 5.1, as JSON.
#[derive(Deserialize)]
struct JwtClaims {
    sub: String,
    iat: Number,
    exp: Option<Number>,
    ttl: Option<Number>,
    status_list: JwtList,
}

#[derive(Deserialize)]
struct JwtList {
    bits: i64,
    lst: String,
}

/// Media types are compared without regard to case, and `application/` may be left out (RFC 7515 section 4.1.9).
fn is_media_type(found: &str, subtype: &str) -> bool {
    let found = found.to_ascii_lowercase();
    found.strip_prefix("application/").unwrap_or(&found) == subtype
}

/// A number of seconds in JSON (RFC 7519 section 2, NumericDate).
fn seconds(number: &Number) -> Result<i64, Error> {
    let float = || UnixTime::of_float(number.as_f64()?).map(|time| time.0);
    let seconds = number.as_i64().or_else(float);
    seconds.ok_or(NOT_SECONDS)
}

/// The same in CBOR.
fn time(item: &Item<'_>) -> Result<UnixTime, Error> {
    let time = match item {
        Item::Float(seconds) => UnixTime::of_float(*seconds),
        item => item.as_int().map(UnixTime),
    };
    time.ok_or(NOT_SECONDS)
}

fn positive(seconds: i64) -> Result<u64, Error> {
    let positive = u64::try_from(seconds).ok().filter(|seconds| *seconds > 0);
    positive.ok_or(Error::StatusListMalformed("ttl is not positive"))
}
