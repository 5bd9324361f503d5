//! Revocations, for verifiers.

use super::{
    request::Caller,
    respond::{Problem, json},
};
use crate::{account::Role, service::Shared, writer::Urgency};
use axum::{extract::State, response::Response};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A snapshot that waits for the ledger.
#[derive(Serialize, ToSchema)]
pub(super) struct Published {
    /// Its number.
    snapshot: Option<u32>,
}

/// Publishes a status snapshot now and not within five minutes. Use it in an emergency alone: a snapshot of few
/// revocations hides them badly.
#[utoipa::path(
    post, path = "/v1/status/publish", tag = "status", security(("api_key" = [])),
    responses((status = 200, body = Published), (status = 403, description = "For supervisors and administrators."))
)]
pub(super) async fn publish(State(shared): State<Arc<Shared>>, caller: Caller) -> Result<Response, Problem> {
    caller.with(&[Role::Supervisor, Role::Admin])?;
    let number = shared.writer.publish(Urgency::Now).await?;
    Ok(json(&Published {
        snapshot: number.map(|number| number.0),
    }))
}
