//! Keys and signatures between the script and the core: handles, points and signatures in base64url.

use crate::refusal::refused;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use schemas::{
    Error as SchemasError, KeyId,
    crypto::{Es256Signature, P256Point},
    jwk::Jwk,
};
use serde::Deserialize;
use serde_json::Value;
use wallet_core::{KeyHandle, OrderedKey};
use web::Refusal;

/// A key that the script has made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    handle: String,
    /// The public point, as `exportKey("raw")` gives it.
    public: String,
}

impl Made {
    /// The key, as it is ordered for.
    ///
    /// # Errors
    /// A refusal of what is no handle or no point.
    pub fn read(&self) -> Result<OrderedKey, Refusal> {
        Ok(OrderedKey {
            handle: KeyHandle::new(&bytes(&self.handle)?).map_err(refused)?,
            public: P256Point::from_sec1(&bytes(&self.public)?).map_err(refused)?,
        })
    }
}

/// A handle as the script knows it.
pub fn text(handle: &KeyHandle) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(handle.as_bytes())
}

/// A signature, as WebCrypto makes it: r and s.
pub fn signature(text: &str) -> Result<Es256Signature, Refusal> {
    let bytes = bytes(text)?.try_into();
    bytes
        .map(Es256Signature)
        .map_err(|_| refused(SchemasError::SigningFailed))
}

/// The key named `wanted` of an issuer's JWK Set (RFC 7517 section 5).
pub fn of_issuer(set: &Value, wanted: KeyId) -> Option<P256Point> {
    let keys = set["keys"].as_array()?.iter();
    let mut points = keys.filter_map(|key| Some(Jwk::read(key.as_object()?).ok()?.point()));
    points.find(|point| KeyId::of_point(point) == wanted)
}

fn bytes(text: &str) -> Result<Vec<u8>, Refusal> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| refused(SchemasError::KeyMalformed))
}
