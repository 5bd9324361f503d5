//! What rules say of a certificate: passed, failed or open, and nothing that could be taken for "fine" by accident.

use super::{Rule, RuleKind};
use crate::{Error, verdict::Missing};

/// What one rule says of one certificate.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It evaluated to exactly `true`.
    Passed,
    /// It evaluated to anything else, or with the given error, which counts as `false`.
    Failed(Option<Error>),
    /// It could not be evaluated.
    Open(Open),
}

/// Why a rule could not be evaluated ("EU DCC Validation Rules" 5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open {
    /// Another engine than CertLogic, or a version after 1.3.
    EngineUnknown,
    /// The certificate's schema has another major version than the rule's.
    SchemaIncompatible,
    /// The logic is not an expression of the engine that the rule names.
    LogicRefused(Error),
}

/// One rule and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleResult<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// What it says.
    pub outcome: Outcome,
}

/// What all applicable rules say.
#[derive(Clone, Debug, PartialEq)]
pub struct RulesReport<'a> {
    /// Rule by rule, ordered by identifier.
    pub results: Vec<RuleResult<'a>>,
}

/// What the rules together say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// At least one acceptance rule applied, and every applicable rule passed.
    Passed(RulesPassed),
    /// [`Error::RuleFailed`] of the first rule that failed.
    Failed(Error),
    /// No rule failed, but one could not be evaluated ([`Missing::RuleOpen`]), or no acceptance rule of the country of
    /// arrival applies ([`Missing::Rules`]): nobody said that the certificate is accepted.
    Open(Missing),
}

/// Evidence that every applicable rule passed. Only [`RulesReport::conclusion`] makes one.
///
/// ```compile_fail,E0451
/// let forged = verifier::rules::RulesPassed { count: 1 };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesPassed {
    count: usize,
}

impl RulesPassed {
    /// How many rules passed.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }
}

impl RulesReport<'_> {
    /// What the rules together say. A failed rule weighs more than an open one.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        let mut open = None;
        for RuleResult { rule, outcome } in &self.results {
            let identifier = || rule.identifier.clone();
            match outcome {
                Outcome::Passed => {}
                Outcome::Failed(cause) => {
                    let cause = cause.clone().map(Box::new);
                    return Conclusion::Failed(Error::RuleFailed {
                        identifier: identifier(),
                        cause,
                    });
                }
                Outcome::Open(reason) if open.is_none() => {
                    open = Some(Missing::RuleOpen {
                        identifier: identifier(),
                        reason: reason.clone(),
                    });
                }
                Outcome::Open(_) => {}
            }
        }
        let accepting = |result: &RuleResult<'_>| result.rule.kind == RuleKind::Acceptance;
        match open {
            Some(missing) => Conclusion::Open(missing),
            None if !self.results.iter().any(accepting) => Conclusion::Open(Missing::Rules),
            None => Conclusion::Passed(RulesPassed {
                count: self.results.len(),
            }),
        }
    }
}
