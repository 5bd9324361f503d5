//! Where `repair` and `mirror` copy from: what a door syncs from, for callers that wait.

use crate::Error;
use ledger_node::Source;
use tokio::runtime::Handle;
use verifier_server::Unavailable;

/// A URL or a folder.
pub struct Upstream {
    place: verifier_server::Source,
    runtime: Handle,
}

impl Upstream {
    /// Reads the argument. Only on a thread of a runtime.
    pub fn new(text: &str) -> Result<Self, Error> {
        let place = text.parse().map_err(|error: Unavailable| unavailable(&error))?;
        let runtime = Handle::current();
        Ok(Self { place, runtime })
    }
}

impl Source for Upstream {
    /// Waits on a thread that may.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, ledger_node::Error> {
        match self.runtime.block_on(self.place.read(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Unavailable::Missing { .. }) => Ok(None),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

fn unavailable(error: &Unavailable) -> ledger_node::Error {
    ledger_node::Error::SourceUnavailable {
        reason: error.to_string(),
    }
}

/// Runs what waits for disks and networks beside the runtime's own threads.
pub async fn waiting<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .expect("it does not panic")
}
