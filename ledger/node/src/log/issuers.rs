//! `GET /issuers/<number>` (`schemas/spec/log-http.md`): what an issuer has said last, for itself. One whose database is older than
//! this is a restored backup, and must not go on from there.

use super::{
    answer::Problem,
    reader::{NOT, not_found},
    shared::{Phase, Shared},
};
use axum::{
    Json,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use schemas::IssuerNumber;
use serde_json::json;
use std::sync::Arc;

/// Answers from what was taken, published or not.
pub(super) async fn last(State(shared): State<Arc<Shared>>, Path(issuer): Path<String>) -> Response {
    let Ok(issuer) = issuer.parse() else {
        return not_found();
    };
    let said = {
        let pool = shared.pool();
        match *shared.phase.borrow() {
            Phase::Open(_) => {
                let last = pool.last_entries(IssuerNumber(issuer));
                Ok(last.map(|entry| entry.map(|entry| BASE64_STANDARD.encode(entry.unchecked().encode()))))
            }
            Phase::Recovering(_) | Phase::Closing => Err(Problem::unavailable()),
        }
    };
    match said {
        Ok([batch, snapshot]) => {
            let said = json!({ "batch": batch, "snapshot": snapshot });
            ([(header::CACHE_CONTROL, NOT)], Json(said)).into_response()
        }
        Err(problem) => problem.answer(&shared),
    }
}
