//! A set of countries' rules, and what it says of one certificate.

use super::{
    Case, Rule, RuleKind,
    outcome::{Open, Outcome, RuleResult, RulesReport},
    rule::Logic,
    value::Value,
};
use crate::Error;
use std::collections::BTreeMap;

/// A file of rules. All rules of all countries in 2022 were under 2 MB.
pub const MAX_FILE: usize = 16 << 20;

/// Rules in a file; all countries together had about 700.
pub const MAX_RULES: usize = 10_000;

/// Rules of any number of countries, in all their versions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleSet {
    rules: Vec<Rule>,
}

impl RuleSet {
    /// Reads a JSON array of rules, as countries publish it.
    ///
    /// A rule whose logic is not understood stays in the set and makes every certificate that it applies to open;
    /// leaving it out would make the set laxer than its makers wanted.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`] and [`Error::RulesMalformed`].
    pub fn read(file: &[u8]) -> Result<Self, Error> {
        if file.len() > MAX_FILE {
            let (length, limit) = (file.len(), MAX_FILE);
            return Err(schemas::Error::TooLong {
                what: "bytes of rules",
                length,
                limit,
            }
            .into());
        }
        let mut json = serde_json::Deserializer::from_slice(file);
        let rules: Vec<Rule> =
            serde_path_to_error::deserialize(&mut json).map_err(|error| Error::RulesMalformed {
                path: error.path().to_string(),
                reason: error.inner().to_string(),
            })?;
        json.end().map_err(|error| Error::RulesMalformed {
            path: ".".into(),
            reason: error.to_string(),
        })?;
        if rules.len() > MAX_RULES {
            let (length, limit) = (rules.len(), MAX_RULES);
            return Err(schemas::Error::TooLong {
                what: "rules",
                length,
                limit,
            }
            .into());
        }
        Ok(Self { rules })
    }

    /// All rules.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Adds the rules of another file.
    pub fn extend(&mut self, other: Self) {
        self.rules.extend(other.rules);
    }

    /// The rules that apply to a certificate: acceptance rules of the country of arrival and invalidation rules of
    /// the country of issuance, for its kind of entry, valid at the time, each in its newest version. Where two rules
    /// have the same identifier and version, both apply.
    #[must_use]
    pub fn applicable(&self, case: &Case<'_>) -> Vec<&Rule> {
        let mut newest: BTreeMap<(&str, RuleKind), Vec<&Rule>> = BTreeMap::new();
        for rule in self.rules.iter().filter(|rule| rule.applies_to(case)) {
            let versions = newest.entry((&rule.identifier, rule.kind)).or_default();
            match versions.first().map(|first| first.version.cmp(&rule.version)) {
                Some(std::cmp::Ordering::Greater) => continue,
                Some(std::cmp::Ordering::Less) => versions.clear(),
                Some(std::cmp::Ordering::Equal) | None => {}
            }
            versions.push(rule);
        }
        newest.into_values().flatten().collect()
    }

    /// Evaluates every applicable rule.
    #[must_use]
    pub fn check(&self, case: &Case<'_>) -> RulesReport<'_> {
        let texts = case.texts();
        let data = case.data(&texts);
        let applicable = self.applicable(case).into_iter();
        let results = applicable.map(|rule| RuleResult {
            rule,
            outcome: rule.outcome(case, &data),
        });
        RulesReport {
            results: results.collect(),
        }
    }
}

impl Rule {
    fn applies_to(&self, case: &Case<'_>) -> bool {
        let asked_by = match self.kind {
            RuleKind::Acceptance => case.arrival,
            RuleKind::Invalidation => case.issuer,
        };
        self.country == asked_by
            && self.certificates.include(case.entry)
            && (self.valid_from..self.valid_to).contains(&case.now)
    }

    fn outcome(&self, case: &Case<'_>, data: &Value<'_>) -> Outcome {
        if self.schema_version.0 != case.schema.0 {
            return Outcome::Open(Open::SchemaIncompatible);
        }
        match &self.logic {
            Logic::EngineUnknown => Outcome::Open(Open::EngineUnknown),
            Logic::Refused(error) => Outcome::Open(Open::LogicRefused(error.clone())),
            Logic::Expression(expression) => match expression.holds(data) {
                Ok(true) => Outcome::Passed,
                Ok(false) => Outcome::Failed(None),
                Err(error) => Outcome::Failed(Some(error)),
            },
        }
    }
}
