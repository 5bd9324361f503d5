//! `POST /heads` and `GET /heads` (`schemas/spec/log-http.md`): of each chain the latest head that was signed with ML-DSA-44.
//!
//! The file is durable before anybody sees it. An older head never takes the place of a newer one: the state, which has the log's
//! entries, says which is which.

use super::{
    answer::Problem,
    files,
    reader::{NOT, found},
    shared::{Phase, Shared},
};
use crate::{
    Error,
    storage::{File, Storage},
    witness::limit::Bucket,
};
use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use ledger::{
    heads::{Heads, MAX_HEAD_BYTES, SignedHead},
    state::Outcome,
};
use schemas::UnixTime;
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task;

/// Heads that are looked at in a second; each takes a tenth of a millisecond. The busiest issuer has one every 40 s.
const PER_SECOND: u32 = 50;

/// The heads of a running log.
pub(super) struct Kept {
    /// What readers see, which is durable. Whoever holds it for writing has looked at the pool before.
    heads: tokio::sync::RwLock<Heads>,
    bucket: Mutex<Bucket>,
}

impl Kept {
    pub(super) fn new(heads: Heads) -> Self {
        Self {
            heads: tokio::sync::RwLock::new(heads),
            bucket: Mutex::new(Bucket::new(PER_SECOND)),
        }
    }

    fn permits(&self) -> bool {
        let now = UnixTime(i64::try_from(serve::since_1970().as_secs()).unwrap_or(i64::MAX));
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(now)
    }
}

/// The heads that a log has on its storage.
///
/// # Errors
/// [`Error::Damaged`], [`Error::Storage`].
pub(super) fn read(storage: &dyn Storage) -> Result<Heads, Error> {
    let Some(bytes) = storage.read(&files::heads())? else {
        return Ok(Heads::default());
    };
    Heads::decode(&bytes).map_err(|_| Error::Damaged {
        name: files::heads(),
        problem: "it is cut off or changed; remove it: issuers bring their heads again within the hour",
    })
}

/// `GET /heads`.
pub(super) async fn all(State(shared): State<Arc<Shared>>) -> Response {
    let heads = shared.signed_heads.heads.read().await.encode();
    found("application/cbor", NOT, heads)
}

/// `POST /heads`: one head, as its bytes.
pub(super) async fn take(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    match run(&shared, request).await {
        Ok(()) => (StatusCode::OK, Json(json!({}))).into_response(),
        Err(problem) => problem.answer(&shared),
    }
}

async fn run(shared: &Arc<Shared>, request: Request) -> Result<(), Problem> {
    // 1. Within the limits of size and rate.
    let body = axum::body::to_bytes(request.into_body(), MAX_HEAD_BYTES).await;
    let body = body.map_err(|_| {
        let message = format!("a head has at most {MAX_HEAD_BYTES} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-long", message)
    })?;
    let head = SignedHead::decode(&body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.code(), error.to_string()))?;
    if !shared.signed_heads.permits() {
        return Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "heads-too-many",
            "too many heads in a second; repeat later",
        ));
    }
    // 2. By the chain's owner, of an entry that the log has, and not older than the last one.
    let mut heads = shared.signed_heads.heads.write().await;
    match apply(shared, &head)? {
        Outcome::Applied | Outcome::Known => {}
        Outcome::Refused(error) => {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                error.code(),
                error.to_string(),
            ));
        }
        Outcome::Superseded | Outcome::Contradicted(_) => {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "head-superseded",
                "a newer head of this chain is there",
            ));
        }
    }
    let said = head.unverified();
    if heads.get(said.issuer, said.chain) == Some(&head) {
        return Ok(());
    }
    // 3. Durable, then shown. A crash between: it is shown after the start.
    let mut next = heads.clone();
    next.replace(head)
        .map_err(|error| Problem::new(StatusCode::INSUFFICIENT_STORAGE, error.code(), error.to_string()))?;
    let file = File::next(files::heads(), next.encode());
    let storage = Arc::clone(&shared.storage);
    let written = task::spawn_blocking(move || storage.write(&[file])).await;
    if let Err(error) = written.expect("writing does not panic") {
        tracing::error!(%error, "could not keep a signed head");
        return Err(Problem::unavailable());
    }
    *heads = next;
    Ok(())
}

fn apply(shared: &Shared, head: &SignedHead) -> Result<Outcome, Problem> {
    let mut pool = shared.pool();
    match *shared.phase.borrow() {
        Phase::Open(_) => Ok(pool.take_head(head)),
        Phase::Recovering(_) | Phase::Closing => Err(Problem::unavailable()),
    }
}
