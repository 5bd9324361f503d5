//! HTTP: what a request may look like and cost, and what is answered. Nothing is decided here.

mod accounts;
mod batches;
mod certificates;
mod description;
mod guard;
mod keys;
mod metadata;
mod model;
mod offers;
mod operations;
mod pickup;
mod proof;
mod request;
mod respond;
mod results;
mod station;
mod status;
mod status_lists;

pub(crate) use status_lists::StatusLists;

use crate::{
    Error,
    service::{IssuerService, Shared},
};
use axum::{Extension, Router, extract::DefaultBodyLimit, middleware, response::IntoResponse};
use respond::Problem;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Largest body: eight key proofs of some 500 characters each have 4 kB.
const MAX_BODY_BYTES: usize = 16 * 1024;

impl IssuerService {
    /// Everything that stations, wallets and verifiers call, and the pages.
    pub fn router(&self) -> Router {
        let (router, api) = routes(self.shared.clone()).split_for_parts();
        let api: Arc<str> = description::complete(api).into();
        router
            .route(
                "/openapi.json",
                axum::routing::get(move || async move { respond::json_text(&api) }),
            )
            .method_not_allowed_fallback(async || Problem(Error::MethodNotAllowed).into_response())
            .fallback(async || Problem(Error::PathUnknown).into_response())
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .layer(middleware::from_fn_with_state(self.shared.clone(), guard::guard))
            .merge(self.pages.clone())
    }

    /// What the operator's own machines call: the metrics, and whether the service is well.
    pub fn operations(&self) -> Router {
        operations::router(self.shared.clone())
    }
}

fn routes(shared: Arc<Shared>) -> OpenApiRouter {
    OpenApiRouter::with_openapi(description::beginning())
        .routes(routes!(results::list, results::submit))
        .routes(routes!(results::show))
        .routes(routes!(offers::offer))
        .routes(routes!(offers::offer_code))
        .routes(routes!(certificates::certificate))
        .routes(routes!(certificates::certificate_code))
        .routes(routes!(results::revoke))
        .routes(routes!(results::correct))
        .routes(routes!(results::unlock))
        .routes(routes!(station::account))
        .routes(routes!(station::value_sets))
        .routes(routes!(pickup::token))
        .routes(routes!(pickup::nonce))
        .routes(routes!(pickup::credential))
        .routes(routes!(pickup::notification))
        .routes(routes!(metadata::credential_issuer))
        .routes(routes!(metadata::authorization_server))
        .routes(routes!(metadata::key_set))
        .routes(routes!(batches::declaration))
        .layer(Extension(Arc::<batches::Declared>::default()))
        .routes(routes!(accounts::list, accounts::add))
        .routes(routes!(accounts::renew_key))
        .routes(routes!(accounts::close))
        .routes(routes!(status::publish))
        .routes(routes!(status_lists::list))
        .routes(routes!(keys::rotate))
        .routes(routes!(keys::accredit))
        .routes(routes!(keys::cut_off))
        .routes(routes!(operations::healthz))
        .routes(routes!(operations::readyz))
        .with_state(shared)
}
