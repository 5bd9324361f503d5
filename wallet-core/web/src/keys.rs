//! Keys and signatures between the script and the core: handles, points and signatures in base64url.

use crate::refusal::refused;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use schemas::{
    Error as SchemasError,
    crypto::{Es256Signature, P256Point},
};
use serde::Deserialize;
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

fn bytes(text: &str) -> Result<Vec<u8>, Refusal> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| refused(SchemasError::KeyMalformed))
}
