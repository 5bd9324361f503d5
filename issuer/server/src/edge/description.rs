//! The OpenAPI description: made from the handlers, and completed with what all answers have in common.

use super::respond::{OAuthBody, ProblemBody};
use utoipa::{
    OpenApi, PartialSchema, ToSchema,
    openapi::{
        Content, PathItem, Ref, RefOr, Response,
        path::Operation,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Attest issuer", description = "Submit results of tests; pick up their credentials."),
    tags(
        (name = "results", description = "For stations and supervisors."),
        (name = "pick-up", description = "For wallets: OpenID4VCI 1.0 as profiled in schemas/spec/pick-up.md."),
        (name = "accounts", description = "For administrators."),
        (name = "status", description = "For verifiers: which places are revoked."),
        (name = "operation", description = "For operators."),
    )
)]
struct Api;

/// What the handlers' descriptions are added to.
pub(super) fn beginning() -> utoipa::openapi::OpenApi {
    let mut api = Api::openapi();
    let components = api.components.get_or_insert_default();
    for (name, what) in [
        ("api_key", "An account's API key."),
        ("access_token", "From `/token`."),
    ] {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(what))
            .build();
        components.add_security_scheme(name, SecurityScheme::Http(scheme));
    }
    components
        .schemas
        .insert(ProblemBody::name().into(), ProblemBody::schema());
    components
        .schemas
        .insert(OAuthBody::name().into(), OAuthBody::schema());
    api
}

/// The whole description as JSON.
pub(super) fn complete(mut api: utoipa::openapi::OpenApi) -> String {
    for item in api.paths.paths.values_mut() {
        operations(item).for_each(describe_errors);
    }
    api.to_pretty_json().expect("a description is JSON")
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post].into_iter().flatten()
}

/// Gives every answer that is an error its body: what wallets get is OAuth's, all others get a problem document.
fn describe_errors(operation: &mut Operation) {
    let is_wallets = operation
        .tags
        .as_ref()
        .is_some_and(|tags| tags.iter().any(|tag| tag == "pick-up"));
    let (kind, schema) = match is_wallets {
        true => ("application/json", OAuthBody::name()),
        false => ("application/problem+json", ProblemBody::name()),
    };
    let content = Content::new(Some(RefOr::<utoipa::openapi::Schema>::Ref(
        Ref::from_schema_name(schema),
    )));
    let errors = operation
        .responses
        .responses
        .iter_mut()
        .filter(|(status, _)| status.as_str() >= "400");
    for (_, response) in errors {
        if let RefOr::T(Response {
            content: contents, ..
        }) = response
        {
            contents.insert(kind.into(), RefOr::T(content.clone()));
        }
    }
}
