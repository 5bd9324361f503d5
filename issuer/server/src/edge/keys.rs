//! `/v1/keys`: asking the registrar to accredit a key, and taking its answer.

use super::{
    request::{Caller, Json},
    respond::{Problem, json},
};
use crate::{
    account::Role,
    service::{Accreditation, LastGood, Shared},
};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

const ADMIN: &[Role] = &[Role::Admin];

/// A request to the registrar.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyRequestShown {
    /// A JWS that the new key signed; send it to the registrar.
    request: String,
}

/// Makes a new signing key and the request to accredit it. The key in force signs until the answer is here.
#[utoipa::path(
    post, path = "/v1/keys", tag = "accounts", security(("api_key" = [])),
    responses((status = 200, body = KeyRequestShown), (status = 403, description = "For administrators."))
)]
pub(super) async fn rotate(State(shared): State<Arc<Shared>>, caller: Caller) -> Result<Response, Problem> {
    caller.with(ADMIN)?;
    Ok(json(&KeyRequestShown {
        request: shared.rotate_key()?,
    }))
}

/// Takes the registrar's answer.
#[utoipa::path(
    post, path = "/v1/keys/accreditation", tag = "accounts", security(("api_key" = [])),
    request_body = Accreditation,
    responses((status = 204), (status = 422, description = "It does not answer this issuer's request."))
)]
pub(super) async fn accredit(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Json(answer): Json<Accreditation>,
) -> Result<StatusCode, Problem> {
    caller.with(ADMIN)?;
    shared.accredit(&answer).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows what the registrar needs to cut off a stolen key without losing what was issued before.
#[utoipa::path(
    get, path = "/v1/cut-off", tag = "accounts", security(("api_key" = [])),
    responses((status = 200, body = LastGood), (status = 403, description = "For administrators."))
)]
pub(super) async fn cut_off(State(shared): State<Arc<Shared>>, caller: Caller) -> Result<Response, Problem> {
    caller.with(ADMIN)?;
    Ok(json(&shared.last_good().await?))
}
