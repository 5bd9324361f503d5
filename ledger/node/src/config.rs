//! What configurations share.

use crate::Error;
use ledger::policy::Policy;
use schemas::crypto::P256Point;
use std::{fs, path::Path};

/// Reads a policy file.
pub(crate) fn policy(path: &Path) -> Result<Policy, Error> {
    let bytes = fs::read(path).map_err(|source| Error::PolicyFile {
        path: path.to_owned(),
        source,
    })?;
    Policy::parse(&bytes).map_err(refused("policy_file"))
}

/// Reads the registrar's public key.
pub(crate) fn registrar(text: &str) -> Result<P256Point, Error> {
    let point = schemas::hexadecimal::read::<33>(text).ok_or(schemas::Error::KeyMalformed);
    let point = point.and_then(|point| P256Point::from_sec1(&point));
    point.map_err(|error| refused("registrar")(error.into()))
}

/// Turns a refusal into one that names the setting.
pub(crate) fn refused(setting: &'static str) -> impl FnOnce(ledger::Error) -> Error {
    move |source| Error::Config { setting, source }
}
