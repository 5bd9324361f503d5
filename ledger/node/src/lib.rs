//! A log, a witness and a monitor on local files or an object store, served over HTTP, and a mirror of any log.
//!
//! The log takes entries from registered issuers, signs trees that only grow, and publishes what a quorum of witnesses has
//! cosigned. The witness cosigns what only grew. The monitor reads all of it, and tells. What is right is decided in `ledger`;
//! here are the disk, the network, the clock and the keys. Nothing is published without a quorum, runs on files that are not
//! what was written, or shares its files with another process. Specified in `schemas/spec`: `ledger.md`, `log-http.md`,
//! `monitor.md`.
//!
//! ```no_run
//! use ledger_node::{Log, LogConfig, storage::LocalFiles};
//! use std::{path::Path, sync::Arc};
//!
//! # async fn start(config: LogConfig, listener: tokio::net::TcpListener) -> Result<(), ledger_node::Error> {
//! let storage = Arc::new(LocalFiles::open(Path::new("log"))?);
//! config.key.create()?;                   // once in the life of a log,
//! Log::create(&config, storage.clone())?; // as is this
//! let log = Log::open(&config, storage)?;
//! log.run(listener, async { drop(tokio::signal::ctrl_c().await) }).await
//! # }
//! ```

mod chain;
mod config;
mod deltas;
mod error;
mod key;
mod log;
mod metrics;
mod mirror;
mod monitor;
mod origin;
pub mod storage;
mod witness;

pub use error::Error;
pub use key::{Cosigner, Key, KeyPlace, NoteSigner, Pkcs11Config, Seed, TokenError, TokenTable};
pub use log::{Cure, Fault, Log, LogChain, LogConfig, Pace, Survey};
pub use mirror::{Mirrored, Source, Trust, mirror};
pub use monitor::{
    Conflict, DeclaringIssuer, MAX_EVIDENCE_BYTES, Monitor, MonitorChain, MonitorConfig, MonitorPace,
    UncheckedConflict,
};
pub use witness::{Witness, WitnessConfig};
