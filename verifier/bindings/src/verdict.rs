//! What a door is told, as records.

use crate::{Shown, closed};
use verifier::{
    Error, Examination,
    verdict::{Finding, Line, Missing},
};

/// What a door is told (`schemas/spec/verdict.md`).
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct Verdict {
    /// Accept, reject, or indeterminate.
    pub decision: Decision,
    /// On what it is accepted: `anchored`, `grace` or `country-rules`. Nothing for other decisions.
    pub basis: Option<String>,
    /// Why it is rejected, or what is missing, in the order of the checks. Empty when it is accepted.
    pub reasons: Vec<Said>,
    /// Every check, in order.
    pub checks: Vec<CheckLine>,
    /// What the credential disclosed, once its signatures held.
    pub shown: Option<Shown>,
}

/// The three words that a verdict can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Decision {
    /// Every check that is asked for has passed.
    Accept,
    /// At least one check failed.
    Reject,
    /// It cannot be told: something is missing.
    Indeterminate,
}

/// A reason, or what is missing.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct Said {
    /// The stable code, to look up what the app says to it.
    pub code: String,
    /// A sentence in English.
    pub text: String,
}

/// One check.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct CheckLine {
    /// Its stable name.
    pub check: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The code it ended with, unless it passed or was not done.
    pub code: Option<String>,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Outcome {
    /// Not needed for this credential, or not reached.
    NotDone,
    /// It holds.
    Passed,
    /// It cannot be told; something is missing.
    Unknown,
    /// It does not hold.
    Failed,
}

closed!(Verdict, Said, CheckLine);

impl From<Examination> for Verdict {
    fn from(examined: Examination) -> Self {
        let (decision, basis, reasons) = match examined.report.verdict() {
            verifier::Verdict::Accept(basis) => (Decision::Accept, Some(basis.name().to_owned()), Vec::new()),
            verifier::Verdict::Reject(errors) => {
                (Decision::Reject, None, errors.iter().map(Said::from).collect())
            }
            verifier::Verdict::Indeterminate(missing) => (
                Decision::Indeterminate,
                None,
                missing.iter().map(Said::from).collect(),
            ),
        };
        Self {
            decision,
            basis,
            reasons,
            checks: examined.report.lines().iter().map(CheckLine::from).collect(),
            shown: examined.shown.map(Shown::from),
        }
    }
}

impl From<&Error> for Said {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code().to_owned(),
            text: error.to_string(),
        }
    }
}

impl From<&Missing> for Said {
    fn from(missing: &Missing) -> Self {
        Self {
            code: missing.code().to_owned(),
            text: missing.to_string(),
        }
    }
}

impl From<&Line> for CheckLine {
    fn from(line: &Line) -> Self {
        let (outcome, code) = match &line.finding {
            Finding::NotDone => (Outcome::NotDone, None),
            Finding::Passed(_) => (Outcome::Passed, None),
            Finding::Unknown(missing) => (Outcome::Unknown, Some(missing.code().to_owned())),
            Finding::Failed(error) => (Outcome::Failed, Some(error.code().to_owned())),
        };
        Self {
            check: line.check.name().to_owned(),
            outcome,
            code,
        }
    }
}
