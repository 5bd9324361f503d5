//! What the roles that serve have in common: a configuration file and a listener.

use crate::{Error, files, print};
use clap::Args;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
};
use tokio::net::TcpListener;

/// How a service is started.
#[derive(Args, Debug)]
pub struct Start {
    /// The configuration file (TOML), as `init` writes it.
    #[arg(long, value_name = "FILE", required = true)]
    config: Vec<PathBuf>,
    /// Print the settings in effect, without any key, and end.
    #[arg(long)]
    print_config: bool,
}

/// The settings of a service.
pub trait Settings: Serialize + DeserializeOwned {
    /// The paths among them, which are relative to the folder of the file.
    fn paths(&mut self) -> Vec<&mut PathBuf>;

    /// Takes up what the environment says instead of the file.
    fn follow_environment(&mut self) {}

    /// Reads a configuration file.
    fn read(file: &Path) -> Result<Self, Error> {
        let text = files::read(file)?;
        let refused = |error: toml::de::Error| Error::Config {
            path: file.to_owned(),
            reason: verifier::toml_reason(&text, &error),
        };
        let mut settings: Self = toml::from_str(&text).map_err(refused)?;
        let folder = file.parent().unwrap_or(Path::new(""));
        for path in settings.paths() {
            *path = folder.join(&*path);
        }
        settings.follow_environment();
        Ok(settings)
    }
}

impl Start {
    /// Reads the settings of one service; none if they were only to be printed.
    pub fn settings<S: Settings>(&self) -> Result<Option<S>, Error> {
        if let [_, second, ..] = &self.config[..] {
            return Err(Error::Config {
                path: second.clone(),
                reason: "this role runs once in a process: start another one for it".into(),
            });
        }
        Ok(self.all_settings()?.pop())
    }

    /// Reads the settings of several; none if they were only to be printed.
    pub fn all_settings<S: Settings>(&self) -> Result<Vec<S>, Error> {
        let settings = self.config.iter().map(|file| S::read(file));
        let settings: Vec<S> = settings.collect::<Result<_, _>>()?;
        if self.print_config {
            for settings in &settings {
                let printed = toml::to_string(settings).expect("settings are numbers, texts and tables");
                print::out(format_args!("{printed}"));
            }
            return Ok(Vec::new());
        }
        Ok(settings)
    }
}

/// A TOML string.
pub fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Listens. Port 0 is any free port; [`announce`] tells which.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| Error::Listen { address, source })
}

/// Tells on standard output that the service answers, and where: `NAME: http://ADDRESS:PORT`.
pub fn announce(name: &str, listener: &TcpListener) {
    if let Ok(address) = listener.local_addr() {
        // A service goes on when nobody reads this.
        let _ = writeln!(io::stdout(), "{name}: http://{address}");
    }
}

/// Sends what a service has to say to standard error.
pub fn log_to_standard_error() {
    let _ = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
        .try_init();
}
