//! One HTTP/1.1 server for log and witness, with limits on what a connection may cost.

use axum::{Router, http::StatusCode};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore, time};
use tower_http::timeout::TimeoutLayer;

/// Most connections at once. One costs at most [`HEAD_BYTES`] and one body within its route's limit.
const MAX_CONNECTIONS: usize = 1024;
/// Largest request head. Ours are below 1 KiB; 8 KiB is what proxies in front commonly allow.
const HEAD_BYTES: usize = 8 * 1024;
/// How long a request head may take, and how long a connection may idle.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long requests may go on after the shutdown began.
const GRACE: Duration = Duration::from_secs(5);

/// Serves `router` until `shutdown` is ready, then lets requests under way finish for a few seconds.
pub(crate) async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accept = async {
            let permit = Arc::clone(&connections).acquire_owned().await;
            (
                permit.expect("the semaphore is never closed"),
                listener.accept().await,
            )
        };
        let (permit, accepted) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely: they come back as connections end.
            time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(server.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    let _ = time::timeout(GRACE, graceful.shutdown()).await;
}

/// How long a request may take, reading its body included; an append waits for at most half of it.
const REQUEST_TIME: Duration = Duration::from_secs(60);

/// Ends requests that take too long.
pub(crate) fn with_timeout(router: Router) -> Router {
    router.layer(TimeoutLayer::with_status_code(
        StatusCode::REQUEST_TIMEOUT,
        REQUEST_TIME,
    ))
}
