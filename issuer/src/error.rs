//! Why the issuer does not sign.

use schemas::UnixTime;

/// A refusal. Each variant has a stable [`code`](Error::code), the same in test vectors, command line, HTTP and page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A refusal of the vocabulary below.
    #[error(transparent)]
    Schemas(#[from] schemas::Error),
    /// A refusal of the ledger's vocabulary.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The sample was taken after now.
    #[error("the sample was taken after now ({})", now.0)]
    SampleInFuture {
        /// The issuer's time.
        now: UnixTime,
    },
    /// The sample is so old that no credential of it would be of use.
    #[error("the sample was taken more than {limit_days} days ago")]
    SampleTooOld {
        /// The limit.
        limit_days: u32,
    },
    /// Text where the form has none, or control characters in it.
    #[error("{field} is empty, too long or not a line of text")]
    TextMalformed {
        /// The field, as in the submission.
        field: &'static str,
    },
    /// Not a request for a key.
    #[error("not a key request")]
    KeyRequestMalformed,
    /// A stored draft that this version did not write.
    #[error("not a stored draft")]
    DraftMalformed,
}

impl Error {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Schemas(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::SampleInFuture { .. } => "draft-sample-in-future",
            Self::SampleTooOld { .. } => "draft-sample-too-old",
            Self::TextMalformed { .. } => "draft-text-malformed",
            Self::KeyRequestMalformed => "key-request-malformed",
            Self::DraftMalformed => "draft-malformed",
        }
    }
}
