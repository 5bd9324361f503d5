//! A log and a witness on local files, served over HTTP.

mod clock;
mod config;
mod error;
mod key;
mod log;
mod metrics;
mod serve;
pub mod storage;
mod witness;

pub use error::Error;
pub use key::Seed;
pub use log::{Log, LogConfig, Pace};
pub use witness::{Witness, WitnessConfig};
