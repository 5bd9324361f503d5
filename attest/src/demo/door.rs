//! The door of a business: its own server, with the scanner page.

use super::{Failure, cooperative::stopped};
use std::{path::Path, time::Duration};
use tokio::{net::TcpListener, sync::watch};
use verifier_server::{DoorFiles, OpenDoor, serve_door};

/// Nobody who watches a demonstration waits a minute for a door to hear of a batch.
const FOLLOW_EVERY: Duration = Duration::from_secs(10);

/// Opens a door that follows the ledger, and tells where its page is.
pub async fn open(folder: &Path, network: &Path, stop: &watch::Receiver<()>) -> Result<String, Failure> {
    let files = DoorFiles {
        network: Some(network.to_owned()),
        ..DoorFiles::default()
    };
    let door = OpenDoor::open(&files)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let serving = serve_door(listener, door, folder.join("door"), FOLLOW_EVERY, stopped(stop));
    tokio::spawn(async {
        if let Err(error) = serving.await {
            eprintln!("attest: the door stopped: {error}");
        }
    });
    Ok(format!("http://{address}/scanner/"))
}
