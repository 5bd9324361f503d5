//! The certificate for paper: its text, its QR code, and what it says in words.

use super::{
    model::{KindBody, OutcomeBody, Print, Printing, rfc3339},
    request::Parameters,
    respond::{Problem, json, qr_code},
    results::Visible,
};
use crate::{
    Error,
    service::Shared,
    store::{Credential, CredentialShape, ResultRow},
};
use axum::{extract::State as Extension, response::Response};
use schemas::{
    hcert::{Certificate, Decoded, Entry, Reading},
    qr::{Code, Level},
    value_sets::Device,
};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The certificate for paper.
#[derive(Serialize, ToSchema)]
pub(super) struct CertificateText {
    /// What the QR code holds.
    #[schema(example = "HC1:…")]
    text: String,
    /// Whether the text has its proof; without it, verifiers that ask for anchoring have to wait. Print it once it has.
    anchored: bool,
    words: Words,
}

/// What is signed, to print beside the code.
#[derive(Serialize, ToSchema)]
struct Words {
    given_name: String,
    family_name: String,
    date_of_birth: String,
    kind: Option<KindBody>,
    result: Option<OutcomeBody>,
    /// RFC 3339.
    sampled_at: String,
    /// The rapid test, by maker and name.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'static str>,
    /// The laboratory test's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    centre: Option<String>,
    country: String,
    issuer: String,
    /// The certificate's own identifier.
    #[schema(example = "URN:UVCI:01:DE:…")]
    id: String,
    /// RFC 3339.
    expires_at: String,
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
    let (text, anchored) = shared.printed(&row, printing.print).await?;
    let words = words(&row, &shared.standing_hcert(&row).await?)?;
    Ok(json(&CertificateText {
        text,
        anchored,
        words,
    }))
}

/// The certificate's text as a QR code; for travel at error correction level Q.
#[utoipa::path(
    get, path = "/v1/results/{id}/certificate.svg", tag = "results", security(("api_key" = [])),
    params(("id" = String, Path, description = "The result's identifier."), Printing),
    responses(
        (status = 200, description = "A picture.", content_type = "image/svg+xml"),
        (status = 400, description = "There is no such print."),
        (status = 404, description = "No such result of this station."),
        (status = 409, description = "Revoked or replaced."),
    )
)]
pub(super) async fn certificate_code(
    Extension(shared): Extension<Arc<Shared>>,
    Visible(row): Visible,
    Parameters(printing): Parameters<Printing>,
) -> Result<Response, Problem> {
    let (text, _) = shared.printed(&row, printing.print).await?;
    let code = match printing.print {
        Some(Print::Travel) => Code::at_level(&text, Level::Q),
        None => Code::new(&text),
    };
    Ok(qr_code(
        &code.map_err(issuer::Error::from).map_err(Error::Unexpected)?,
    ))
}

impl Shared {
    /// The text of a print, and whether it has its proof.
    async fn printed(&self, row: &ResultRow, print: Option<Print>) -> Result<(String, bool), Error> {
        match print {
            Some(Print::Travel) => Ok((
                issuer::hcert_text(&self.standing_hcert(row).await?.bytes, None)?,
                false,
            )),
            None => self.certificate(row).await,
        }
    }

    /// The text of a standing result's certificate, and whether it has its proof.
    pub(super) async fn certificate(&self, row: &ResultRow) -> Result<(String, bool), Error> {
        let hcert = self.standing_hcert(row).await?;
        let proof = self.store.proof(hcert.batch, hcert.slot).await?;
        let text = issuer::hcert_text(&hcert.bytes, proof.as_ref())?;
        Ok((text, proof.is_some()))
    }

    async fn standing_hcert(&self, row: &ResultRow) -> Result<Credential, Error> {
        self.check_standing(row)?;
        let credentials = self.store.credentials(row.number).await?;
        let mut credentials = credentials.into_iter();
        let hcert = credentials.find(|c| c.shape == CredentialShape::Hcert);
        hcert.ok_or(Error::StoreDamaged("result"))
    }
}

/// Reads the signed bytes, so that the paper says what the code says.
fn words(row: &ResultRow, hcert: &Credential) -> Result<Words, Error> {
    let damaged = |_| Error::StoreDamaged("certificate");
    let decoded = Decoded::from_cose(&hcert.bytes, Reading::Strict).map_err(damaged)?;
    let Certificate {
        name,
        date_of_birth,
        entry,
        ..
    } = decoded.unverified_certificate().map_err(damaged)?;
    let Entry::Test(test) = entry else {
        return Err(Error::StoreDamaged("certificate"));
    };
    Ok(Words {
        given_name: name.given_name.unwrap_or_default(),
        family_name: name.surname.unwrap_or_default(),
        date_of_birth: date_of_birth.text().to_owned(),
        kind: test.kind.known().map(KindBody::of),
        result: test.outcome.known().map(OutcomeBody::of),
        sampled_at: test.sampled_at.text().to_owned(),
        device: test
            .device
            .and_then(|code| Device::from_code(&code))
            .map(|device| device.name),
        name: test.name,
        centre: test.centre,
        country: test.country.as_str().to_owned(),
        issuer: test.issuer,
        id: test.id,
        expires_at: rfc3339(row.expires_at),
    })
}
