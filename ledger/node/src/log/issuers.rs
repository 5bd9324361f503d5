//! `GET /issuers/<number>` (`schemas/spec/log-http.md`): what an issuer has said last, for itself. One whose database is older than
//! this is a restored backup, and must not go on from there.

use super::{
    answer::Problem,
    reader::NOT,
    shared::{Phase, Shared},
};
use axum::{
    Json,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use ledger::entry::{CheckedEntry, Subject};
use schemas::{Hash, IssuerNumber};
use serde_json::{Value, json};
use std::sync::Arc;

/// Answers from what was taken, published or not.
pub(super) async fn last(State(shared): State<Arc<Shared>>, Path(issuer): Path<u32>) -> Response {
    let said = {
        let pool = shared.pool();
        match *shared.phase.borrow() {
            Phase::Open(_) => {
                let last = pool.last_entries(IssuerNumber(issuer));
                Ok(last.map(|entry| entry.and_then(number_and_root)))
            }
            Phase::Recovering(_) | Phase::Closing => Err(Problem::unavailable()),
        }
    };
    match said {
        Ok([batch, snapshot]) => {
            let said = json!({ "batch": batch.map(place), "snapshot": snapshot.map(place) });
            ([(header::CACHE_CONTROL, NOT)], Json(said)).into_response()
        }
        Err(problem) => problem.answer(&shared),
    }
}

fn number_and_root(entry: &CheckedEntry) -> Option<(u32, Hash)> {
    let entry = entry.entry();
    match entry.subject() {
        Subject::Batch(_, number) => Some((number.0, entry.root())),
        Subject::Snapshot(_, number) => Some((number.0, entry.root())),
        Subject::KeyEvent(..) | Subject::Policy(_) | Subject::Release(_) => None,
    }
}

fn place((number, root): (u32, Hash)) -> Value {
    json!({ "number": number, "root": root.to_string() })
}
