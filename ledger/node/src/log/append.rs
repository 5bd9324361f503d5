//! `POST /entries` (`schemas/spec/log-http.md`): entries in, their places out, once they are cosigned and published.

use super::{
    answer::{Answer, Problem, respond},
    pool::{Refusal, Submission},
    shared::{Phase, Published, Shared},
};
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::Deserialize;
use std::sync::Arc;
use tokio::{
    task,
    time::{self, Instant},
};

/// Largest request: an object of 4 MiB in base64, and some to spare.
const MAX_REQUEST_BYTES: usize = 6 * 1024 * 1024;
/// A request above this size counts as large. 256 entries without objects have 55 kB.
const LARGE_REQUEST_BYTES: u64 = 64 * 1024;
/// Most entries of one request: a bundle.
const MAX_ENTRIES: usize = 256;
/// Most entries that are taken and not yet published: as much as a busy day brings while four witnesses are away. In
/// memory they have about 20 MB, besides their objects.
const MAX_UNPUBLISHED: u64 = 65_536;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entries {
    entries: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    entry: String,
    object: Option<String>,
}

/// The places of entries, in the pool of this number.
struct Taken {
    pool: u64,
    places: Vec<Result<u64, Refusal>>,
}

/// `POST /entries`.
pub(super) async fn append(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let started = Instant::now();
    let answers = run(&shared, request).await;
    if answers.is_ok() {
        shared.metrics.appended(started.elapsed());
    }
    respond(&shared, answers)
}

async fn run(shared: &Arc<Shared>, request: Request) -> Result<Vec<Answer>, Problem> {
    // 1. What is asked.
    let submissions = read(shared, request).await?;
    // 2. Each entry gets its place or a refusal.
    let taken = {
        let shared = Arc::clone(shared);
        task::spawn_blocking(move || take(&shared, submissions)).await
    };
    let taken = taken.expect("taking does not panic")?;
    shared.arrived.notify_one();
    // 3. A checkpoint that covers all of them is published.
    let last = taken.places.iter().filter_map(|place| place.as_ref().ok()).max();
    let size = match last {
        Some(last) => published(shared, taken.pool, *last).await,
        None => Ok(shared.published_size().0),
    };
    let answer = |place| Answer::new(place, &size);
    Ok(taken.places.into_iter().map(answer).collect())
}

/// Reads the request within its limits.
async fn read(shared: &Shared, request: Request) -> Result<Vec<Submission>, Problem> {
    let (parts, body) = request.into_parts();
    let _large = match is_small(&parts.headers) {
        true => None,
        false => Some(
            shared
                .large
                .acquire()
                .await
                .expect("the semaphore is never closed"),
        ),
    };
    let body = body_bytes(body).await?;
    let malformed = |message: String| Problem::new(StatusCode::BAD_REQUEST, "request-malformed", message);
    let request: Entries = serde_json::from_slice(&body).map_err(|error| malformed(error.to_string()))?;
    if request.entries.is_empty() || request.entries.len() > MAX_ENTRIES {
        return Err(malformed(format!("1 to {MAX_ENTRIES} entries are taken at once")));
    }
    let decode = |text: String| BASE64.decode(text).map_err(|error| malformed(error.to_string()));
    let submission = |item: Item| {
        Ok(Submission {
            entry: decode(item.entry)?,
            object: item.object.map(decode).transpose()?,
        })
    };
    request.entries.into_iter().map(submission).collect()
}

fn is_small(headers: &HeaderMap) -> bool {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok());
    let length: Option<u64> = length.and_then(|length| length.parse().ok());
    length.is_some_and(|length| length <= LARGE_REQUEST_BYTES)
}

async fn body_bytes(body: Body) -> Result<Bytes, Problem> {
    let too_long = |_| {
        let message = format!("the limit of a request is {MAX_REQUEST_BYTES} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-long", message)
    };
    axum::body::to_bytes(body, MAX_REQUEST_BYTES)
        .await
        .map_err(too_long)
}

fn take(shared: &Shared, submissions: Vec<Submission>) -> Result<Taken, Problem> {
    let mut pool = shared.pool();
    let number = match *shared.phase.borrow() {
        Phase::Open(number) => number,
        Phase::Recovering(_) | Phase::Closing => return Err(Problem::unavailable()),
    };
    let unpublished = pool.size().0.saturating_sub(shared.published_size().0);
    if unpublished >= MAX_UNPUBLISHED {
        let message = format!("{unpublished} entries wait for a quorum of witnesses; repeat later");
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "backlog-full",
            message,
        ));
    }
    let places = submissions
        .into_iter()
        .map(|submission| pool.submit(submission))
        .collect();
    Ok(Taken { pool: number, places })
}

/// Waits until readers see the entry at `index`; returns the size that they see.
async fn published(shared: &Shared, pool: u64, index: u64) -> Result<u64, Problem> {
    let mut phases = shared.phase.subscribe();
    let mut published = shared.published.subscribe();
    let covers = |published: &Option<Published>| {
        published
            .as_ref()
            .is_some_and(|published| published.size.0 > index)
    };
    let wait = async {
        tokio::select! {
            biased;
            _ = phases.wait_for(|phase| *phase != Phase::Open(pool)) => {}
            _ = published.wait_for(covers) => {}
        }
    };
    let in_time = time::timeout(shared.pace.append(), wait).await.is_ok();
    // Only as long as the pool is the same does the index stand for the same entry.
    if *shared.phase.borrow() != Phase::Open(pool) {
        return Err(Problem::unavailable());
    }
    let size = shared.published_size().0;
    match in_time && size > index {
        true => Ok(size),
        false => Err(Problem::not_yet_published()),
    }
}
