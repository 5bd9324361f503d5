//! What rules say of a certificate: passed, failed or open, and nothing that could be taken for "fine" by accident.

use super::{Rule, RuleKind};
use crate::Error;

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
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
pub enum Conclusion {
    /// At least one acceptance rule applied, and every applicable rule passed.
    Passed(RulesPassed),
    /// A rule failed; the first one that did.
    Failed {
        /// The rule's identifier.
        identifier: String,
        /// The error, when it could not be evaluated over this certificate.
        error: Option<Error>,
    },
    /// No rule failed, and one could not be evaluated; the first one.
    Open {
        /// The rule's identifier.
        identifier: String,
        /// Why not.
        reason: Open,
    },
    /// No acceptance rule of the country of arrival applies: nobody said that the certificate is accepted.
    NoRules,
}

/// Evidence that every applicable rule passed.
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
                Outcome::Failed(error) => {
                    return Conclusion::Failed {
                        identifier: identifier(),
                        error: error.clone(),
                    };
                }
                Outcome::Open(reason) => {
                    open.get_or_insert_with(|| Conclusion::Open {
                        identifier: identifier(),
                        reason: reason.clone(),
                    });
                }
            }
        }
        let asked = self
            .results
            .iter()
            .any(|result| result.rule.kind == RuleKind::Acceptance);
        open.unwrap_or(match asked {
            true => Conclusion::Passed(RulesPassed {
                count: self.results.len(),
            }),
            false => Conclusion::NoRules,
        })
    }
}
