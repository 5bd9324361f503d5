//! The scanner page, and the static files that it is set up with: the same for everybody, whatever is scanned.

use crate::{door::OpenDoor, http::problem};
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use schemas::Hash;
use serde_json::{Value, json};
use serve::{Source, Unavailable};
use std::sync::Arc;

/// `/scanner/`, `/door/…` and `/ledger/…`; and the way to the page.
pub(crate) fn router(door: &OpenDoor) -> Router {
    let documents = door.documents();
    let network = door.network().map(|network| network.to_toml());
    let router = Router::new()
        .route("/", get(async || Redirect::to("/scanner/")))
        .merge(serve::pages("/scanner/", &scanner_page::files()))
        .merge(document("/door/network.json", &json!(network)))
        .merge(document("/door/policy.json", &json!(door.policy())))
        .merge(document("/door/trust.json", &json!(documents.trust)))
        .merge(document("/door/rules.json", &json!(documents.rules)))
        .merge(document("/door/value-sets.json", &json!(documents.value_sets)));
    match door.ledger_files() {
        Some(files) => {
            let ledger = get(file).with_state(Arc::new(files.clone()));
            router.route("/ledger/{*path}", ledger)
        }
        None => router,
    }
}

/// A document that stays the same while the door is open.
fn document(path: &str, value: &Value) -> Router {
    let text = value.to_string();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    Router::new().route(path, get(async move || (headers, text)))
}

/// A file of the ledger's copy. All but checkpoints and heads never change under their names (tlog-tiles, "Caching").
async fn file(State(files): State<Arc<Source>>, Path(path): Path<String>) -> Response {
    let (kind, cache) = match path.as_str() {
        "checkpoint" | "checkpoint-post-quantum" => ("text/plain; charset=utf-8", "no-cache"),
        "heads" => ("application/cbor", "no-cache"),
        _ if is_tile(&path) || is_object(&path) => {
            ("application/octet-stream", "public, max-age=31536000, immutable")
        }
        _ => return missing(),
    };
    match files.read(&path).await {
        Ok(bytes) => (
            [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)],
            bytes,
        )
            .into_response(),
        Err(Unavailable::Missing { .. }) => missing(),
        Err(_) => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "source-unavailable",
            "the file cannot be read",
        ),
    }
}

fn missing() -> Response {
    problem(
        StatusCode::NOT_FOUND,
        "path-unknown",
        "the ledger has no such file",
    )
}

/// `tile/…` of digits, `x` and `.p`, so that no name leads out of the folder.
fn is_tile(path: &str) -> bool {
    let mut parts = path.split('/');
    let is_named = |part: &str| {
        let name = part.strip_suffix(".p").unwrap_or(part);
        let number = name.strip_prefix('x').unwrap_or(name);
        name == "entries" || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    parts.next() == Some("tile") && parts.all(is_named)
}

fn is_object(path: &str) -> bool {
    let name = path.strip_prefix("object/").unwrap_or_default();
    name.len() == 2 * size_of::<Hash>() && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DoorFiles, tests::door};
    use axum::{body::Body, http::Request};
    use tower::ServiceExt;

    async fn ask(door: &OpenDoor, path: &str) -> (StatusCode, Vec<u8>) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = router(door).oneshot(request).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, body.to_vec())
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for path in ["tile/entries/000", "tile/0/x001/234.p/17"] {
            assert!(is_tile(path), "{path}");
        }
        for path in [
            "tile/../checkpoint",
            "tile//000",
            "tile/.",
            "tile/entries/.new",
            ".lock",
            "tile/0/.p",
        ] {
            assert!(!is_tile(path), "{path}");
        }
        assert!(is_object(&format!("object/{}", "ab".repeat(32))));
        assert!(!is_object(&format!("object/{}", "./".repeat(32))));
    }

    #[tokio::test]
    async fn the_page_is_set_up_as_the_door_is() {
        let folder = tempfile::tempdir().unwrap();
        let policy = folder.path().join("policy.json");
        std::fs::write(&policy, r#"{ "disclosure": "person" }"#).unwrap();
        let files = DoorFiles {
            policy: Some(policy),
            ..DoorFiles::default()
        };
        let door = OpenDoor::open(&files).unwrap();
        let (status, body) = ask(&door, "/door/policy.json").await;
        let policy: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            (status, policy["disclosure"].as_str()),
            (StatusCode::OK, Some("person"))
        );
        assert_eq!(
            ask(&door, "/door/network.json").await,
            (StatusCode::OK, b"null".to_vec())
        );
        assert_eq!(
            ask(&door, "/door/trust.json").await,
            (StatusCode::OK, b"[]".to_vec())
        );
    }

    #[tokio::test]
    async fn the_ledgers_files_are_those_of_the_copy() {
        let views = concat!(env!("CARGO_MANIFEST_DIR"), "/../../test-vectors/views");
        let folder = tempfile::tempdir().unwrap();
        let files = DoorFiles {
            network: Some(format!("{views}/network.toml").into()),
            ledger: Some(format!("{views}/post-quantum")),
            ..DoorFiles::default()
        };
        let mut door = OpenDoor::open(&files).unwrap();
        door.keep_ledger_in(folder.path().to_owned());
        door.sync().await.unwrap();
        for name in ["checkpoint", "checkpoint-post-quantum", "heads"] {
            let kept = std::fs::read(folder.path().join(name)).unwrap();
            assert_eq!(
                ask(&door, &format!("/ledger/{name}")).await,
                (StatusCode::OK, kept)
            );
        }
        for path in [
            "/ledger/.lock",
            "/ledger/tile/entries/999",
            "/ledger/..%2Fcheckpoint",
        ] {
            assert_eq!(ask(&door, path).await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn the_door_leads_to_its_page() {
        assert_eq!(ask(&door(), "/").await.0, StatusCode::SEE_OTHER);
        assert_eq!(ask(&door(), "/scanner/").await.0, StatusCode::OK);
        assert_eq!(ask(&door(), "/ledger/checkpoint").await.0, StatusCode::NOT_FOUND);
    }
}
