//! Why a token did not sign.

use super::Pkcs11Config;
use std::path::PathBuf;

/// A failure of a token. Each has a stable [`code`](Self::code); the text says what happened, then what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The module cannot be loaded, or does not start.
    #[error(
        "the PKCS#11 module {} cannot be used: {reason}. Install what the token's maker gives, and name the library in `module`",
        path.display()
    )]
    Module {
        /// The library.
        path: PathBuf,
        /// What the loader or the module answered.
        reason: String,
    },
    /// No token with this label is in a slot.
    #[error(
        "there is no token `{token}`: plug it in, or correct the label in `token`. Nothing is signed until it is there"
    )]
    Missing {
        /// Its label.
        token: String,
    },
    /// Several tokens have this label.
    #[error("several tokens are called `{token}`: give each a label of its own")]
    Ambiguous {
        /// Their label.
        token: String,
    },
    /// The file with the PIN cannot be used.
    #[error("the PIN cannot be read from {}: {reason}", path.display())]
    PinFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The token refused the PIN.
    #[error(
        "the token `{token}` refused the PIN in `pin_file` ({reason}). It was tried once and is not tried again, since tokens \
         lock after a few wrong ones: correct the file, then start again"
    )]
    PinRefused {
        /// The token's label.
        token: String,
        /// Wrong, locked, expired.
        reason: &'static str,
    },
    /// No such key is in the token.
    #[error("the token `{token}` has no key `{label}` of Ed25519: `init` makes one, or correct `label`")]
    KeyMissing {
        /// The token's label.
        token: String,
        /// The key's label.
        label: String,
    },
    /// What is in the token under the label cannot be used.
    #[error("the key `{label}` in the token `{token}` cannot be used: {problem}")]
    KeyUnfit {
        /// The token's label.
        token: String,
        /// The key's label.
        label: String,
        /// Why.
        problem: &'static str,
    },
    /// The token failed, or was taken out.
    #[error(
        "the token `{token}` does not work: {reason}. Nothing is signed until it does; plug it in again, or ask its maker"
    )]
    Failed {
        /// Its label.
        token: String,
        /// The function and what it answered.
        reason: String,
    },
}

impl TokenError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Module { .. } => "token-module",
            Self::Missing { .. } => "token-missing",
            Self::Ambiguous { .. } => "token-ambiguous",
            Self::PinFile { .. } => "token-pin-file",
            Self::PinRefused { .. } => "token-pin-refused",
            Self::KeyMissing { .. } => "token-key-missing",
            Self::KeyUnfit { .. } => "token-key-unfit",
            Self::Failed { .. } => "token-failed",
        }
    }

    /// Whether it may be over without anybody's doing at this process.
    pub(crate) fn passes(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Failed { .. })
    }

    pub(super) fn failed(config: &Pkcs11Config, error: &cryptoki::error::Error) -> Self {
        let reason = match error {
            // The code says enough; the specification's paragraphs are long.
            cryptoki::error::Error::Pkcs11(code, function) => format!("{function} answered {code:?}"),
            other => other.to_string(),
        };
        Self::Failed {
            token: config.token.clone(),
            reason,
        }
    }
}
