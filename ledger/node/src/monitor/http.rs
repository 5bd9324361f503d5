//! A monitor over HTTP.

use super::{
    page,
    run::Shared,
    status::Status,
    words::{Language, Style},
};
use crate::origin;
use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use schemas::Hash;
use serde::Deserialize;
use std::sync::Arc;
use tokio::task;

/// What the page may load: its own style, and its own script, which asks for the page again.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

pub(super) fn router(shared: Arc<Shared>) -> Router {
    let router = Router::new()
        .route("/", get(status))
        .route(
            "/monitor.css",
            get(async || file("text/css; charset=utf-8", [web::COLOURS, page::CSS].concat())),
        )
        .route(
            "/monitor.js",
            get(async || file("text/javascript; charset=utf-8", page::SCRIPT)),
        )
        .route("/evidence/{file}", get(evidence))
        .route("/{log}/checkpoint", get(checkpoint))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route(
            "/metrics",
            get(async |State(shared): State<Arc<Shared>>| shared.metrics.render()),
        )
        .with_state(shared);
    serve::with_timeout(router)
}

#[derive(Deserialize)]
struct Asked {
    lang: Option<String>,
}

/// The status page, in the language of the link that led to it, or of the browser.
async fn status(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let language = Language::choose(asked.lang.as_deref(), accepted);
    let status = Status::of(&shared.core(), serve::now());
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::VARY, "accept-language"),
    ];
    (headers, page::render(&status, &Style::new(language))).into_response()
}

fn file(kind: &'static str, text: impl Into<String>) -> Response {
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")];
    (headers, text.into()).into_response()
}

/// A file of evidence: `/evidence/<identifier>.json`.
async fn evidence(State(shared): State<Arc<Shared>>, Path(file): Path<String>) -> Response {
    let not_found = || (StatusCode::NOT_FOUND, "there is no such evidence here\n").into_response();
    let Some(id) = file.strip_suffix(".json").and_then(origin::parse) else {
        return not_found();
    };
    let read = task::spawn_blocking(move || shared.store.evidence(id)).await;
    match read.expect("reading does not panic") {
        Ok(Some(bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CACHE_CONTROL, "no-cache"),
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            ];
            (headers, bytes).into_response()
        }
        Ok(None) => not_found(),
        Err(error) => {
            tracing::error!(%error, "evidence cannot be read");
            (StatusCode::INTERNAL_SERVER_ERROR, "the evidence cannot be read\n").into_response()
        }
    }
}

/// What was followed last of a log, for other monitors.
async fn checkpoint(State(shared): State<Arc<Shared>>, Path(log): Path<String>) -> Response {
    let asked = origin::parse(&log);
    let core = shared.core();
    let mut logs = core.logs.iter();
    let log = logs.find(|log| Some(Hash::of(&[log.origin().as_bytes()])) == asked);
    match log.and_then(|log| log.checkpoint()) {
        Some(checkpoint) => origin::answer(checkpoint.to_string()),
        None => (
            StatusCode::NOT_FOUND,
            "no checkpoint of such a log was followed here\n",
        )
            .into_response(),
    }
}

/// Ready once every log was read.
async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    match shared.core().is_ready() {
        true => "ok\n".into_response(),
        false => (
            StatusCode::SERVICE_UNAVAILABLE,
            "logs-unread: not every log was read yet\n",
        )
            .into_response(),
    }
}
