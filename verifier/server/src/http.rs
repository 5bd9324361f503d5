//! The door check over HTTP, for a reader or a till on the same machine.

use crate::{door::OpenDoor, input::Input, page};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore, task};

/// Largest request: the picture of one code.
const MAX_BODY: usize = 20 << 20;
/// Requests that are read and examined at once: their pictures take memory, and more than there are cores gain nothing.
const AT_ONCE: usize = 8;
/// How often a door follows the ledger: as often as batches close.
pub const FOLLOW_EVERY: Duration = Duration::from_secs(60);

type Shared = Arc<Service>;

struct Service {
    door: OpenDoor,
    examining: Semaphore,
}

/// Serves the scanner page, the files that it is set up with, and the door check, until `shutdown` is ready. The copy of
/// the ledger that the page follows is kept in `folder`, and follows `every` so often.
///
/// # Errors
/// When the folder cannot be made.
pub async fn serve_door(
    listener: TcpListener,
    mut door: OpenDoor,
    folder: PathBuf,
    every: Duration,
    shutdown: impl Future<Output = ()>,
) -> std::io::Result<()> {
    std::fs::create_dir_all(&folder)?;
    door.keep_ledger_in(folder);
    sync(&door).await;
    let shared = Arc::new(Service {
        door,
        examining: Semaphore::new(AT_ONCE),
    });
    let follower = tokio::spawn(follow(shared.clone(), every));
    serve::serve(listener, router(shared), shutdown).await;
    follower.abort();
    Ok(())
}

/// The scanner page and its files, `POST /verify`, `GET /view` and `GET /healthz`.
fn router(service: Shared) -> Router {
    let files = page::router(&service.door);
    let router = Router::new()
        .route("/verify", post(verify))
        .route("/view", get(view))
        .route("/healthz", get(|| async { "ok\n" }))
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(service)
        .merge(files);
    serve::with_timeout(router)
}

/// The verdicts of the credentials in a text or picture. Nothing of it is kept or logged.
async fn verify(State(service): State<Shared>, request: Request) -> Response {
    let examining = service.examining.acquire().await;
    let _one_of_few = examining.expect("the semaphore is never closed");
    let body = match Bytes::from_request(request, &()).await {
        Ok(body) => body,
        Err(refused) => {
            let code = match refused.status() {
                StatusCode::PAYLOAD_TOO_LARGE => "input-too-large",
                _ => "input-unreadable",
            };
            return problem(refused.status(), code, &refused.body_text());
        }
    };
    let service = service.clone();
    // A picture takes long enough to hold up other requests.
    let examined = task::spawn_blocking(move || examine(&service.door, &body));
    examined.await.expect("examining does not panic")
}

fn examine(door: &OpenDoor, body: &[u8]) -> Response {
    let input = match Input::read("request".into(), body) {
        Ok(input) => input,
        Err(error) => {
            return problem(StatusCode::UNPROCESSABLE_ENTITY, error.code(), &error.to_string());
        }
    };
    let verdicts: Vec<Value> = input
        .texts
        .iter()
        .map(|text| door.examine(text).to_json("request"))
        .collect();
    Json(verdicts).into_response()
}

/// A refusal as a problem document (RFC 9457).
pub(crate) fn problem(status: StatusCode, code: &str, title: &str) -> Response {
    let body = json!({
        "type": format!("urn:attest:problem:{code}"),
        "title": title,
        "status": status.as_u16(),
        "code": code,
    });
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, kind, body.to_string()).into_response()
}

async fn unknown_path() -> Response {
    let title = "there are the page /scanner/, POST /verify, GET /view and GET /healthz";
    problem(StatusCode::NOT_FOUND, "path-unknown", title)
}

async fn unknown_method() -> Response {
    let title = "there are the page /scanner/, POST /verify, GET /view and GET /healthz";
    problem(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", title)
}

/// How fresh the view of the ledger is.
async fn view(State(service): State<Shared>) -> Json<Value> {
    Json(match service.door.view() {
        Some(view) => json!({
            "as-of": view.as_of().map(|time| time.0),
            "cosigners": view.cosigners(),
            "entries": view.size().0,
        }),
        None => Value::Null,
    })
}

async fn follow(service: Shared, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        sync(&service.door).await;
    }
}

/// A ledger that cannot be reached leaves the door with the view that it has, which the verdicts then say.
async fn sync(door: &OpenDoor) {
    if let Err(error) = door.sync().await {
        eprintln!("attest: {error} [{}]", error.code());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{door, schema};

    #[tokio::test]
    async fn verdicts_are_as_specified_and_refusals_have_a_code() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = format!("http://{}", listener.local_addr().unwrap());
        let service = Arc::new(Service {
            door: door(),
            examining: Semaphore::new(AT_ONCE),
        });
        tokio::spawn(serve::serve(
            listener,
            router(service.clone()),
            std::future::pending(),
        ));
        let client = reqwest::Client::new();

        let answer = client
            .post(format!("{at}/verify"))
            .body("a\nHC1:ABC")
            .send()
            .await
            .unwrap();
        let verdicts: Vec<Value> = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(verdicts.len(), 2);
        assert!(verdicts.iter().all(|verdict| schema().is_valid(verdict)));

        for (request, status, code) in [
            (client.post(format!("{at}/verify")).body(""), 422, "input-empty"),
            (
                client.post(format!("{at}/verify")).body("a\n".repeat(100_000)),
                422,
                "input-too-many",
            ),
            (client.get(format!("{at}/verify")), 405, "method-not-allowed"),
            (client.get(format!("{at}/metrics")), 404, "path-unknown"),
        ] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
            let problem: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            assert_eq!(problem["code"], code);
        }

        // Without the router's own limit, axum's of 2 MB holds.
        let request = Request::new(vec![b'a'; 3 << 20].into());
        let answer = verify(State(service), request).await;
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
}
