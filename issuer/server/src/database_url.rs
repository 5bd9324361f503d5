//! Where a PostgreSQL database is, with the password to it.

use core::fmt;
use serde::{Deserialize, Serialize, Serializer};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::{net::IpAddr, path::PathBuf};

/// A URL such as `postgres://issuer:…@localhost/issuer`. It is shown without its password, and without what stands behind `?`.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct DatabaseUrl(String);

/// Where the database is.
pub(crate) enum Location {
    /// A file, for one process.
    Sqlite(PathBuf),
    /// A server, for several.
    Postgres(Box<PgConnectOptions>),
}

impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl DatabaseUrl {
    /// The server and its database.
    ///
    /// # Errors
    /// What is wrong with it: another scheme, or a way over a network on which results could be read or the server be another.
    pub(crate) fn read(&self) -> Result<PgConnectOptions, &'static str> {
        let has_scheme = ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| self.0.starts_with(scheme));
        if !has_scheme {
            return Err("it starts with postgres://");
        }
        let options: PgConnectOptions = self.0.parse().map_err(|_| "it is not a URL of PostgreSQL")?;
        // An IPv6 address stands in brackets.
        let host = options.get_host().trim_matches(['[', ']']);
        let is_here = options.get_socket().is_some()
            || host.starts_with('/')
            || host == "localhost"
            || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        match is_here || matches!(options.get_ssl_mode(), PgSslMode::VerifyFull) {
            true => Ok(options),
            false => Err(
                "a server on another machine is asked over TLS: add ?sslmode=verify-full (and &sslrootcert=FILE)",
            ),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What cannot be read is not shown at all: the password could be anywhere in it.
        let Ok(options) = self.read() else {
            return f.write_str("postgres://…");
        };
        let (user, port) = (options.get_username(), options.get_port());
        write!(f, "postgres://{user}@")?;
        match options.get_socket() {
            Some(socket) => write!(f, "{}:{port}", socket.display())?,
            None => write!(f, "{}:{port}", options.get_host())?,
        }
        write!(f, "/{}", options.get_database().unwrap_or(user))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> DatabaseUrl {
        DatabaseUrl(text.into())
    }

    #[test]
    fn nobody_reads_the_password() {
        for text in [
            "postgres://issuer:geheim@localhost/attest",
            "postgresql://issuer@127.0.0.1:5433/attest?password=geheim",
            "postgres://issuer:geheim@db.example/attest?sslmode=verify-full",
            "postgres://issuer:geheim@db.example/attest",
            "postgres://issuer:geheim@%2Fvar%2Frun%2Fpostgresql/attest",
            "mysql://issuer:geheim@localhost/attest",
            "postgres://issuer:gehe#im@localhost:x/attest",
        ] {
            let url = url(text);
            let shown = format!("{url} {url:?} {}", serde_json::to_string(&url).unwrap());
            assert!(!shown.contains("gehe"), "{shown}");
        }
        let shown = url("postgres://issuer:geheim@localhost/attest").to_string();
        assert_eq!(shown, "postgres://issuer@localhost:5432/attest");
    }

    #[test]
    fn another_machine_is_asked_over_tls() {
        for here in [
            "postgres://localhost/attest",
            "postgres://[::1]/attest",
            "postgres://127.0.0.1:5433/attest?sslmode=disable",
            "postgres:///attest?host=/run/postgresql",
            "postgres://%2Frun%2Fpostgresql/attest",
            "postgres://db.example/attest?sslmode=verify-full",
        ] {
            assert_eq!(url(here).read().err(), None, "{here}");
        }
        for elsewhere in [
            "postgres://db.example/attest",
            "postgres://10.0.0.7/attest?sslmode=require",
            "postgres://localhost.example/attest?sslmode=prefer",
            "postgres://localhost/attest?host=db.example",
        ] {
            assert!(url(elsewhere).read().unwrap_err().contains("TLS"), "{elsewhere}");
        }
        assert!(url("sqlite://issuer.sqlite").read().is_err());
    }
}
