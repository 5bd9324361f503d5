//! Why something was refused.

/// A refusal, with the stable code that the verifier has for it everywhere (`schemas/spec/verdict.md`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum DoorError {
    /// A document, a file of the ledger or a picture was refused.
    #[error("{code}: {text}")]
    Refused {
        /// The stable code.
        code: String,
        /// What happened, in English.
        text: String,
    },
}

impl From<verifier::Error> for DoorError {
    fn from(error: verifier::Error) -> Self {
        Self::Refused {
            code: error.code().to_owned(),
            text: error.to_string(),
        }
    }
}

impl From<ledger::Error> for DoorError {
    fn from(error: ledger::Error) -> Self {
        verifier::Error::from(error).into()
    }
}

impl From<schemas::Error> for DoorError {
    fn from(error: schemas::Error) -> Self {
        verifier::Error::from(error).into()
    }
}
