//! Answers: JSON, problems (RFC 9457) for stations, and errors of OAuth 2.0 and OpenID4VCI for wallets.

use crate::Error;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemas::qr::Code;
use serde::Serialize;
use utoipa::ToSchema;

/// An error as a problem document: its code, what happened, what to do.
pub(super) struct Problem(pub(super) Error);

/// An error as OAuth 2.0 and OpenID4VCI have it (RFC 6749 section 5.2, RFC 6750 section 3, OpenID4VCI 1.0 section 8.3.1).
pub(super) struct OAuth(pub(super) Error);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<Error> for OAuth {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(super) struct ProblemBody {
    /// `urn:attest:problem:` and the code.
    r#type: String,
    /// What happened.
    title: String,
    /// The HTTP status.
    status: u16,
    /// The stable code, for programs.
    #[schema(example = "issuer-request-id-taken")]
    code: &'static str,
    /// What to do.
    detail: &'static str,
}

/// An error of OAuth 2.0 and OpenID4VCI.
#[derive(Serialize, ToSchema)]
pub(super) struct OAuthBody {
    /// The standard's code.
    #[schema(example = "invalid_grant")]
    error: &'static str,
    /// What happened, with this service's stable code in brackets.
    error_description: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(error) = self;
        let edge = edge(&error);
        let body = ProblemBody {
            r#type: format!("urn:attest:problem:{}", error.code()),
            title: title(&error),
            status: edge.status.as_u16(),
            code: error.code(),
            detail: edge.advice,
        };
        let mut response = json_with(&body, "application/problem+json");
        dress(&mut response, &error, edge.status);
        if edge.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl IntoResponse for OAuth {
    fn into_response(self) -> Response {
        let Self(error) = self;
        let edge = edge(&error);
        let description = format!("{} ({})", title(&error), error.code());
        let body = OAuthBody {
            error: edge.oauth,
            error_description: ascii(&description),
        };
        let mut response = json_with(&body, "application/json");
        // Wallets know 400, 401 and failures (RFC 6749 section 5.2, OpenID4VCI 1.0 section 8.3.1).
        let status = match edge.status {
            StatusCode::UNAUTHORIZED => StatusCode::UNAUTHORIZED,
            status if status.is_server_error() => status,
            _ => StatusCode::BAD_REQUEST,
        };
        dress(&mut response, &error, status);
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// JSON that no cache keeps (the server sees to that): almost everything here is personal or a secret.
pub(super) fn json(body: &impl Serialize) -> Response {
    json_with(body, "application/json")
}

/// JSON that is written already.
pub(super) fn json_text(text: &str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text.to_owned()).into_response()
}

/// A QR code, drawn: one module to a unit, with its quiet zone.
pub(super) fn qr_code(code: &Code) -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml")], code.to_svg(None)).into_response()
}

fn json_with(body: &impl Serialize, kind: &'static str) -> Response {
    let body = serde_json::to_vec(body).expect("answers are structures of text and numbers");
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

/// How an error leaves the service.
struct Edge {
    status: StatusCode,
    /// The error code of OAuth 2.0 and OpenID4VCI.
    oauth: &'static str,
    /// What to do.
    advice: &'static str,
}

/// For whoever restored it, and for whoever did not.
const MOVED_AWAY: &str = "Show it there; if that was not you, tell the test centre.";

/// The one place where errors become status codes.
fn edge(error: &Error) -> Edge {
    use Error as E;
    let (status, oauth, advice) = match error {
        E::KeyUnknown => (
            401,
            "invalid_client",
            "Send the station's key as `Authorization: Bearer …`.",
        ),
        E::RoleInsufficient { .. } => (403, "access_denied", "Use an account with that role."),
        E::QuotaExhausted { .. } => (
            429,
            "temporarily_unavailable",
            "Continue after midnight UTC, or ask an administrator.",
        ),
        E::PathUnknown | E::AccountUnknown | E::ResultUnknown | E::StatusListUnknown => (
            404,
            "credential_request_denied",
            "Check the address; `/openapi.json` lists them all.",
        ),
        E::MethodNotAllowed => (
            405,
            "invalid_request",
            "`/openapi.json` lists the methods of each address.",
        ),
        E::BodyTooLong { .. } => (413, "invalid_request", "Send less."),
        E::QueryMalformed => (
            400,
            "invalid_request",
            "`/openapi.json` describes the parameters.",
        ),
        E::BodyMalformed(_) | E::RequestIdMalformed => {
            (400, "invalid_request", "`/openapi.json` describes the body.")
        }
        E::CredentialRequestMalformed(_) => (
            400,
            "invalid_credential_request",
            "See OpenID4VCI 1.0 section 8.2.",
        ),
        E::EncryptionUnsupported => (
            400,
            "invalid_encryption_parameters",
            "Ask without `credential_response_encryption`.",
        ),
        E::RequestIdTaken => (
            409,
            "invalid_request",
            "Use a new identifier for each result, and the same one to repeat.",
        ),
        E::Draft(_) => (
            422,
            "invalid_request",
            "Correct the field and submit again with the same identifier.",
        ),
        E::AccountExists => (
            409,
            "invalid_request",
            "Choose another name, or renew that account's key.",
        ),
        E::ResultNotStanding { .. } => (
            409,
            "credential_request_denied",
            "Look at the result; a replaced one names its successor.",
        ),
        E::GrantEnded { .. } => (
            400,
            "invalid_grant",
            "Delete the copies, and ask the test centre.",
        ),
        E::GrantMoved => (400, "invalid_grant", MOVED_AWAY),
        E::ReceiptMoved => (400, "credential_request_denied", MOVED_AWAY),
        E::GrantTypeUnsupported => (
            400,
            "unsupported_grant_type",
            "Use the pre-authorized code or a refresh token.",
        ),
        E::CodeInvalid => (400, "invalid_grant", "Ask the test centre."),
        // Wallets get 400 all the same.
        E::CodeUsed => (
            409,
            "invalid_grant",
            "If that was this wallet, refresh; if not, tell the test centre.",
        ),
        E::TxCodeMissing => (
            400,
            "invalid_request",
            "Send `tx_code` as the test centre gave it.",
        ),
        E::TxCodeWrong { .. } | E::TxCodeLocked => (
            400,
            "invalid_grant",
            "Check the code on the test centre's slip, or ask there.",
        ),
        E::TokenInvalid => (401, "invalid_token", "Get a new token with the same code."),
        E::ConfigurationUnknown => (
            400,
            "unknown_credential_configuration",
            "The metadata lists the configurations.",
        ),
        E::CredentialIdentifierUnknown => (
            400,
            "unknown_credential_identifier",
            "Use `credential_configuration_id`.",
        ),
        E::ProofsUnexpected(_) | E::ProofInvalid(_) => {
            (400, "invalid_proof", "See OpenID4VCI 1.0 appendix F.1.")
        }
        E::NonceInvalid => (400, "invalid_nonce", "Get a new nonce."),
        E::CopiesExhausted { .. } => (400, "credential_request_denied", "Use the copies there are."),
        E::NotificationUnknown => (
            400,
            "invalid_notification_id",
            "Send the identifier of the credential response.",
        ),
        E::NotificationMalformed => (
            400,
            "invalid_notification_request",
            "See OpenID4VCI 1.0 section 11.1.",
        ),
        E::KeyEventMismatch(_) => (422, "invalid_request", "Ask the registrar."),
        E::TimedOut => (
            503,
            "temporarily_unavailable",
            "Repeat the same request: it is safe.",
        ),
        E::Busy | E::Stopping | E::NotWritten | E::LedgerSilent => (
            503,
            "temporarily_unavailable",
            "Repeat the same request in a moment: it is safe.",
        ),
        E::NotAccredited => (
            503,
            "temporarily_unavailable",
            "The operator has to have a key accredited.",
        ),
        E::Store(_)
        | E::Migration(_)
        | E::StoreDamaged(_)
        | E::StoreInUse { .. }
        | E::StoreUnreachable(_)
        | E::SecretDiffers
        | E::KeyStore { .. }
        | E::Signing(_)
        | E::Unexpected(_)
        | E::Randomness
        | E::Ledger(_)
        | E::LedgerRefused { .. }
        | E::Behind { .. }
        | E::Setting { .. }
        | E::WriterEnded => (500, "server_error", "Tell the operator; the log says more."),
    };
    let status = StatusCode::from_u16(status).expect("a constant of this table");
    Edge {
        status,
        oauth,
        advice,
    }
}

/// What happened. A failure of the service says nothing of its inside.
fn title(error: &Error) -> String {
    match edge(error).status {
        StatusCode::INTERNAL_SERVER_ERROR => "the service failed".into(),
        _ => error.to_string(),
    }
}

/// What all errors have in common. A failure is logged here, with nothing of the request.
fn dress(response: &mut Response, error: &Error, status: StatusCode) {
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(code = error.code(), %error, "a request failed");
    }
}

/// Text within the characters that OAuth allows (RFC 6749 section 5.2).
fn ascii(text: &str) -> String {
    let allowed = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
    text.chars()
        .map(|c| if c == '"' { '\'' } else { c })
        .filter(allowed)
        .collect()
}
