//! How an issuer asks the registrar to accredit a new key: a JWS that the new key itself signs, which shows that the
//! issuer has it.
//!
//! The registrar knows by other means who is asking; a request alone proves no more than possession.

use crate::Error;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use schemas::{
    IssuerNumber,
    crypto::{Crypto, P256Point, SigningKey, ml_dsa},
    jws::{Header, Jws, ToBeSigned},
};
use serde::{Deserialize, Serialize};

/// The `typ` of a request (RFC 8725 section 3.11).
const TYPE: &str = "attest-key-request+jwt";
/// Longest request in characters: the name is the longest part of it.
const MAX_CHARACTERS: usize = 4096;

/// A request whose key signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRequest {
    /// Under which number the issuer is, or wants to be, registered.
    pub issuer: IssuerNumber,
    /// Its name.
    pub name: String,
    /// The country it issues in: two letters.
    pub country: String,
    /// The new key.
    pub point: P256Point,
    /// Its ML-DSA-44 key, which signs the heads of its chains. That the issuer has it shows in the heads, which name the issuer.
    pub post_quantum: Option<ml_dsa::PublicKey>,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    issuer: u32,
    name: String,
    country: String,
    point: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_quantum: Option<String>,
}

impl KeyRequest {
    /// The request for `key`, as text.
    ///
    /// # Errors
    /// [`schemas::Error::SigningFailed`].
    pub fn sign(
        issuer: IssuerNumber,
        name: &str,
        country: &str,
        key: &dyn SigningKey,
        post_quantum: Option<&ml_dsa::PublicKey>,
    ) -> Result<String, Error> {
        let payload = Payload {
            issuer: issuer.0,
            name: name.to_owned(),
            country: country.to_owned(),
            point: BASE64_URL_SAFE_NO_PAD.encode(key.public().as_bytes()),
            post_quantum: post_quantum.map(|key| BASE64_URL_SAFE_NO_PAD.encode(key.as_bytes())),
        };
        let payload = serde_json::to_vec(&payload).expect("numbers and text are JSON");
        let header = Header::from_iter([("typ".to_owned(), TYPE.into())]);
        let request = ToBeSigned::new(header, &payload);
        let signature = key.sign(request.bytes())?;
        Ok(request.signed(signature))
    }

    /// Reads a request and checks that its key signed it.
    ///
    /// # Errors
    /// [`Error::KeyRequestMalformed`], [`schemas::Error::SignatureInvalid`].
    pub fn verify(text: &str, crypto: &dyn Crypto) -> Result<Self, Error> {
        let jws = Jws::decode_within(text.trim(), MAX_CHARACTERS)?;
        if jws.parameter("typ") != Some(TYPE) {
            return Err(Error::KeyRequestMalformed);
        }
        let payload: Payload =
            serde_json::from_slice(jws.unverified_payload()).map_err(|_| Error::KeyRequestMalformed)?;
        let decode = |text: &String| {
            let decoded = BASE64_URL_SAFE_NO_PAD.decode(text);
            decoded.map_err(|_| Error::KeyRequestMalformed)
        };
        let point = P256Point::from_sec1(&decode(&payload.point)?)?;
        let post_quantum = payload.post_quantum.as_ref().map(decode).transpose()?;
        let post_quantum = post_quantum
            .map(|key| ml_dsa::PublicKey::from_bytes(&key))
            .transpose()?;
        jws.verify(&*crypto.es256(&point)?)?;
        Ok(Self {
            issuer: IssuerNumber(payload.issuer),
            name: payload.name,
            country: payload.country,
            point,
            post_quantum,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::crypto::aws_lc::{self, AwsLc};

    #[test]
    fn only_the_key_itself_asks() {
        let key = aws_lc::SigningKey::generate().unwrap();
        let text = KeyRequest::sign(IssuerNumber(7), "Gesundheitsamt", "DE", &key, None).unwrap();
        let read = KeyRequest::verify(&text, &AwsLc).unwrap();
        assert_eq!(read.post_quantum, None);
        assert_eq!((read.issuer, read.point), (IssuerNumber(7), key.public()));

        let (signed, _) = text.rsplit_once('.').unwrap();
        let other = aws_lc::SigningKey::generate()
            .unwrap()
            .sign(signed.as_bytes())
            .unwrap();
        let forged = format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(other.0));
        assert_eq!(
            KeyRequest::verify(&forged, &AwsLc).unwrap_err().code(),
            "signature-invalid"
        );
        assert_eq!(
            KeyRequest::verify("e30.e30.", &AwsLc).unwrap_err().code(),
            "key-request-malformed"
        );

        let name = "ä".repeat(64);
        let other = ml_dsa::SecretKey::from_seed(&[7; 32]).public();
        let text = KeyRequest::sign(IssuerNumber(7), &name, "DE", &key, Some(&other)).unwrap();
        let read = KeyRequest::verify(&text, &AwsLc).unwrap();
        assert_eq!(read.post_quantum, Some(other));
    }
}
