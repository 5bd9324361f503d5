//! An issuer's key as its own service publishes it (`/.well-known/jwks.json`), for a wallet that does not follow the ledger:
//! whether a copy is any good is for the door to say.

use super::{PickUp, Request, Response};
use crate::Error;
use schemas::{Error as SchemasError, KeyId, crypto::P256Point, jwk::Jwk};
use serde_json::Value;

impl PickUp {
    /// Where the service's keys are, for a wish to vouch.
    #[must_use]
    pub fn issuer_keys(&self) -> Request {
        Request {
            url: self.url(".well-known/jwks.json"),
            token: None,
            body: None,
        }
    }
}

impl Response<'_> {
    /// The key of this name in the answer to [`PickUp::issuer_keys`], a JWK Set (RFC 7517 section 5).
    ///
    /// # Errors
    /// [`Error::IssuerRefused`], [`Error::IssuerAnswer`]; [`Error::Schemas`] when the set has no such key, so that
    /// nothing that it signed can be believed.
    pub fn issuer_key(&self, wanted: KeyId) -> Result<P256Point, Error> {
        let set = self.json()?;
        let keys = set["keys"]
            .as_array()
            .ok_or(Error::IssuerAnswer("it has no keys"))?;
        let point = |key: &Value| Some(Jwk::read(key.as_object()?).ok()?.point());
        let mut points = keys.iter().filter_map(point);
        let found = points.find(|point| KeyId::of_point(point) == wanted);
        Ok(found.ok_or(SchemasError::SignatureInvalid)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

    #[test]
    fn a_key_is_found_by_its_name() {
        let x = BASE64_URL_SAFE_NO_PAD.encode([1; 32]);
        let y = BASE64_URL_SAFE_NO_PAD.encode([2; 32]);
        let set = format!(r#"{{"keys":[{{"kty":"RSA"}},{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}]}}"#);
        let key = P256Point::from_sec1(&[&[2][..], &[1; 32]].concat()).unwrap();
        let found = |status, body: &str, wanted| {
            let body = body.as_bytes();
            let found = Response { status, body }.issuer_key(wanted);
            found.map_err(|error| error.code())
        };
        let wanted = KeyId::of_point(&key);
        assert_eq!(found(200, &set, wanted), Ok(key));
        assert_eq!(found(200, &set, KeyId([0; 8])), Err("signature-invalid"));
        assert_eq!(
            found(200, &set.replace("EC", "OKP"), wanted),
            Err("signature-invalid")
        );
        assert_eq!(found(200, "{}", wanted), Err("issuer-answer-malformed"));
        assert_eq!(found(404, "", wanted), Err("issuer-refused"));
    }
}
