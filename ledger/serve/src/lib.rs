//! What every server of the house shares: HTTP/1.1 with limits on what a connection may cost, headers that browsers heed,
//! the files of pages, the clock, and the word to stop; and how those who read a log get at its
//! static files, with limits as well. It knows no role and decides nothing. TLS, and a limit for each address, are the
//! business of the proxy in front.

mod clock;
mod headers;
mod pages;
mod source;
mod stop;
#[cfg(test)]
mod tests;

pub use clock::{now, since_1970};
pub use pages::{page_files, pages};
pub use source::{MAX_FILE_BYTES, Source, Unavailable};
pub use stop::told_to_stop;

use axum::{Router, http::StatusCode, middleware};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{pin::pin, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time,
};
use tower_http::timeout::TimeoutLayer;

/// Most connections at once; the next ones wait to be accepted. Half of the 1,024 files that a process may commonly have
/// open, so that the other half stays for what it stores. One costs at most [`HEAD_BYTES`] and a body within its route's
/// limit.
pub const MAX_CONNECTIONS: usize = 512;
/// Largest request head. Ours are below 1 KiB; 8 KiB is what proxies in front commonly allow.
pub const HEAD_BYTES: usize = 8 * 1024;
/// How long a request head may take, and how long a connection may idle. A head is one or two packets.
pub const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long a connection may live, so that one who never reads the answers does not keep it. Then it ends after the request
/// under way, within [`REQUEST_TIME`].
pub const CONNECTION_TIME: Duration = Duration::from_secs(15 * 60);
/// How long a request may take, reading its body included; an append to a log waits for at most half of it.
pub const REQUEST_TIME: Duration = Duration::from_secs(60);
/// How long requests may go on after the shutdown began.
const GRACE: Duration = Duration::from_secs(5);

/// Serves `router` until `shutdown` is ready, then lets requests under way finish for a few seconds. When this returns, no
/// connection is left.
///
/// An answer that says nothing of caching is kept by nobody, and none is framed or sniffed.
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    Limits::default().serve(listener, router, shutdown).await;
}

/// Ends requests that take longer than [`REQUEST_TIME`].
pub fn with_timeout(router: Router) -> Router {
    with_time(router, REQUEST_TIME)
}

fn with_time(router: Router, time: Duration) -> Router {
    router
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, time))
        .layer(middleware::map_response(headers::in_words))
}

/// What a test makes smaller.
struct Limits {
    connections: usize,
    head_time: Duration,
    connection_time: Duration,
    last_request: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: MAX_CONNECTIONS,
            head_time: HEAD_TIME,
            connection_time: CONNECTION_TIME,
            last_request: REQUEST_TIME,
        }
    }
}

impl Limits {
    async fn serve(&self, listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
        let router = router.layer(middleware::map_response(headers::complete));
        let (stop, stopping) = watch::channel(());
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            let is_full = connections.len() >= self.connections;
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                Some(_) = connections.join_next() => continue,
                accepted = listener.accept(), if !is_full => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    connections.spawn(self.connection(stream, router.clone(), stopping.clone()));
                }
                // Out of file descriptors, most likely: they come back as connections end.
                Err(_) => time::sleep(Duration::from_millis(50)).await,
            }
        }
        drop((listener, stop));
        let done = async { while connections.join_next().await.is_some() {} };
        if time::timeout(GRACE, done).await.is_err() {
            connections.shutdown().await;
        }
    }

    /// One connection, until it ends or has to.
    fn connection(
        &self,
        stream: TcpStream,
        router: Router,
        mut stopping: watch::Receiver<()>,
    ) -> impl Future<Output = ()> + Send + use<> {
        // Small answers leave at once. A stream that refuses this is as good as closed.
        let _ = stream.set_nodelay(true);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.head_time)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
        let (age, last_request) = (self.connection_time, self.last_request);
        async move {
            let mut connection = pin!(connection);
            let has_to_end = async {
                tokio::select! {
                    _ = stopping.changed() => {}
                    () = time::sleep(age) => {}
                }
            };
            // What went wrong is the client's business.
            tokio::select! {
                _ = connection.as_mut() => return,
                () = has_to_end => connection.as_mut().graceful_shutdown(),
            }
            let _ = time::timeout(last_request, connection).await;
        }
    }
}
