//! `POST /entries` (`schemas/spec/log-http.md`): entries in, their places out, once they are cosigned and published.

use super::{
    pool::{Refusal, Submission},
    shared::{Phase, Shared},
};
use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ledger::state::{Contradiction, Earlier};
use serde::{Deserialize, Serialize};
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

/// What became of one entry.
#[derive(Debug, Default, Serialize)]
struct Answer {
    /// Where it stands in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    /// The size of a published tree that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    problem: Option<Problem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
}

/// Why not, for programs and for people.
#[derive(Clone, Debug, Serialize)]
struct Problem {
    #[serde(skip)]
    status: StatusCode,
    error: &'static str,
    message: String,
}

/// The earlier of two statements.
#[derive(Debug, Serialize)]
struct Evidence {
    code: &'static str,
    /// Where the earlier entry stands in this log.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    /// The earlier entry in base64; of an old one only its place is at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
}

/// The places of entries, in the pool of this number.
struct Taken {
    pool: u64,
    places: Vec<Result<u64, Refusal>>,
}

/// `POST /entries`.
pub(super) async fn append(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let started = Instant::now();
    match run(&shared, request).await {
        Ok(answers) => {
            shared.metrics.appended(started.elapsed());
            respond(&shared, &answers)
        }
        Err(problem) => {
            shared.metrics.refused(problem.error);
            let status = problem.status;
            with_retry(status, (status, Json(problem)).into_response())
        }
    }
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
    Ok(taken
        .places
        .into_iter()
        .map(|place| answer(place, &size))
        .collect())
}

/// Reads the request within its limits.
async fn read(shared: &Shared, request: Request) -> Result<Vec<Submission>, Problem> {
    let (parts, body) = request.into_parts();
    let length = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok());
    let small = length
        .and_then(|length| length.parse().ok())
        .is_some_and(|length: u64| length <= LARGE_REQUEST_BYTES);
    let _large = match small {
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
    let malformed = |message: String| problem(StatusCode::BAD_REQUEST, "request-malformed", message);
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

async fn body_bytes(body: Body) -> Result<Bytes, Problem> {
    let too_long = |_| {
        let message = format!("the limit of a request is {MAX_REQUEST_BYTES} bytes");
        problem(StatusCode::PAYLOAD_TOO_LARGE, "too-long", message)
    };
    axum::body::to_bytes(body, MAX_REQUEST_BYTES)
        .await
        .map_err(too_long)
}

fn take(shared: &Shared, submissions: Vec<Submission>) -> Result<Taken, Problem> {
    let mut pool = shared.pool();
    let number = match *shared.phase.borrow() {
        Phase::Open(number) => number,
        Phase::Recovering(_) | Phase::Closing => return Err(unavailable()),
    };
    let unpublished = pool.size().0.saturating_sub(shared.published_size().0);
    if unpublished >= MAX_UNPUBLISHED {
        let message = format!("{unpublished} entries wait for a quorum of witnesses; repeat later");
        return Err(problem(StatusCode::SERVICE_UNAVAILABLE, "backlog-full", message));
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
    let covers = |published: &Option<super::shared::Published>| {
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
        return Err(unavailable());
    }
    let size = shared.published_size().0;
    match in_time && size > index {
        true => Ok(size),
        false => Err(problem(
            StatusCode::GATEWAY_TIMEOUT,
            "not-yet-published",
            "the entry is in the log, which has no quorum of witnesses yet; repeating is safe and finds its place",
        )),
    }
}

fn answer(place: Result<u64, Refusal>, size: &Result<u64, Problem>) -> Answer {
    match (place, size) {
        (Ok(index), Ok(size)) => Answer {
            index: Some(index),
            size: Some(*size),
            ..Answer::default()
        },
        (Ok(index), Err(problem)) => Answer {
            index: (problem.error == "not-yet-published").then_some(index),
            problem: Some(problem.clone()),
            ..Answer::default()
        },
        (Err(refusal), _) => refused(&refusal),
    }
}

fn refused(refusal: &Refusal) -> Answer {
    let evidence = match refusal {
        Refusal::Contradicts { evidence, index } => Some(Evidence {
            code: evidence.code(),
            index: *index,
            entry: match &**evidence {
                Contradiction::Forked {
                    earlier: Earlier::Entry(entry),
                    ..
                } => Some(BASE64.encode(entry.unchecked().encode())),
                _ => None,
            },
        }),
        Refusal::Differs { index } => Some(Evidence {
            code: "entry-differs",
            index: Some(*index),
            entry: None,
        }),
        _ => None,
    };
    Answer {
        problem: Some(explain(refusal)),
        evidence,
        ..Answer::default()
    }
}

/// The one place where refusals become status codes.
fn explain(refusal: &Refusal) -> Problem {
    use ledger::Error as Rule;
    match refusal {
        Refusal::Rule(error) => {
            let status = match error {
                Rule::EntryMalformed(_) | Rule::ObjectMissing | Rule::ObjectMismatch => {
                    StatusCode::BAD_REQUEST
                }
                Rule::EntryUnsigned | Rule::IssuerUnknown | Rule::IssuerFrozen | Rule::EntryAfterCutOff => {
                    StatusCode::FORBIDDEN
                }
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            problem(status, error.code(), error.to_string())
        }
        Refusal::Superseded => problem(
            StatusCode::CONFLICT,
            "entry-superseded",
            "a newer entry has taken its place",
        ),
        Refusal::Differs { .. } => problem(
            StatusCode::CONFLICT,
            "entry-differs",
            "the log has an entry with this number and root, but otherwise not the same",
        ),
        Refusal::Contradicts { .. } => problem(
            StatusCode::CONFLICT,
            "entry-contradicts",
            "its signer said something else before; both statements are kept as evidence, and the registrar has to settle it",
        ),
        Refusal::Storage(error) => {
            tracing::error!(%error, "could not look at the log");
            unavailable()
        }
    }
}

fn respond(shared: &Shared, answers: &[Answer]) -> Response {
    let problems = answers.iter().filter_map(|answer| answer.problem.as_ref());
    problems
        .clone()
        .for_each(|problem| shared.metrics.refused(problem.error));
    // Refusals by the rules come before what waiting can mend.
    let statuses = problems.map(|problem| problem.status);
    let status = statuses
        .min_by_key(|status| status.is_server_error())
        .unwrap_or(StatusCode::OK);
    with_retry(
        status,
        (status, Json(serde_json::json!({ "entries": answers }))).into_response(),
    )
}

/// Tells when to come again where that is the answer.
fn with_retry(status: StatusCode, mut response: Response) -> Response {
    if matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    ) {
        let seconds = header::HeaderValue::from_static("5");
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

fn unavailable() -> Problem {
    problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "log-unavailable",
        "the log cannot say whether it has the entry; repeating is safe",
    )
}

fn problem(status: StatusCode, error: &'static str, message: impl Into<String>) -> Problem {
    let message = message.into();
    Problem {
        status,
        error,
        message,
    }
}
