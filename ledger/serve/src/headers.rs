//! Headers that browsers heed (OWASP REST Security Cheat Sheet, "Security Headers").

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
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

/// Says why a request that took too long ends.
pub(super) async fn in_words(response: Response) -> Response {
    match response.status() {
        StatusCode::REQUEST_TIMEOUT => {
            let words = "The request took too long. Nothing is lost: send it again. (request-timed-out)\n";
            (StatusCode::REQUEST_TIMEOUT, words).into_response()
        }
        _ => response,
    }
}
