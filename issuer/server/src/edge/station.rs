//! What a desk shows before anything is submitted: who it is, what is left of today, and what can be entered.

use super::{
    model::{KindBody, OutcomeBody},
    request::Caller,
    respond::{Problem, json},
};
use crate::{
    account::Role,
    result::{Reason, Stored},
    service::Shared,
};
use axum::{extract::State, response::Response};
use schemas::value_sets::DEVICES;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The account whose key came with the request.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnAccount<'a> {
    #[schema(example = "Station Nord")]
    name: &'a str,
    role: Role,
    /// Most new results in one UTC day.
    daily_quota: u32,
    /// How many there were today.
    used_today: u32,
    /// The issuer, as its certificates say it.
    issuer: &'a str,
}

/// What a submission and a revocation may name.
#[derive(Serialize, ToSchema)]
pub(super) struct ValueSets {
    /// Rapid tests.
    devices: Vec<DeviceShown>,
    kinds: &'static [KindBody],
    results: &'static [OutcomeBody],
    /// Why a result is revoked.
    reasons: Vec<Reason>,
}

/// A rapid test.
#[derive(Serialize, ToSchema)]
struct DeviceShown {
    /// Its number in the EU's common list.
    #[schema(example = "1232")]
    code: &'static str,
    /// Maker and name.
    name: &'static str,
}

/// Shows the caller's account, with what is left of today's quota.
#[utoipa::path(
    get, path = "/v1/account", tag = "results", security(("api_key" = [])),
    responses((status = 200, body = OwnAccount<'static>), (status = 401, description = "The key is not known."))
)]
pub(super) async fn account(
    State(shared): State<Arc<Shared>>,
    Caller(account): Caller,
) -> Result<Response, Problem> {
    let today = shared.clock.now().day();
    Ok(json(&OwnAccount {
        name: &account.name,
        role: account.role,
        daily_quota: account.daily_quota,
        used_today: shared.store.quota_used(account.number, today).await?,
        issuer: &shared.settings.profile.name,
    }))
}

/// Lists what can be entered.
#[utoipa::path(
    get, path = "/v1/value-sets", tag = "results", security(("api_key" = [])),
    responses((status = 200, body = ValueSets), (status = 401, description = "The key is not known."))
)]
pub(super) async fn value_sets(_: Caller) -> Response {
    let devices = DEVICES.into_iter().map(|device| DeviceShown {
        code: device.code,
        name: device.name,
    });
    json(&ValueSets {
        devices: devices.collect(),
        kinds: &KindBody::ALL,
        results: &OutcomeBody::ALL,
        reasons: Reason::NUMBERS.iter().map(|(reason, _)| *reason).collect(),
    })
}
