//! The proof that the wallet has a key (OpenID4VCI 1.0 appendix F.1).

use crate::{Error, KeyHandle, OrderedKey};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use p256::elliptic_curve::sec1::ToSec1Point;
use schemas::{
    Error as SchemasError, UnixTime,
    crypto::{Es256Signature, P256Point},
    jws::{Header, ToBeSigned},
};
use serde_json::{Value, json};

/// A proof that waits for the signature of its key.
#[derive(Clone)]
pub struct Unsigned {
    pub key: KeyHandle,
    request: ToBeSigned,
}

impl Unsigned {
    pub fn new(key: &OrderedKey, audience: &str, nonce: &str, now: UnixTime) -> Result<Self, Error> {
        let header = Header::from_iter([
            ("typ".to_owned(), "openid4vci-proof+jwt".into()),
            ("jwk".to_owned(), jwk(&key.public)?),
        ]);
        let payload = json!({ "aud": audience, "iat": now.0, "nonce": nonce }).to_string();
        Ok(Self {
            key: key.handle.clone(),
            request: ToBeSigned::new(header, payload.as_bytes()),
        })
    }

    pub fn bytes(&self) -> &[u8] {
        self.request.bytes()
    }

    pub fn signed(&self, signature: Es256Signature) -> String {
        self.request.clone().signed(signature)
    }
}

/// A public key as JWK (RFC 7518 section 6.2.1), which has no compressed form.
fn jwk(point: &P256Point) -> Result<Value, Error> {
    let key = p256::PublicKey::from_sec1_bytes(point.as_bytes());
    let point = key.map_err(|_| SchemasError::KeyMalformed)?.to_sec1_point(false);
    let coordinate = |bytes: Option<&[u8]>| bytes.map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes));
    let (x, y) = (point.x().map(|x| x.as_slice()), point.y().map(|y| y.as_slice()));
    Ok(json!({ "kty": "EC", "crv": "P-256", "x": coordinate(x), "y": coordinate(y) }))
}
