//! For operators: whether the service is well, and its metrics.

use super::respond::{Problem, json};
use crate::{Error, service::Shared};
use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use std::sync::Arc;

/// For a listener of its own, that only the operator's network reaches: how many results there are is nobody else's
/// business.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .with_state(shared)
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200)))]
pub(super) async fn healthz() -> Response {
    json(&json!({ "status": "alive" }))
}

/// Whether the service can issue: its database answers, and it has an accredited key. A log that refuses entries does not
/// stop it, since another member's log may take them; what it refuses is named here, by the process that asked it.
#[utoipa::path(
    get, path = "/readyz", tag = "operation",
    responses((status = 200), (status = 503, description = "The code says what is missing."))
)]
pub(super) async fn readyz(State(shared): State<Arc<Shared>>) -> Result<Response, Problem> {
    shared.store.ping().await.map_err(|_| Error::NotWritten)?;
    shared.writer.check_running()?;
    shared.keys.current(shared.clock.now())?;
    let refused: Vec<_> = shared
        .refusals
        .all()
        .into_iter()
        .map(|(kind, refused)| {
            json!({ "kind": kind.as_str(), "number": refused.number, "code": refused.code })
        })
        .collect();
    Ok(json(&json!({ "status": "ready", "refused_by_log": refused })))
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    shared.writer.measure_queue();
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        shared.metrics.render(),
    )
        .into_response()
}
