//! `/v1/results`: what stations and supervisors do.

use super::{
    model::{
        CertificateText, Grant, Grants, Offer, Print, Printing, Revocation, Shown, Submission, Submitted,
        TxCode, rfc3339,
    },
    pickup::{HCERT, SD_CWT},
    request::{Caller, Json, Named, Parameters},
    respond::{Problem, json},
};
use crate::{
    Error,
    account::{Account, Role},
    derive::TX_CODE_DIGITS,
    random,
    result::State,
    service::Shared,
    store::{Credential, CredentialShape, ResultRow},
    writer::{self, Issue, may_change},
};
use axum::{
    extract::{FromRequestParts, State as Extension},
    http::{StatusCode, request::Parts},
    response::Response,
};
use std::sync::Arc;

/// Who may see a result: its station, and supervisors.
const PEOPLE: &[Role] = &[Role::Station, Role::Supervisor];

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

/// Shows what became of a result.
#[utoipa::path(
    get, path = "/v1/results/{id}", tag = "results", security(("api_key" = [])),
    params(("id" = String, Path, description = "The result's identifier.")),
    responses((status = 200, body = Shown), (status = 404, description = "No such result of this station."))
)]
pub(super) async fn show(Visible(row): Visible) -> Response {
    json(&Shown::of(&row))
}

/// The certificate for paper, with its proof once its batch is anchored, or without for travel.
#[utoipa::path(
    get, path = "/v1/results/{id}/certificate", tag = "results", security(("api_key" = [])),
    params(("id" = String, Path, description = "The result's identifier."), Printing),
    responses(
        (status = 200, body = CertificateText),
        (status = 400, description = "There is no such print."),
        (status = 404, description = "No such result of this station."),
        (status = 409, description = "Revoked or replaced."),
    )
)]
pub(super) async fn certificate(
    Extension(shared): Extension<Arc<Shared>>,
    Visible(row): Visible,
    Parameters(printing): Parameters<Printing>,
) -> Result<Response, Problem> {
    let (text, anchored) = match printing.print {
        Some(Print::Travel) => (shared.travel_certificate(&row).await?, false),
        None => shared.certificate(&row).await?,
    };
    Ok(json(&CertificateText { text, anchored }))
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
pub(super) struct Visible(ResultRow);

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

impl Shared {
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

    /// The answer to a submission: everything in it follows from what is stored, so that it can be given again.
    fn answer(&self, submitted: writer::Submitted) -> Submitted<'_> {
        let id = submitted.id;
        Submitted {
            result_id: id.to_string(),
            issued_at: rfc3339(submitted.issued_at),
            expires_at: rfc3339(submitted.expires_at),
            offer: Offer {
                credential_issuer: &self.settings.url,
                credential_configuration_ids: [SD_CWT, HCERT],
                grants: Grants {
                    pre_authorized_code: Grant {
                        code: self.derivation.pre_authorized_code(id),
                        tx_code: TxCode {
                            input_mode: "numeric",
                            length: TX_CODE_DIGITS,
                        },
                    },
                },
            },
            tx_code: self.derivation.tx_code(id),
        }
    }

    /// The text of a standing result's certificate, and whether it has its proof.
    pub(super) async fn certificate(&self, row: &ResultRow) -> Result<(String, bool), Error> {
        let hcert = self.standing_hcert(row).await?;
        let proof = self.store.proof(hcert.batch, hcert.slot).await?;
        let text = issuer::hcert_text(&hcert.bytes, proof.as_ref())?;
        Ok((text, proof.is_some()))
    }

    /// The certificate without its proof.
    async fn travel_certificate(&self, row: &ResultRow) -> Result<String, Error> {
        Ok(issuer::hcert_text(&self.standing_hcert(row).await?.bytes, None)?)
    }

    async fn standing_hcert(&self, row: &ResultRow) -> Result<Credential, Error> {
        self.check_standing(row)?;
        let credentials = self.store.credentials(row.number).await?;
        let mut credentials = credentials.into_iter();
        let hcert = credentials.find(|c| c.shape == CredentialShape::Hcert);
        hcert.ok_or(Error::StoreDamaged("result"))
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
