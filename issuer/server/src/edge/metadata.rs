//! What wallets read first (OpenID4VCI 1.0 section 12, RFC 8414).

use super::{
    pickup::{HCERT, MAX_PROOFS, PRE_AUTHORIZED, REFRESH, SD_CWT},
    respond::{OAuth, json_text},
};
use crate::{Error, service::Shared};
use axum::{extract::State, response::Response};
use schemas::jwk::Jwk;
use serde_json::json;
use std::sync::Arc;

/// The credential issuer's metadata.
#[utoipa::path(
    get, path = "/.well-known/openid-credential-issuer", tag = "pick-up",
    responses((status = 200, description = "OpenID4VCI 1.0 section 12.2.4."))
)]
pub(super) async fn credential_issuer(State(shared): State<Arc<Shared>>) -> Response {
    let url = &shared.settings.url;
    let name = |name: &str| json!({ "display": [{ "name": name, "locale": "en" }] });
    let metadata = json!({
        "credential_issuer": url,
        "attest_issuer_number": shared.settings.number.0,
        "credential_endpoint": format!("{url}/credential"),
        "nonce_endpoint": format!("{url}/nonce"),
        "notification_endpoint": format!("{url}/notification"),
        "batch_credential_issuance": { "batch_size": MAX_PROOFS },
        "display": [{ "name": shared.settings.profile.name }],
        "credential_configurations_supported": {
            SD_CWT: {
                "format": "attest+sd-cwt",
                "scope": SD_CWT,
                "credential_signing_alg_values_supported": [-7],
                "cryptographic_binding_methods_supported": ["jwk"],
                "proof_types_supported": { "jwt": { "proof_signing_alg_values_supported": ["ES256"] } },
                "credential_metadata": name("Test result"),
            },
            HCERT: {
                "format": "attest+hcert",
                "scope": HCERT,
                "credential_signing_alg_values_supported": [-7],
                "credential_metadata": name("Test certificate for paper"),
            },
        },
    });
    json_text(&metadata.to_string())
}

/// The authorization server's metadata: the issuer is its own.
#[utoipa::path(
    get, path = "/.well-known/oauth-authorization-server", tag = "pick-up",
    responses((status = 200, description = "RFC 8414 section 2."))
)]
pub(super) async fn authorization_server(State(shared): State<Arc<Shared>>) -> Response {
    let url = &shared.settings.url;
    let metadata = json!({
        "issuer": url,
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/.well-known/jwks.json"),
        "grant_types_supported": [PRE_AUTHORIZED, REFRESH],
        "token_endpoint_auth_methods_supported": ["none"],
        "pre-authorized_grant_anonymous_access_supported": true,
    });
    json_text(&metadata.to_string())
}

/// The keys that the issuer signs with, as the registrar accredited them. Whether a credential is any good is for the
/// ledger to say, which has them too.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "pick-up",
    responses((status = 200, description = "RFC 7517 section 5."))
)]
pub(super) async fn key_set(State(shared): State<Arc<Shared>>) -> Result<Response, OAuth> {
    let key = |point| {
        let key = Jwk::of_point(&point).map_err(|error| Error::Unexpected(error.into()))?;
        let mut members = key.to_json();
        members.insert("kid".into(), key.thumbprint().into());
        members.insert("use".into(), "sig".into());
        members.insert("alg".into(), "ES256".into());
        Ok(members)
    };
    let points = shared.keys.public(shared.clock.now()).into_iter();
    let keys: Vec<_> = points.map(key).collect::<Result<_, Error>>()?;
    Ok(json_text(&json!({ "keys": keys }).to_string()))
}
