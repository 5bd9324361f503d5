//! Why the wallet said no.

/// A refusal, with the stable code that it has everywhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum WalletError {
    /// What was asked for cannot be done, or what was given is not what it should be.
    #[error("{code}: {text}")]
    Refused {
        /// The stable code; of a refusal by an issuer's service, the service's own where it says one.
        code: String,
        /// What happened, in English.
        text: String,
    },
}

impl From<wallet_core::Error> for WalletError {
    fn from(error: wallet_core::Error) -> Self {
        Self::Refused {
            code: error.of_service().unwrap_or(error.code()).to_owned(),
            text: error.to_string(),
        }
    }
}

impl From<schemas::Error> for WalletError {
    fn from(error: schemas::Error) -> Self {
        wallet_core::Error::from(error).into()
    }
}
