//! What configurations share.

use crate::Error;
use ledger::policy::Policy;
use std::{fs, path::Path};

/// Reads a policy file.
pub(crate) fn policy(path: &Path) -> Result<Policy, Error> {
    let bytes = fs::read(path).map_err(|source| Error::PolicyFile {
        path: path.to_owned(),
        source,
    })?;
    Policy::parse(&bytes).map_err(refused("policy_file"))
}

/// Turns a refusal into one that names the setting.
pub(crate) fn refused(setting: &'static str) -> impl FnOnce(ledger::Error) -> Error {
    move |source| Error::Config { setting, source }
}
