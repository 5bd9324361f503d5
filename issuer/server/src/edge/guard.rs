//! What every request passes: a time limit, and a name for the logs.

use super::respond::Problem;
use crate::{Error, service::Shared};
use axum::{
    extract::{MatchedPath, Request, State},
    http::HeaderName,
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
    response.headers_mut().insert(REQUEST_ID, number.into());
    response
}
