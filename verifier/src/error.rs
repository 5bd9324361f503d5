//! Why something was refused: the single list of the verifier's refusals.

use schemas::Shape;

/// A refusal. Each variant has a stable [`code`](Error::code), the same in test vectors, command line, HTTP and page
/// (`schemas/spec/verdict.md`). The variants carry what a person needs to find the fault, and never the personal data
/// in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes or the text are not what they should be.
    #[error(transparent)]
    Schemas(#[from] schemas::Error),
    /// The ledger does not show what it should.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),

    /// Not a policy: an unknown word, or a value that a policy cannot hold.
    #[error("not a policy: {reason}, at {path}")]
    PolicyMalformed {
        /// Where in the document.
        path: String,
        /// What was expected there.
        reason: String,
    },
    /// Not a list of certificates in any of the forms that are read.
    #[error("not a trust list: {reason}, at {path}")]
    TrustListMalformed {
        /// Where in the document.
        path: String,
        /// What was expected there.
        reason: String,
    },
    /// A trust list without the publisher's signature that was asked for.
    #[error("the trust list is not signed by its publisher")]
    TrustListUnsigned,
    /// A certificate on a trust list that is not for signing certificates of people.
    #[error("not a document signer's certificate")]
    NotASigner,

    /// A signer whose country neither the trust list nor the certificate says: no country's rules are its own.
    #[error("it is not known for which country the signer signs")]
    SignerCountryUnknown,
    /// A policy that requires a chain, where none can be asked.
    #[error(
        "the policy requires a chain, which cannot be asked here: check with `attest verify`, or with a policy without it"
    )]
    ChainNotAsked,
    /// Not the description of a network: an unknown word, or a key that is none.
    #[error("not a network document: {0}")]
    NetworkMalformed(String),
    /// A version of the network document that is signed, and does not follow ours.
    #[error(
        "version {offered} of the network document does not follow our version {ours}: the versions between are needed"
    )]
    NetworkNotNext {
        /// The version at hand.
        ours: u32,
        /// The version that was offered.
        offered: u32,
    },

    /// Text that does not begin as a credential does.
    #[error("this is not a credential: its text begins neither with AT1: nor with HC1:")]
    NotACredential,
    /// A certificate of a registered issuer that names no place on the ledger.
    #[error("the certificate names no place on the ledger, which its issuer always does")]
    PlaceMissing,
    /// A certificate that names a place of another issuer than its signer.
    #[error("the certificate names a place of another issuer")]
    PlaceOfAnother,
    /// The proof does not lead to the root that the ledger has for the credential's batch.
    #[error("the credential is not in the batch that it names")]
    ProofInvalid,
    /// The batch expired and was forgotten.
    #[error("the credential's batch has expired")]
    BatchExpired,
    /// The signer's key was stolen or lost before the credential was anchored.
    #[error("the issuer's key was cut off before this credential")]
    KeyCutOff,
    /// The issuer told two stories. Nothing of it counts until the registrar has settled it.
    #[error("the ledger has two stories of this issuer")]
    IssuerFrozen,
    /// The credential was revoked.
    #[error("the credential was revoked")]
    Revoked,

    /// The policy does not accept this shape of credential.
    #[error("credentials of this shape are not accepted here")]
    ShapeNotAccepted(Shape),
    /// The policy accepts no certificates of issuers that the ledger does not know.
    #[error("certificates of issuers that are not on the ledger are not accepted here")]
    ForeignNotAccepted,
    /// The policy counts no signatures but those of ML-DSA-44, and the certificate has another and nothing else.
    #[error("the certificate rests on a signature that a quantum computer forges, which does not count here")]
    ClassicalSignature,
    /// The result of the test is "detected". No policy accepts it.
    #[error("the result is not a negative one")]
    ResultDetected,
    /// A code or the time in a test entry is not known here.
    #[error("the test's {0} is not known here")]
    ResultUnknown(&'static str),
    /// The policy does not accept this kind of test.
    #[error("tests of this kind are not accepted here")]
    TestKindNotAccepted,
    /// The sample is older than the policy allows for this kind of test.
    #[error("the test is older than {} hours", limit / 3_600)]
    TestTooOld {
        /// The policy's limit in seconds.
        limit: i64,
    },
    /// The sample was taken later than now.
    #[error("the test lies in the future: look at the clock")]
    SampledInFuture,
    /// The same code was shown at this door within the last two minutes.
    #[error("this code was shown here {seconds_ago} s ago: show a new one")]
    TokenSeen {
        /// Seconds since it was first seen.
        seconds_ago: i64,
    },

    /// Not a JSON document of rules, or a rule that lacks what every rule has.
    #[error("not a list of rules: {reason}, at {path}")]
    RulesMalformed {
        /// Where in the document.
        path: String,
        /// What was expected there.
        reason: String,
    },
    /// Not an expression of CertLogic 1.3.3.
    #[error("not a CertLogic expression: {0}")]
    RuleLogicMalformed(&'static str),
    /// An operator that CertLogic 1.3.3 does not have.
    #[error("CertLogic has no operator {operator:?}")]
    RuleOperatorUnknown {
        /// The operator, at most 32 characters of it.
        operator: String,
    },
    /// An expression beyond the limits of depth and size.
    #[error("a CertLogic expression is too deep or too long")]
    RuleLogicTooLarge,
    /// A rule of the country is not satisfied.
    #[error("rule {identifier} is not satisfied")]
    RuleFailed {
        /// The rule's identifier.
        identifier: String,
        /// Why it could not be evaluated, when it could not.
        cause: Option<Box<Self>>,
    },
    /// Evaluating a rule is an error for this certificate, which counts as `false`.
    #[error("a rule cannot be evaluated: {0}")]
    RuleEvaluation(&'static str),
    /// Evaluating a rule took more steps than the limit, which counts as `false`.
    #[error("evaluating a rule takes too long")]
    RuleEffortExceeded,
}

impl Error {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Schemas(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::PolicyMalformed { .. } => "policy-malformed",
            Self::TrustListMalformed { .. } => "trust-list-malformed",
            Self::TrustListUnsigned => "trust-list-unsigned",
            Self::NotASigner => "not-a-signer",
            Self::SignerCountryUnknown => "signer-country-unknown",
            Self::ChainNotAsked => "chain-not-asked",
            Self::NetworkMalformed(_) => "network-malformed",
            Self::NetworkNotNext { .. } => "network-not-next",
            Self::NotACredential => "not-a-credential",
            Self::PlaceMissing => "place-missing",
            Self::PlaceOfAnother => "place-of-another",
            Self::ProofInvalid => "proof-invalid",
            Self::BatchExpired => "batch-expired",
            Self::KeyCutOff => "key-cut-off",
            Self::IssuerFrozen => "issuer-frozen",
            Self::Revoked => "revoked",
            Self::ShapeNotAccepted(_) => "shape-not-accepted",
            Self::ForeignNotAccepted => "foreign-not-accepted",
            Self::ClassicalSignature => "classical-signature",
            Self::ResultDetected => "result-detected",
            Self::ResultUnknown(_) => "result-unknown",
            Self::TestKindNotAccepted => "test-kind-not-accepted",
            Self::TestTooOld { .. } => "test-too-old",
            Self::SampledInFuture => "sampled-in-future",
            Self::TokenSeen { .. } => "token-seen",
            Self::RulesMalformed { .. } => "rules-malformed",
            Self::RuleLogicMalformed(_) => "rule-logic-malformed",
            Self::RuleOperatorUnknown { .. } => "rule-operator-unknown",
            Self::RuleLogicTooLarge => "rule-logic-too-large",
            Self::RuleFailed { .. } => "rule-failed",
            Self::RuleEvaluation(_) => "rule-evaluation",
            Self::RuleEffortExceeded => "rule-effort-exceeded",
        }
    }
}
