//! Why the wallet said no.

use crate::HoldingNumber;

/// The service's refusal of a receipt whose result lives in another wallet; the wallet's own, once it knows.
const RECEIPT_MOVED: &str = "issuer-receipt-moved";

/// What issuers' services say that a person can do something about.
const SAID_BY_ISSUERS: [&str; 9] = [
    "issuer-tx-code-wrong",
    "issuer-tx-code-locked",
    "issuer-tx-code-missing",
    "issuer-code-used",
    "issuer-code-invalid",
    "issuer-result-not-standing",
    RECEIPT_MOVED,
    "issuer-copies-exhausted",
    "issuer-busy",
];

/// A refusal, with a stable [`code`](Error::code). Holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A credential or a text is not what its format asks for.
    #[error(transparent)]
    Schemas(#[from] schemas::Error),
    /// Not a vault or an export, or a damaged one.
    #[error("not a wallet's data: {0}")]
    VaultMalformed(&'static str),
    /// Written by a later version of the wallet.
    #[error("the wallet's data has version {found}, which this program does not know; use a newer one")]
    VaultVersion {
        /// The version found.
        found: i64,
    },
    /// A limit of the wallet is reached.
    #[error("there are too many {what} in the wallet; the limit is {limit}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// A text that is no credential which the wallet knows.
    #[error("this is not a certificate that can be imported")]
    NotACredential,
    /// A presentation, which is somebody's proof at a door and not a credential.
    #[error("this code is a presentation, not a certificate; it cannot be imported")]
    IsAPresentation,
    /// A picture without a code that can be read.
    #[error("no code was found in the picture")]
    NoCode,
    /// It is in the wallet already.
    #[error("this is in the wallet already, as number {}", number.0)]
    AlreadyHeld {
        /// Under which number.
        number: HoldingNumber,
    },
    /// There is no such holding, or it is of another kind.
    #[error("there is nothing of that kind under number {}", number.0)]
    NotHeld {
        /// The number asked for.
        number: HoldingNumber,
    },
    /// A key that is ordered for already.
    #[error("the same key was ordered for twice")]
    KeyReused,
    /// A copy that is bound to no key which the wallet ordered for.
    #[error("the issuer sent a copy that was not ordered")]
    CopyNotOrdered,
    /// Two copies stand in one batch, whose root would link them.
    #[error("the issuer put two copies into one batch")]
    CopiesLinked,
    /// A copy says something else than the others of its pass.
    #[error("the issuer sent copies that differ")]
    CopiesDiffer,
    /// A copy stands at another issuer's place.
    #[error("the copy is from another issuer than the receipt")]
    IssuerDiffers,
    /// A proof does not lead to the batch's root.
    #[error("the proof does not lead to the root of its batch")]
    ProofMismatch,
    /// There is no copy that was not shown yet.
    #[error("every copy was shown already; get new ones, or agree to be recognised")]
    NoFreshCopy,
    /// What could be shown has no proof yet, and doors would only say that its batch is missing.
    #[error("the ledger's proof for this copy is not here yet; refresh first, or agree to show it without")]
    CopyNotAnchored,
    /// The credential has expired.
    #[error("the credential has expired")]
    Expired,
    /// Not an offer of a test centre.
    #[error("this is not an offer of a test centre: {0}")]
    NotAnOffer(&'static str),
    /// Over plain HTTP every code is everybody's.
    #[error("the offer is not from an https address but from {0}: everybody on the way could pick it up")]
    OfferInsecure(String),
    /// The issuer's service said no, in its own words.
    #[error("the issuer refused: {said} (status {status})")]
    IssuerRefused {
        /// The status of its answer.
        status: u16,
        /// What it said.
        said: String,
    },
    /// The issuer's service answered something else than what was asked for.
    #[error("the issuer's answer is not what was asked for: {0}")]
    IssuerAnswer(&'static str),
    /// The result lives in another wallet, which was restored from a backup.
    #[error(
        "this result was restored on another device; the copies here have ended. If that was not you, tell the test centre"
    )]
    ResultMoved,
    /// An answer to what a pick-up did not wish.
    #[error("this is not what the pick-up waits for")]
    OutOfTurn,
    /// Not a file that is encrypted under a passphrase by age.
    #[error("this is not a file of a wallet")]
    SealForeign,
    /// The passphrase does not open it. Damage within the 32 encrypted bytes of the file's key looks the same.
    #[error("the passphrase does not open it")]
    SealWrongPassphrase,
    /// The passphrase is right, and what comes after is not what was written; or the head is cut off.
    #[error("the file is damaged; use another copy of it")]
    SealDamaged,
    /// Its passphrase asks for more work than any wallet's.
    #[error("the file would take too long to open")]
    SealTooMuchWork,
    /// The clock of this device is before the credential was issued.
    #[error("this device's clock is wrong")]
    ClockBehind,
}

impl Error {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Schemas(error) => error.code(),
            Self::VaultMalformed(_) => "vault-malformed",
            Self::VaultVersion { .. } => "vault-version",
            Self::TooMany { .. } => "vault-too-many",
            Self::NotACredential => "import-not-a-credential",
            Self::IsAPresentation => "import-is-a-presentation",
            Self::NoCode => "import-no-code",
            Self::AlreadyHeld { .. } => "import-already-held",
            Self::NotHeld { .. } => "not-held",
            Self::KeyReused => "order-key-reused",
            Self::CopyNotOrdered => "copy-not-ordered",
            Self::CopiesLinked => "copies-linked",
            Self::CopiesDiffer => "copies-differ",
            Self::IssuerDiffers => "copy-issuer-differs",
            Self::ProofMismatch => "copy-proof-mismatch",
            Self::NoFreshCopy => "no-fresh-copy",
            Self::CopyNotAnchored => "copy-not-anchored",
            Self::Expired => "expired",
            Self::NotAnOffer(_) => "offer-malformed",
            Self::OfferInsecure(_) => "offer-not-https",
            Self::IssuerRefused { .. } => "issuer-refused",
            Self::IssuerAnswer(_) => "issuer-answer-malformed",
            Self::ResultMoved => RECEIPT_MOVED,
            Self::OutOfTurn => "pick-up-out-of-turn",
            Self::SealForeign => "file-foreign",
            Self::SealWrongPassphrase => "file-wrong-passphrase",
            Self::SealDamaged => "file-damaged",
            Self::SealTooMuchWork => "file-too-much-work",
            Self::ClockBehind => "clock-behind",
        }
    }
    /// The service's own code behind an issuer's refusal, which stands in brackets at its end
    /// (`schemas/spec/pick-up.md`), when it is one that a person can do something about.
    #[must_use]
    pub fn of_service(&self) -> Option<&'static str> {
        let Self::IssuerRefused { said, .. } = self else {
            return None;
        };
        let bracketed = |code: &&str| said.ends_with(&format!("({code})"));
        SAID_BY_ISSUERS.into_iter().find(bracketed)
    }

    /// Whether an issuer's service refused a receipt since its result lives in another wallet.
    pub(crate) fn says_moved(&self) -> bool {
        self.of_service() == Some(RECEIPT_MOVED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuers_refusal_has_the_services_code() {
        let of = |said: &str| {
            let said = said.to_owned();
            Error::IssuerRefused { status: 400, said }.of_service()
        };
        assert_eq!(of("wrong (issuer-tx-code-wrong)"), Some("issuer-tx-code-wrong"));
        assert_eq!(of("wrong (issuer-other)"), None);
        assert_eq!(of(""), None);
        assert_eq!(Error::Expired.of_service(), None);
    }
}
