//! A witness over HTTP (C2SP tlog-witness, "HTTP Interface").

use super::core::{Core, NotCosigned};
use crate::metrics::Metrics;
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use ledger::witness::{MAX_REQUEST_BYTES, Refusal, SIZE_CONTENT_TYPE};
use metrics::Counter;
use std::sync::Arc;
use tokio::{sync::Semaphore, task};

/// Decisions at once: more than there are cores gain nothing, and each may wait for the disk.
const MAX_DECISIONS: usize = 16;

struct Http {
    core: Arc<Core>,
    decisions: Semaphore,
    cosigned: Counter,
    metrics: Metrics,
}

pub(super) fn router(core: Arc<Core>) -> Router {
    let metrics = Metrics::new();
    let state = Arc::new(Http {
        core,
        decisions: Semaphore::new(MAX_DECISIONS),
        cosigned: metrics.counter("attest_witness_cosigned_total", "Checkpoints cosigned."),
        metrics,
    });
    let router = Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .route("/{log}/checkpoint", get(checkpoint))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route(
            "/metrics",
            get(async |State(http): State<Arc<Http>>| http.metrics.render()),
        )
        .with_state(state);
    serve::with_timeout(router)
}

/// What this witness cosigned last of a log, for monitors.
async fn checkpoint(State(http): State<Arc<Http>>, Path(log): Path<String>) -> Response {
    let origin = crate::origin::parse(&log);
    match origin.and_then(|origin| http.core.checkpoint(&origin, serve::now())) {
        Some(checkpoint) => crate::origin::answer(checkpoint),
        None => (
            StatusCode::NOT_FOUND,
            "no checkpoint of such a log is on record here\n",
        )
            .into_response(),
    }
}

/// Whether it could cosign. Only a token can fail.
async fn ready(State(http): State<Arc<Http>>) -> Response {
    match task::spawn_blocking(move || http.core.ready()).await {
        Ok(Ok(())) => "ok\n".into_response(),
        // What is wrong with whose token is for the log, which is not public.
        Ok(Err(error)) => {
            tracing::warn!(%error, code = error.code(), "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", error.code())).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn add_checkpoint(State(http): State<Arc<Http>>, body: Bytes) -> Response {
    let _decision = http
        .decisions
        .acquire()
        .await
        .expect("the semaphore is never closed");
    let decide = {
        let http = Arc::clone(&http);
        move || http.core.add_checkpoint(&body, serve::now())
    };
    let decided = task::spawn_blocking(decide)
        .await
        .expect("a decision does not panic");
    let (status, response) = match decided {
        Ok(lines) => {
            http.cosigned.increment(1);
            let lines: String = lines.iter().map(ToString::to_string).collect();
            return lines.into_response();
        }
        Err(NotCosigned::Refused(refusal)) => refused(&refusal),
        Err(NotCosigned::TooFast) => {
            let wait = [(header::RETRY_AFTER, "1")];
            (
                429,
                (StatusCode::TOO_MANY_REQUESTS, wait, "the log grows too fast\n").into_response(),
            )
        }
        Err(NotCosigned::Key(error)) => {
            tracing::error!(%error, code = error.code(), "a checkpoint is on record and was not cosigned");
            (
                500,
                (StatusCode::INTERNAL_SERVER_ERROR, "the key does not sign\n").into_response(),
            )
        }
        Err(NotCosigned::Storage(error)) => {
            tracing::error!(%error, "could not put a checkpoint on record, so it was not cosigned");
            (
                500,
                (StatusCode::INTERNAL_SERVER_ERROR, "no record, no cosignature\n").into_response(),
            )
        }
    };
    let refusals = http
        .metrics
        .labelled("attest_witness_refused_total", "status", &status.to_string());
    refusals.increment(1);
    response
}

fn refused(refusal: &Refusal) -> (u16, Response) {
    if let Refusal::Fork(_, checkpoint) | Refusal::NotConsistent(_, checkpoint) = refusal {
        let checkpoint = checkpoint.signed();
        tracing::warn!(%checkpoint, "a log signed a checkpoint that does not follow from the one on record, or proved it badly");
    }
    let status = StatusCode::from_u16(refusal.status()).expect("the specification's status codes");
    let response = match refusal.size() {
        Some(size) => {
            let content_type = [(header::CONTENT_TYPE, SIZE_CONTENT_TYPE)];
            (status, content_type, format!("{}\n", size.0)).into_response()
        }
        None => (status, explain(refusal)).into_response(),
    };
    (status.as_u16(), response)
}

/// For people; clients go by the status.
fn explain(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Malformed(error) | Refusal::NotSigned(error) | Refusal::NotConsistent(error, _) => {
            format!("{error}\n")
        }
        Refusal::UnknownLog => "this log is not known here\n".into(),
        Refusal::OldSizeAbove => "the old size is above the new one\n".into(),
        Refusal::Stale(_) | Refusal::Fork(..) => "another checkpoint is on record\n".into(),
    }
}
