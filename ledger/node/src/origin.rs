//! The latest checkpoint of a log by the hash of its origin: `GET /<SHA-256 of the origin>/checkpoint`, as witnesses and
//! monitors serve it (`schemas/spec/log-http.md`). An origin may have any characters, so its hash is the name.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use schemas::Hash;

/// The path below the server's URL.
pub(crate) fn path(origin: &str) -> String {
    format!("{}/checkpoint", Hash::of(&[origin.as_bytes()]))
}

/// Reads the hash in a path: 64 lower-case hexadecimal digits.
pub(crate) fn parse(text: &str) -> Option<Hash> {
    let mut hash = Hash([0; 32]);
    hex::decode_to_slice(text, &mut hash.0).ok()?;
    (hash.to_string() == text).then_some(hash)
}

/// A checkpoint as it is served: the next one may be there in a second. Pages of any origin may read it.
pub(crate) fn answer(checkpoint: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, checkpoint).into_response()
}
