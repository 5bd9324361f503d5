//! What every request passes: a time limit, a name for the logs, and headers that browsers heed.

use super::respond::Problem;
use crate::{Error, service::Shared};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tracing::Instrument;

/// How long a request may take. The writer answers within a second even when its queue is full.
const REQUEST_TIME: Duration = Duration::from_secs(15);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// For answers that no browser should frame, guess the type of, or tell others about.
const SECURITY_HEADERS: [(HeaderName, HeaderValue); 4] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

pub(super) async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    /// Counts the requests of this process: a name that says nothing of who asked for what.
    static REQUESTS: AtomicU64 = AtomicU64::new(0);

    let number = REQUESTS.fetch_add(1, Ordering::Relaxed);
    // The route and never the path: a path may hold a code.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("(none)", MatchedPath::as_str);
    let span = tracing::info_span!("request", number, route);
    let answer = tokio::time::timeout(REQUEST_TIME, next.run(request))
        .instrument(span)
        .await;
    let mut response = answer.unwrap_or_else(|_| Problem(Error::TimedOut).into_response());
    shared.metrics.request(route, response.status().as_u16());
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, number.into());
    for (name, value) in SECURITY_HEADERS {
        headers.entry(name).or_insert(value);
    }
    response
}
