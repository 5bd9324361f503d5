//! How a service is told to stop.

use tokio::signal::unix::{SignalKind, signal};

/// Ready when the process is told to stop: Ctrl-C, or the signal that service managers send.
pub async fn told_to_stop() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signals) => drop(signals.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
