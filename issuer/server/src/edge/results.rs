//! `/v1/results`: what stations and supervisors do.

use super::{
    model::{Listing, Page, Revocation, Shown, Submission},
    offers::Submitted,
    request::{Caller, Json, Named, Parameters},
    respond::{Problem, json},
};
use crate::{
    Error,
    account::{Account, Role},
    random,
    result::{ResultId, State},
    service::Shared,
    store::ResultRow,
    writer::{Issue, may_change},
};
use axum::{
    extract::{FromRequestParts, State as Extension},
    http::{StatusCode, request::Parts},
    response::Response,
};
use schemas::UnixTime;
use std::sync::Arc;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Who may see a result: its station, and supervisors.
const PEOPLE: &[Role] = &[Role::Station, Role::Supervisor];
/// Results of one answer: some 20 kB.
const PAGE: u32 = 100;

/// Submits a result. The answer comes when its certificate is signed and stored; the same request again gets the same
/// answer.
#[utoipa::path(
    post, path = "/v1/results", tag = "results", security(("api_key" = [])), request_body = Submission,
    responses(
        (status = 200, body = Submitted<'static>),
        (status = 400, description = "The body is not of this form."),
        (status = 409, description = "This request identifier was used for another result."),
        (status = 422, description = "A result that is not issued, such as for a device that is not listed."),
        (status = 429, description = "The quota of today is used up."),
        (status = 503, description = "Busy; repeat the same request."),
    )
)]
pub(super) async fn submit(
    Extension(shared): Extension<Arc<Shared>>,
    caller: Caller,
    Json(body): Json<Submission>,
) -> Result<Response, Problem> {
    let account = caller.with(&[Role::Station])?;
    let issue = shared.prepare(account, body)?;
    let submitted = shared.writer.issue(issue).await?;
    Ok(json(&shared.answer(submitted)))
}

/// Lists the caller's own results, the newest first: by identifier, without the person and what was found.
#[utoipa::path(
    get, path = "/v1/results", tag = "results", security(("api_key" = [])), params(Page),
    responses((status = 200, body = Listing), (status = 404, description = "`before` is no result of this account."))
)]
pub(super) async fn list(
    Extension(shared): Extension<Arc<Shared>>,
    caller: Caller,
    Parameters(page): Parameters<Page>,
) -> Result<Response, Problem> {
    let account = caller.with(PEOPLE)?;
    let before = match page.before {
        Some(id) => Some(shared.own(id.parse()?, &account).await?.number),
        None => None,
    };
    let since = page.since.as_deref().map(instant).transpose()?;
    let rows = shared
        .store
        .results_of(account.number, since, before, PAGE)
        .await?;
    let is_full = rows.len() == PAGE as usize;
    Ok(json(&Listing {
        next: rows.last().filter(|_| is_full).map(|last| last.id.to_string()),
        results: rows.iter().map(Shown::of).collect(),
    }))
}

/// Shows what became of a result.
#[utoipa::path(
    get, path = "/v1/results/{id}", tag = "results", security(("api_key" = [])),
    params(("id" = String, Path, description = "The result's identifier.")),
    responses((status = 200, body = Shown), (status = 404, description = "No such result of this station."))
)]
pub(super) async fn show(Visible(row): Visible) -> Response {
    json(&Shown::of(&row))
}

/// Revokes a result. Verifiers learn of it with the next status snapshot, within five minutes.
#[utoipa::path(
    post, path = "/v1/results/{id}/revoke", tag = "results", security(("api_key" = [])), request_body = Revocation,
    params(("id" = String, Path, description = "The result's identifier.")),
    responses(
        (status = 200, body = Shown),
        (status = 404, description = "No such result of this station."),
        (status = 409, description = "It was replaced before."),
    )
)]
pub(super) async fn revoke(
    Extension(shared): Extension<Arc<Shared>>,
    caller: Caller,
    Named(id): Named,
    Json(body): Json<Revocation>,
) -> Result<Response, Problem> {
    let row = shared
        .writer
        .revoke(id, caller.with(PEOPLE)?, body.reason)
        .await?;
    Ok(json(&Shown::of(&row)))
}

/// Replaces a result by a corrected one and revokes it. The same request again gets the same answer.
#[utoipa::path(
    post, path = "/v1/results/{id}/correct", tag = "results", security(("api_key" = [])), request_body = Submission,
    params(("id" = String, Path, description = "The identifier of the result to replace.")),
    responses(
        (status = 200, body = Submitted<'static>),
        (status = 404, description = "No such result of this station."),
        (status = 409, description = "It was revoked or replaced before, or the request identifier was used."),
    )
)]
pub(super) async fn correct(
    Extension(shared): Extension<Arc<Shared>>,
    caller: Caller,
    Named(id): Named,
    Json(body): Json<Submission>,
) -> Result<Response, Problem> {
    let account = caller.with(PEOPLE)?;
    let issue = shared.prepare(account, body)?;
    let submitted = shared.writer.correct(id, issue).await?;
    Ok(json(&shared.answer(submitted)))
}

/// Forgets wrong transaction codes, for a person who is there and has mistyped too often.
#[utoipa::path(
    post, path = "/v1/results/{id}/unlock", tag = "results", security(("api_key" = [])),
    params(("id" = String, Path, description = "The result's identifier.")),
    responses((status = 204), (status = 403, description = "For supervisors."))
)]
pub(super) async fn unlock(
    Extension(shared): Extension<Arc<Shared>>,
    caller: Caller,
    Named(id): Named,
) -> Result<StatusCode, Problem> {
    caller.with(&[Role::Supervisor])?;
    shared.writer.unlock(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The result in the path, for those who may see it.
pub(super) struct Visible(pub(super) ResultRow);

impl FromRequestParts<Arc<Shared>> for Visible {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let account = Caller::from_request_parts(parts, shared).await?.with(PEOPLE)?;
        let Named(id) = Named::from_request_parts(parts, shared).await?;
        let row = shared.store.result(id).await?;
        may_change(&row, &account)?;
        Ok(Self(row))
    }
}

/// The result in the path, for the account whose it is: what hands it over is for nobody else, supervisors included.
pub(super) struct Own(pub(super) ResultRow);

impl FromRequestParts<Arc<Shared>> for Own {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let account = Caller::from_request_parts(parts, shared).await?.with(PEOPLE)?;
        let Named(id) = Named::from_request_parts(parts, shared).await?;
        Ok(Self(shared.own(id, &account).await?))
    }
}

impl Shared {
    /// An account's own result.
    async fn own(&self, id: ResultId, account: &Account) -> Result<ResultRow, Error> {
        let row = self.store.result(id).await?;
        match row.account == account.number {
            true => Ok(row),
            false => Err(Error::ResultUnknown),
        }
    }

    /// Reads a submission into what the writer signs.
    fn prepare(&self, account: Arc<Account>, body: Submission) -> Result<Issue, Error> {
        let id = self
            .derivation
            .result_id(account.number, body.request_id.parse()?);
        let draft = body.draft(self.clock.now())?;
        let mut random_id = [0; 10];
        random::fill(&mut random_id)?;
        let hcert = draft
            .to_hcert(&self.settings.profile, &random_id)
            .map_err(Error::Draft)?;
        Ok(Issue {
            id,
            account,
            draft: draft.encode(),
            hcert,
        })
    }

    /// Whether a result is neither revoked nor replaced nor expired.
    pub(super) fn check_standing(&self, row: &ResultRow) -> Result<(), Error> {
        match row.state {
            State::Issued if self.clock.now() < row.expires_at => Ok(()),
            State::Issued => Err(Error::ResultUnknown),
            state => Err(Error::ResultNotStanding { state }),
        }
    }
}

/// An instant behind the address.
fn instant(text: &str) -> Result<UnixTime, Error> {
    let instant = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| Error::QueryMalformed)?;
    Ok(UnixTime(instant.unix_timestamp()))
}
