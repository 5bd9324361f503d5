//! Settings.

use crate::{
    Error,
    database_url::{DatabaseUrl, Location},
};
use issuer::{Profile, batch::EARLY_EVERY_SECONDS};
use schemas::{
    IssuerNumber,
    crypto::{Crypto, P256Point, VerifyingKey, aws_lc::AwsLc},
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The settings of an issuer, as its configuration file has them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The number under which the registrar registered this issuer.
    pub number: u32,
    /// The issuer's name, as its certificates say it.
    pub name: String,
    /// The country it issues in: two letters.
    pub country: String,
    /// Where wallets and stations reach it, such as `https://issuer.example`; no slash at the end.
    pub url: String,
    /// A PostgreSQL database, for several processes. Without it the database is the file `issuer.sqlite` in `data`, for one.
    pub database_url: Option<DatabaseUrl>,
    /// The directory of the database. The key store is the directory `keys` in it unless `keys` says another.
    pub data: PathBuf,
    /// The directory of the key store. The processes of one issuer share it.
    pub keys: Option<PathBuf>,
    /// The log that takes the entries, such as `https://log.example`; no slash at the end.
    pub log: String,
    /// The registrar's public key: a compressed P-256 point in hexadecimal.
    pub registrar: String,
    /// How long after the batch before it one that is not full closes, in seconds; less makes results quicker to anchor, and the
    /// ledger larger for everybody.
    #[serde(default = "early_every")]
    pub early_every_seconds: u32,
}

fn early_every() -> u32 {
    EARLY_EVERY_SECONDS
}

/// Settings that were read.
pub(crate) struct Settings {
    pub(crate) number: IssuerNumber,
    pub(crate) profile: Profile,
    pub(crate) url: String,
    pub(crate) database: Location,
    pub(crate) keys: PathBuf,
    pub(crate) registrar: Box<dyn VerifyingKey>,
    pub(crate) early_every: u32,
}

impl Config {
    pub(crate) fn read(&self) -> Result<Settings, Error> {
        let refused = |name, reason| Error::Setting { name, reason };
        if self.number == 0 {
            return Err(refused("number", "0 stands for the registrar"));
        }
        if self.name.trim().is_empty() || self.name.chars().count() > issuer::draft::MAX_TEXT_CHARACTERS {
            return Err(refused("name", "it has 1 to 80 characters"));
        }
        let country = issuer::draft::country(&self.country);
        if !(self.url.starts_with("https://") || self.url.starts_with("http://")) || self.url.ends_with('/') {
            return Err(refused(
                "url",
                "it starts with https:// (or http:// for a trial) and has no slash at the end",
            ));
        }
        let database = match &self.database_url {
            None => Location::Sqlite(self.data.join("issuer.sqlite")),
            Some(url) => {
                let options = url.read().map_err(|reason| refused("database_url", reason))?;
                Location::Postgres(Box::new(options))
            }
        };
        Ok(Settings {
            number: IssuerNumber(self.number),
            profile: Profile {
                name: self.name.clone(),
                country: country
                    .map_err(|_| refused("country", "it is not two capital letters of a country"))?,
            },
            url: self.url.clone(),
            database,
            keys: self.keys.clone().unwrap_or_else(|| self.data.join("keys")),
            registrar: registrar(&self.registrar)
                .ok_or(refused("registrar", "it is not a P-256 point in hexadecimal"))?,
            early_every: self.early_every_seconds,
        })
    }
}

fn registrar(hex: &str) -> Option<Box<dyn VerifyingKey>> {
    let point = schemas::hexadecimal::read::<33>(hex)?;
    AwsLc.es256(&P256Point::from_sec1(&point).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::crypto::{SigningKey as _, aws_lc::SigningKey};

    fn config() -> Config {
        let point = SigningKey::generate().unwrap().public();
        Config {
            number: 7,
            name: "Gesundheitsamt".into(),
            country: "DE".into(),
            url: "https://issuer.example".into(),
            database_url: None,
            data: "data".into(),
            keys: None,
            log: "https://log.example".into(),
            early_every_seconds: early_every(),
            registrar: point
                .as_bytes()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        }
    }

    #[test]
    fn names_the_setting_that_cannot_work() {
        assert!(config().read().is_ok());
        let refused = |change: fn(&mut Config)| {
            let mut config = config();
            change(&mut config);
            match config.read().err().unwrap() {
                Error::Setting { name, .. } => name,
                other => panic!("{other}"),
            }
        };
        assert_eq!(refused(|c| c.number = 0), "number");
        assert_eq!(refused(|c| c.name = " ".into()), "name");
        assert_eq!(refused(|c| c.country = "XX".into()), "country");
        assert_eq!(refused(|c| c.url.push('/')), "url");
        assert_eq!(refused(|c| c.url = "ftp://x".into()), "url");
        assert_eq!(refused(|c| c.registrar = "zz".into()), "registrar");
        let other = |c: &mut Config| c.database_url = Some("mysql://localhost/attest".to_owned().into());
        assert_eq!(refused(other), "database_url");
    }
}
