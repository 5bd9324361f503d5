//! What the person is given: the offer as a QR code or a link, and apart from it the transaction code.

use super::{
    model::rfc3339,
    pickup::{HCERT, SD_CWT},
    respond::{Problem, json, qr_code},
    results::Own,
};
use crate::{Error, derive::TX_CODE_DIGITS, result::ResultId, service::Shared, store::ResultRow, writer};
use axum::{extract::State as Extension, response::Response};
use core::fmt::Write;
use schemas::qr::Code;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A result was taken, and what to give the person.
#[derive(Serialize, ToSchema)]
pub(super) struct Submitted<'a> {
    /// The service's name for it.
    result_id: String,
    /// RFC 3339.
    issued_at: String,
    /// RFC 3339.
    expires_at: String,
    offer: Offer<'a>,
    /// The issuer's wallet page with the offer behind `#`, where no server sees it: what the QR code holds.
    #[schema(example = "https://issuer.example/wallet/#credential_offer=%7B%22credential_issuer%22:…")]
    link: String,
    /// The code that the person types into the wallet. Give it on another way than the offer.
    #[schema(example = "493536")]
    tx_code: String,
}

/// A credential offer (OpenID4VCI 1.0 section 4.1.1).
#[derive(Serialize, ToSchema)]
struct Offer<'a> {
    credential_issuer: &'a str,
    credential_configuration_ids: [&'static str; 2],
    grants: Grants,
}

#[derive(Serialize, ToSchema)]
struct Grants {
    #[serde(rename = "urn:ietf:params:oauth:grant-type:pre-authorized_code")]
    pre_authorized_code: Grant,
}

#[derive(Serialize, ToSchema)]
struct Grant {
    #[serde(rename = "pre-authorized_code")]
    code: String,
    tx_code: TxCode,
}

#[derive(Serialize, ToSchema)]
struct TxCode {
    input_mode: &'static str,
    length: usize,
}

/// The answer to the submission again, for a slip that was lost.
#[utoipa::path(
    get, path = "/v1/results/{id}/offer", tag = "results", security(("api_key" = [])),
    params(("id" = String, Path, description = "The result's identifier.")),
    responses(
        (status = 200, body = Submitted<'static>),
        (status = 404, description = "No such result of this account; a supervisor sees no other's."),
        (status = 409, description = "Revoked, replaced, or picked up."),
    )
)]
pub(super) async fn offer(
    Extension(shared): Extension<Arc<Shared>>,
    Own(row): Own,
) -> Result<Response, Problem> {
    Ok(json(&shared.offer_again(&row)?))
}

/// The offer's link as a QR code, without the transaction code.
#[utoipa::path(
    get, path = "/v1/results/{id}/offer.svg", tag = "results", security(("api_key" = [])),
    params(("id" = String, Path, description = "The result's identifier.")),
    responses(
        (status = 200, description = "A picture.", content_type = "image/svg+xml"),
        (status = 404, description = "No such result of this account; a supervisor sees no other's."),
        (status = 409, description = "Revoked, replaced, or picked up."),
    )
)]
pub(super) async fn offer_code(
    Extension(shared): Extension<Arc<Shared>>,
    Own(row): Own,
) -> Result<Response, Problem> {
    let code = Code::new(&shared.offer_again(&row)?.link);
    Ok(qr_code(
        &code.map_err(issuer::Error::from).map_err(Error::Unexpected)?,
    ))
}

impl Shared {
    /// The answer to a submission: everything in it follows from what is stored, so that it can be given again.
    pub(super) fn answer(&self, submitted: writer::Submitted) -> Submitted<'_> {
        let id = submitted.id;
        let offer = self.offer(id);
        Submitted {
            result_id: id.to_string(),
            issued_at: rfc3339(submitted.issued_at),
            expires_at: rfc3339(submitted.expires_at),
            link: link(&offer),
            offer,
            tx_code: self.derivation.tx_code(id),
        }
    }

    fn offer_again(&self, row: &ResultRow) -> Result<Submitted<'_>, Error> {
        self.check_standing(row)?;
        match row.accepted_at {
            Some(_) => Err(Error::CodeUsed),
            None => Ok(self.answer(writer::Submitted {
                id: row.id,
                issued_at: row.issued_at,
                expires_at: row.expires_at,
            })),
        }
    }

    fn offer(&self, id: ResultId) -> Offer<'_> {
        Offer {
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
        }
    }
}

fn link(offer: &Offer<'_>) -> String {
    // What a fragment may have as it is and no form reader changes (RFC 3986 section 3.5): the code is smaller.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/,".contains(&byte);
    let json = serde_json::to_string(offer).expect("an offer is text and numbers");
    let mut link = format!("{}/wallet/#credential_offer=", offer.credential_issuer);
    for byte in json.bytes() {
        match plain(byte) {
            true => link.push(char::from(byte)),
            false => write!(link, "%{byte:02X}").expect("a string takes every write"),
        }
    }
    link
}
