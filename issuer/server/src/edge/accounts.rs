//! `/v1/accounts`: who may call the service.

use super::{
    model::{AccountBody, AccountShown, KeyShown},
    request::{Caller, Json},
    respond::{Problem, json},
};
use crate::{
    Error,
    account::{AccountNumber, ApiKey, Role},
    service::Shared,
    store::NewAccount,
};
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
    response::Response,
};
use std::sync::Arc;

const ADMIN: &[Role] = &[Role::Admin];

/// Longest name of an account in characters.
const MAX_NAME_CHARACTERS: usize = 80;

/// Lists all accounts. No key is among them: the service does not have them.
#[utoipa::path(
    get, path = "/v1/accounts", tag = "accounts", security(("api_key" = [])),
    responses((status = 200, body = [AccountShown]), (status = 403, description = "For administrators."))
)]
pub(super) async fn list(State(shared): State<Arc<Shared>>, caller: Caller) -> Result<Response, Problem> {
    caller.with(ADMIN)?;
    let accounts = shared.store.accounts().await?;
    let accounts: Vec<_> = accounts
        .into_iter()
        .map(|(_, account)| AccountShown::of(account))
        .collect();
    Ok(json(&accounts))
}

/// Makes an account and shows its key.
#[utoipa::path(
    post, path = "/v1/accounts", tag = "accounts", security(("api_key" = [])), request_body = AccountBody,
    responses((status = 200, body = KeyShown), (status = 409, description = "The name is taken."))
)]
pub(super) async fn add(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Json(body): Json<AccountBody>,
) -> Result<Response, Problem> {
    caller.with(ADMIN)?;
    let name = body.name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARACTERS || name.contains(char::is_control) {
        return Err(Error::BodyMalformed("name is empty, too long or not a line of text".into()).into());
    }
    let key = ApiKey::generate()?;
    let account = NewAccount {
        name: name.to_owned(),
        role: body.role,
        daily_quota: body.daily_quota,
        key: key.hash(),
    };
    let number = shared.writer.add_account(account).await?;
    Ok(json(&KeyShown {
        number: number.0,
        key: key.expose().to_owned(),
    }))
}

/// Gives an account a new key. The old one is refused from then on; a closed account is open again.
#[utoipa::path(
    post, path = "/v1/accounts/{number}/key", tag = "accounts", security(("api_key" = [])),
    params(("number" = u32, Path, description = "The account's number.")),
    responses((status = 200, body = KeyShown), (status = 404, description = "No such account."))
)]
pub(super) async fn renew_key(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    number: Result<Path<u32>, PathRejection>,
) -> Result<Response, Problem> {
    caller.with(ADMIN)?;
    let Path(number) = number.map_err(|_| Error::AccountUnknown)?;
    let key = ApiKey::generate()?;
    shared.writer.renew_key(AccountNumber(number), key.hash()).await?;
    Ok(json(&KeyShown {
        number,
        key: key.expose().to_owned(),
    }))
}

/// Closes an account: its key is refused from then on. What it issued stays valid.
#[utoipa::path(
    post, path = "/v1/accounts/{number}/close", tag = "accounts", security(("api_key" = [])),
    params(("number" = u32, Path, description = "The account's number.")),
    responses((status = 204), (status = 404, description = "No such account."))
)]
pub(super) async fn close(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    number: Result<Path<u32>, PathRejection>,
) -> Result<StatusCode, Problem> {
    caller.with(ADMIN)?;
    let Path(number) = number.map_err(|_| Error::AccountUnknown)?;
    shared.writer.close_account(AccountNumber(number)).await?;
    Ok(StatusCode::NO_CONTENT)
}
