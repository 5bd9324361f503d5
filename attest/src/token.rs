//! The key of a role, in a file or in a token, as `init` is told it and writes it.

use crate::Error;
use clap::Args;
use ledger_node::{KeyPlace, Pkcs11Config};
use std::path::PathBuf;

/// The token that has the key in place of a file.
#[derive(Args, Debug)]
pub struct Token {
    /// Keep the Ed25519 key in a token: the PKCS#11 module of its maker, a path or a name that the system's loader finds. A
    /// key that is in the token under the label is taken, else one is made there.
    #[arg(long = "pkcs11-module", value_name = "LIBRARY", requires_all = ["token", "label", "pin_file"])]
    module: Option<PathBuf>,
    /// The token's label.
    #[arg(long = "pkcs11-token", value_name = "LABEL", requires = "module")]
    token: Option<String>,
    /// The key's label.
    #[arg(long = "pkcs11-label", value_name = "LABEL", requires = "module")]
    label: Option<String>,
    /// A file with the user's PIN and mode 0600.
    #[arg(long = "pkcs11-pin-file", value_name = "FILE", requires = "module")]
    pin_file: Option<PathBuf>,
}

impl Token {
    /// Where the key will be: in the token that was asked for, with its paths as they are from anywhere, or in `file`.
    pub fn place_or(&self, file: PathBuf) -> Result<KeyPlace, Error> {
        let (Some(module), Some(token), Some(label), Some(pin_file)) =
            (&self.module, &self.token, &self.label, &self.pin_file)
        else {
            return Ok(file.into());
        };
        let pin_file = std::path::absolute(pin_file).map_err(|source| Error::Unreadable {
            path: pin_file.clone(),
            source,
        })?;
        let config = Pkcs11Config {
            module: module.clone(),
            token: token.clone(),
            label: label.clone(),
            pin_file,
        };
        Ok(config.into())
    }
}

/// The lines of a role's table that say where the key is: one among its settings, and a table after them.
pub fn settings(role: &str, file: &str, place: &KeyPlace) -> (String, String) {
    match place {
        KeyPlace::File(_) => (
            format!(
                "# Its Ed25519 key, for this {role} alone. Keep a copy in a safe place. To have it in a token, a table after these\n\
                 # settings: [{role}.key.pkcs11], with module, token, label, pin_file.\n\
                 key = \"{file}\"\n"
            ),
            String::new(),
        ),
        KeyPlace::Token(token) => (
            String::new(),
            format!(
                "\n# Its Ed25519 key, for this {role} alone, in a token: the maker's library, the token's label, the key's label, and\n\
                 # the file with the PIN (mode 0600). Keep a second token with the key in a safe place.\n\
                 [{role}.key.pkcs11]\n{}",
                toml::to_string(&token.pkcs11).expect("settings are texts")
            ),
        ),
    }
}
