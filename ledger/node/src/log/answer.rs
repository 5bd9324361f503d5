//! What `POST /entries` answers, and with which status.

use super::{pool::Refusal, shared::Shared};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ledger::state::{Contradiction, Earlier};
use serde::Serialize;
use serde_json::json;

/// What became of one entry.
#[derive(Debug, Default, Serialize)]
pub(super) struct Answer {
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
pub(super) struct Problem {
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

/// The answer to a request: to each of its entries, or to none.
pub(super) fn respond(shared: &Shared, answers: Result<Vec<Answer>, Problem>) -> Response {
    let (status, body) = match answers {
        Ok(answers) => {
            let problems = answers.iter().filter_map(|answer| answer.problem.as_ref());
            problems
                .clone()
                .for_each(|problem| shared.metrics.refused(problem.error));
            // Refusals by the rules come before what waiting can mend.
            let statuses = problems.map(|problem| problem.status);
            let status = statuses
                .min_by_key(StatusCode::is_server_error)
                .unwrap_or(StatusCode::OK);
            (status, Json(json!({ "entries": answers })))
        }
        Err(problem) => {
            shared.metrics.refused(problem.error);
            (problem.status, Json(json!(problem)))
        }
    };
    let mut response = (status, body).into_response();
    if status.is_server_error() {
        // When to come again.
        let seconds = HeaderValue::from_static("5");
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

impl Answer {
    /// The answer for an entry with a place or a refusal, and for the size that readers see if they see all places.
    pub(super) fn new(place: Result<u64, Refusal>, size: &Result<u64, Problem>) -> Self {
        match (place, size) {
            (Ok(index), Ok(size)) => Self {
                index: Some(index),
                size: Some(*size),
                ..Self::default()
            },
            (Ok(index), Err(problem)) => Self {
                index: (problem.error == NOT_YET_PUBLISHED).then_some(index),
                problem: Some(problem.clone()),
                ..Self::default()
            },
            (Err(refusal), _) => Self {
                problem: Some(explain(&refusal)),
                evidence: evidence(&refusal),
                ..Self::default()
            },
        }
    }
}

impl Problem {
    pub(super) fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            status,
            error,
            message,
        }
    }

    /// The answer to a request that it is all about.
    pub(super) fn answer(self, shared: &Shared) -> Response {
        respond(shared, Err(self))
    }

    /// The storage failed, or the log ends.
    pub(super) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "log-unavailable",
            "the log cannot say whether it has the entry; repeating is safe",
        )
    }

    /// No quorum in time.
    pub(super) fn not_yet_published() -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            NOT_YET_PUBLISHED,
            "the entry is in the log, which has no quorum of witnesses yet; repeating is safe and finds its place",
        )
    }
}

const NOT_YET_PUBLISHED: &str = "not-yet-published";

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
            Problem::new(status, error.code(), error.to_string())
        }
        Refusal::Superseded => Problem::new(
            StatusCode::CONFLICT,
            "entry-superseded",
            "a newer entry has taken its place",
        ),
        Refusal::Differs { .. } => Problem::new(
            StatusCode::CONFLICT,
            "entry-differs",
            "the log has an entry with this number and root, but otherwise not the same",
        ),
        Refusal::Contradicts { .. } => Problem::new(
            StatusCode::CONFLICT,
            "entry-contradicts",
            "its signer said something else before; both statements are kept as evidence, and the registrar has to settle it",
        ),
        Refusal::Storage(error) => {
            tracing::error!(%error, "could not look at the log");
            Problem::unavailable()
        }
    }
}

fn evidence(refusal: &Refusal) -> Option<Evidence> {
    match refusal {
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
    }
}
