//! Why something was refused: the single list of the verifier's refusals.

/// A refusal. Each variant has a stable [`code`](Error::code), the same in test vectors, command line, HTTP and page
/// (`schemas/spec/verdict.md`). The variants carry what a person needs to find the fault, and never the personal data
/// in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes or the text are not what they should be.
    #[error(transparent)]
    Schemas(#[from] schemas::Error),

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
            Self::RulesMalformed { .. } => "rules-malformed",
            Self::RuleLogicMalformed(_) => "rule-logic-malformed",
            Self::RuleOperatorUnknown { .. } => "rule-operator-unknown",
            Self::RuleLogicTooLarge => "rule-logic-too-large",
            Self::RuleEvaluation(_) => "rule-evaluation",
            Self::RuleEffortExceeded => "rule-effort-exceeded",
        }
    }
}
