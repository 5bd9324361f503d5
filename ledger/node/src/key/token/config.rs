//! What is said of a key in a token.

use super::TokenError;
use cryptoki::types::AuthPin;
use serde::{Deserialize, Serialize};
use std::{fs, io::Read as _, os::unix::fs::PermissionsExt as _, path::PathBuf};
use zeroize::Zeroizing;

/// Longest PIN file.
const MAX_PIN_BYTES: u64 = 256;

/// A key in a token that speaks PKCS#11.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pkcs11Config {
    /// The token's module, a library that its maker gives: a path, or a name that the system's loader finds.
    pub module: PathBuf,
    /// The label of the token. Slots change their numbers, labels do not.
    pub token: String,
    /// The label of the key pair, of CKK_EC_EDWARDS on the curve edwards25519.
    pub label: String,
    /// A file with the user's PIN and mode 0600.
    pub pin_file: PathBuf,
}

impl Pkcs11Config {
    /// Reads the PIN. It is in no error and in no log.
    pub(super) fn pin(&self) -> Result<AuthPin, TokenError> {
        let refused = |reason: String| TokenError::PinFile {
            path: self.pin_file.clone(),
            reason,
        };
        let unreadable = |error: std::io::Error| refused(error.to_string());
        let file = fs::File::open(&self.pin_file).map_err(unreadable)?;
        let mode = file.metadata().map_err(unreadable)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(refused(format!("it has mode {:03o}: make it 600", mode & 0o777)));
        }
        let mut text = Zeroizing::new(String::new());
        file.take(MAX_PIN_BYTES)
            .read_to_string(&mut text)
            .map_err(unreadable)?;
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err(refused("it is empty".to_owned())),
            pin => Ok(AuthPin::from(pin)),
        }
    }
}
