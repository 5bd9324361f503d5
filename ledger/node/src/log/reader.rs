//! What everybody may read (C2SP tlog-tiles, "APIs"), and the objects that entries name.
//!
//! Bundles are not compressed: nearly all of an entry is hashes and signatures.

use super::{
    files,
    pool::read_object,
    served,
    shared::{Phase, Published, Shared},
};
use crate::Error;
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use ledger::tile::Tile;
use schemas::Hash;
use std::sync::Arc;
use tokio::task;

/// For what never changes: a year, the longest that caches honour.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// For what does.
pub(super) const NOT: HeaderValue = HeaderValue::from_static("no-cache");

/// `GET /checkpoint`.
pub(super) async fn checkpoint(State(shared): State<Arc<Shared>>) -> Response {
    note(&shared, |published| Some(&published.note))
}

/// `GET /checkpoint-post-quantum`.
pub(super) async fn checkpoint_post_quantum(State(shared): State<Arc<Shared>>) -> Response {
    note(&shared, |published| published.post_quantum.as_ref())
}

fn note(shared: &Shared, which: impl Fn(&Published) -> Option<&Arc<str>>) -> Response {
    match shared.published.borrow().as_ref().and_then(which) {
        Some(note) => found("text/plain; charset=utf-8", NOT, note.to_string()),
        None => not_found(),
    }
}

/// `GET /tile/…`.
pub(super) async fn tile(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let Ok(tile) = path.parse::<Tile>() else {
        return not_found();
    };
    let signed = shared.heads.borrow().head();
    bytes(shared, move |shared| {
        served::read(&*shared.storage, tile, &signed)
    })
    .await
}

/// `GET /object/<SHA-256 in hexadecimal>`.
pub(super) async fn object(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    let Some(hash) = Hash::from_hex(&name) else {
        return not_found();
    };
    bytes(shared, move |shared| read_object(&*shared.storage, &hash)).await
}

/// `GET /delta/<root of the earlier snapshot>-<root of the later>`. Only who has the earlier one can tell whether it is right.
pub(super) async fn delta(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    let hashes = name.split_once('-');
    let Some((earlier, later)) =
        hashes.and_then(|(earlier, later)| Hash::from_hex(earlier).zip(Hash::from_hex(later)))
    else {
        return not_found();
    };
    bytes(shared, move |shared| {
        Ok(shared.storage.read(&files::delta(&earlier, &later))?)
    })
    .await
}

/// `GET /readyz`: whether the log takes entries and publishes them. A chain on which nothing can be anchored is told, and is
/// no reason to send anybody elsewhere.
pub(super) async fn ready(State(shared): State<Arc<Shared>>) -> (StatusCode, String) {
    let (status, text) = readiness(&shared);
    match *shared.unanchored.borrow() {
        Some(code) => (
            status,
            format!("{text}nothing is anchored on the chain: {code}\n"),
        ),
        None => (status, text.to_owned()),
    }
}

fn readiness(shared: &Shared) -> (StatusCode, &'static str) {
    let no = StatusCode::SERVICE_UNAVAILABLE;
    if !matches!(*shared.phase.borrow(), Phase::Open(_)) {
        return (
            no,
            "log-not-open: the storage or the token failed, or the log is about to end\n",
        );
    }
    match &*shared.published.borrow() {
        None => (no, "nothing-published: nothing was published yet\n"),
        Some(published) if published.at.elapsed() > shared.pace.idle() * 3 => (
            no,
            "quorum-missing: nothing was published for long, the witnesses are no quorum\n",
        ),
        Some(_) => (StatusCode::OK, "ok\n"),
    }
}

/// Reads on a thread that may wait for the disk.
async fn bytes(
    shared: Arc<Shared>,
    read: impl FnOnce(&Shared) -> Result<Option<Vec<u8>>, Error> + Send + 'static,
) -> Response {
    match task::spawn_blocking(move || read(&shared))
        .await
        .expect("reading does not panic")
    {
        Ok(Some(bytes)) => found("application/octet-stream", FOREVER, bytes),
        Ok(None) => not_found(),
        Err(error) => {
            tracing::error!(%error, "could not serve a file");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                [(header::CACHE_CONTROL, NOT)],
                "the file cannot be read\n",
            )
                .into_response()
        }
    }
}

/// What readers get, also a page from elsewhere: it is the same for everybody, and it proves itself.
pub(super) fn found(content_type: &'static str, cache: HeaderValue, body: impl Into<Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, cache),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    ];
    (headers, body.into()).into_response()
}

/// What is not there may come.
pub(super) fn not_found() -> Response {
    (
        StatusCode::NOT_FOUND,
        [(header::CACHE_CONTROL, NOT)],
        "not found\n",
    )
        .into_response()
}
