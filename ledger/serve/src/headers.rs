//! Headers that browsers heed (OWASP REST Security Cheat Sheet, "Security Headers").

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

/// For answers that no browser should keep, frame, guess the type of, or tell others about. A route that sets one of them
/// keeps its own. HTTPS is announced by what speaks it, the proxy (RFC 6797 section 7.2).
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    // For pages of other origins that ask without CORS; what they may read says `Access-Control-Allow-Origin`.
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// Adds what the route has not set.
pub(super) async fn complete(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}
