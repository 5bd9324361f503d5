//! The proof that the wallet has a key (OpenID4VCI 1.0 appendix F.1).

use crate::{Error, KeyHandle, OrderedKey};
use schemas::{
    UnixTime,
    crypto::Es256Signature,
    jwk::Jwk,
    jws::{Header, ToBeSigned},
};
use serde_json::json;

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
            ("jwk".to_owned(), Jwk::of_point(&key.public)?.to_json().into()),
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
