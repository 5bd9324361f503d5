//! What is read from a request before anything is done: who asks, and the body.

use super::respond::{OAuth, Problem};
use crate::{
    Error,
    account::{Account, Role},
    receipt::Receipt,
    result::ResultId,
    service::Shared,
};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, header, request::Parts},
};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The account whose key came with the request.
pub(super) struct Caller(pub(super) Arc<Account>);

impl Caller {
    /// The account, if it has one of the roles.
    pub(super) fn with(self, needed: &'static [Role]) -> Result<Arc<Account>, Error> {
        match needed.contains(&self.0.role) {
            true => Ok(self.0),
            false => Err(Error::RoleInsufficient { needed }),
        }
    }
}

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let key = bearer(&parts.headers).ok_or(Error::KeyUnknown)?;
        Ok(Self(shared.directory.authenticate(key)?))
    }
}

/// The receipt that an access token was given for; the first one for an offer's.
pub(super) struct Token(pub(super) Receipt);

impl FromRequestParts<Arc<Shared>> for Token {
    type Rejection = OAuth;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, OAuth> {
        let token = bearer(&parts.headers).ok_or(Error::TokenInvalid)?;
        Ok(Self(
            shared.derivation.open_access_token(token, shared.clock.now())?,
        ))
    }
}

/// The result in the path.
pub(super) struct Named(pub(super) ResultId);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(id) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Error::ResultUnknown)?;
        Ok(Self(id.parse()?))
    }
}

/// The parameters behind the address.
pub(super) struct Parameters<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        Ok(Self(query.map_err(|_| Error::QueryMalformed)?.0))
    }
}

/// A body of JSON.
pub(super) struct Json<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = body(request, state, "application/json").await?;
        Ok(Self(read_json(&body)?))
    }
}

/// A body of JSON from a wallet.
pub(super) struct WalletJson<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for WalletJson<T> {
    type Rejection = OAuth;

    async fn from_request(request: Request, state: &S) -> Result<Self, OAuth> {
        let body = body(request, state, "application/json").await?;
        Ok(Self(read_json(&body)?))
    }
}

/// A form from a wallet.
pub(super) struct WalletForm<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for WalletForm<T> {
    type Rejection = OAuth;

    async fn from_request(request: Request, state: &S) -> Result<Self, OAuth> {
        let form = axum::Form::<T>::from_request(request, state).await;
        let form = form
            .map_err(|_| Error::BodyMalformed("not a form, or a parameter is missing or repeated".into()))?;
        Ok(Self(form.0))
    }
}

async fn body<S: Send + Sync>(request: Request, state: &S, kind: &str) -> Result<Bytes, Error> {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let is_kind = content_type.is_some_and(|value| {
        let media_type = value.split(';').next().unwrap_or_default();
        media_type.trim().eq_ignore_ascii_case(kind)
    });
    if !is_kind {
        return Err(Error::BodyMalformed(format!("the content type is not {kind}")));
    }
    let limit = super::MAX_BODY_BYTES;
    Bytes::from_request(request, state)
        .await
        .map_err(|_| Error::BodyTooLong { limit })
}

/// Says where the body is wrong and which field is missing, and never repeats what was in it.
fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| {
        let message = error.to_string();
        let names_a_field = ["missing field", "duplicate field"]
            .iter()
            .any(|start| message.starts_with(start));
        Error::BodyMalformed(match names_a_field {
            true => message,
            false => format!("unexpected at line {} column {}", error.line(), error.column()),
        })
    })
}

/// What stands behind `Authorization: Bearer`; the scheme's case does not matter (RFC 9110 section 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, credentials) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credentials.trim())
}
