//! The door check over HTTP, for a reader or a till on the same machine.

use crate::{door::OpenDoor, input::Input, output::as_json};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, task};

/// Largest request: the picture of one code.
const MAX_BODY: usize = 20 << 20;
/// Requests that are read and examined at once: their pictures take memory, and more than there are cores gain nothing.
const AT_ONCE: usize = 8;
/// How often the ledger is followed.
const SYNC_EVERY: Duration = Duration::from_secs(60);

type Shared = Arc<Service>;

struct Service {
    door: OpenDoor,
    examining: Semaphore,
}

/// Serves until the process is told to stop.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(address: SocketAddr, door: OpenDoor) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    eprintln!(
        "attest: verifying at http://{}/verify (POST the text or picture of a code)",
        listener.local_addr()?
    );
    let shared = Arc::new(Service {
        door,
        examining: Semaphore::new(AT_ONCE),
    });
    let follower = tokio::spawn(follow(shared.clone()));
    serve::serve(listener, router(shared), stopped()).await;
    follower.abort();
    Ok(())
}

/// `POST /verify`, `GET /view` and `GET /healthz`.
fn router(service: Shared) -> Router {
    let router = Router::new()
        .route("/verify", post(verify))
        .route("/view", get(view))
        .route("/healthz", get(|| async { "ok\n" }))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(service);
    serve::with_timeout(router)
}

/// The verdicts of the credentials in a text or picture. Nothing of it is kept or logged.
async fn verify(State(service): State<Shared>, request: Request) -> Response {
    let examining = service.examining.acquire().await;
    let _one_of_few = examining.expect("the semaphore is never closed");
    let body = match Bytes::from_request(request, &()).await {
        Ok(body) => body,
        Err(refused) => return refused.into_response(),
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
            let problem = json!({ "title": error.to_string(), "status": 422, "code": error.code() });
            let kind = [(header::CONTENT_TYPE, "application/problem+json")];
            return (StatusCode::UNPROCESSABLE_ENTITY, kind, problem.to_string()).into_response();
        }
    };
    let verdicts: Vec<Value> = input
        .texts
        .iter()
        .map(|text| as_json("request", &door.examine(text)))
        .collect();
    Json(verdicts).into_response()
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

async fn follow(service: Shared) {
    loop {
        tokio::time::sleep(SYNC_EVERY).await;
        if let Err(error) = service.door.sync().await {
            eprintln!("attest: {error} [{}]", error.code());
        }
    }
}

async fn stopped() {
    // Without a handler the default action of the signal ends the process, which is as good.
    let _ = tokio::signal::ctrl_c().await;
}
