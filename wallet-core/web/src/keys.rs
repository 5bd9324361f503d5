//! Keys and signatures between the script and the core: handles, points and signatures in base64url.

use crate::refusal::refused;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use schemas::{
    Error as SchemasError, KeyId,
    crypto::{Es256Signature, P256Point},
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
    keys.filter_map(point)
        .find(|point| KeyId::of_point(point) == wanted)
}

/// A key of P-256 (RFC 7518 section 6.2.1).
fn point(jwk: &Value) -> Option<P256Point> {
    let is_p256 = jwk["kty"] == "EC" && jwk["crv"] == "P-256";
    let coordinate = |name: &str| bytes(jwk[name].as_str()?).ok().filter(|bytes| bytes.len() == 32);
    let sec1 = [&[4][..], &coordinate("x")?, &coordinate("y")?].concat();
    P256Point::from_sec1(&sec1).ok().filter(|_| is_p256)
}

fn bytes(text: &str) -> Result<Vec<u8>, Refusal> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| refused(SchemasError::KeyMalformed))
}
