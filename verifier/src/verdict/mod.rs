//! What a door is told (`schemas/spec/verdict.md`): accept, reject with reasons, or indeterminate with what is missing,
//! and every check that led there.
//!
//! A [`Checklist`] starts with nothing done. Only [`Checklist::conclude`] makes a [`Report`], and it accepts only when
//! there is a [`Basis`], which takes evidence to construct, and every check that this basis demands has passed. A step
//! that was forgotten therefore cannot lead to "accept".

mod basis;
mod check;
mod json;
mod missing;

pub use basis::{Anchoring, Basis, ForeignEntry, Note};
pub use check::{Check, Finding, Line};
pub use missing::Missing;

use crate::Error;
use schemas::UnixTime;
use std::borrow::Cow;

/// Longest evidence in characters; it is a line on a screen.
const MAX_EVIDENCE: usize = 200;

/// What a door is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every check that the basis demands has passed, and none failed or stayed unknown.
    Accept(Basis),
    /// At least one check failed.
    Reject(Vec<Error>),
    /// No check failed, but it cannot be told whether all hold.
    Indeterminate(Vec<Missing>),
}

/// A clock that only runs forward, in nanoseconds, to say how long each check took. This crate reads no clock.
pub type Stopwatch = fn() -> u64;

/// The stopwatch of those who do not ask: every check takes no time.
#[must_use]
pub fn stopped() -> u64 {
    0
}

/// The checks of one credential while they are being done.
#[derive(Clone, Debug)]
pub struct Checklist {
    lines: [Line; Check::ALL.len()],
    stopwatch: Stopwatch,
    noted_at: u64,
}

/// A verdict with every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    verdict: Verdict,
    lines: [Line; Check::ALL.len()],
}

impl Default for Checklist {
    fn default() -> Self {
        Self::timed(stopped)
    }
}

impl Checklist {
    /// A list of which nothing is done. A check is said to take the time since the one that was noted before it.
    #[must_use]
    pub fn timed(stopwatch: Stopwatch) -> Self {
        Self {
            lines: Check::ALL.map(|check| Line {
                check,
                finding: Finding::NotDone,
                nanoseconds: 0,
            }),
            stopwatch,
            noted_at: stopwatch(),
        }
    }

    /// Notes that a check passed, unless it was found otherwise before. The evidence is shown at the door: it must not
    /// hold more of the person than was disclosed.
    pub fn passed(&mut self, check: Check, evidence: impl Into<Cow<'static, str>>) {
        let mut evidence = evidence.into();
        // As many bytes at most are as many characters at most.
        if evidence.len() > MAX_EVIDENCE {
            evidence = evidence.chars().take(MAX_EVIDENCE).collect::<String>().into();
        }
        self.note(check, Finding::Passed(evidence));
    }

    /// Notes that the credential is valid, and how much longer.
    pub fn passed_until(&mut self, expires_at: UnixTime, now: UnixTime) {
        self.passed(
            Check::Validity,
            format!("{} h left", expires_at.since(now) / 3_600),
        );
    }

    /// Notes that a check cannot be decided, unless it failed before.
    pub fn unknown(&mut self, check: Check, missing: Missing) {
        self.note(check, Finding::Unknown(missing));
    }

    /// Notes that a check failed.
    pub fn failed(&mut self, check: Check, error: Error) {
        self.note(check, Finding::Failed(error));
    }

    /// The value of a step that belongs to a check; what the step refused is noted as the check's failure.
    pub fn keep<T, E: Into<Error>>(&mut self, check: Check, step: Result<T, E>) -> Option<T> {
        step.map_err(|error| self.failed(check, error.into())).ok()
    }

    /// Notes what a check that can stay open found: by what it passed, or what is missing.
    pub fn found(&mut self, check: Check, finding: Result<impl Into<Cow<'static, str>>, Missing>) {
        match finding {
            Ok(evidence) => self.passed(check, evidence),
            Err(missing) => self.unknown(check, missing),
        }
    }

    /// Whether any check failed or stayed unknown so far.
    #[must_use]
    pub fn is_troubled(&self) -> bool {
        let troubled = |finding: &Finding| finding.error().is_some() || finding.missing().is_some();
        self.lines.iter().any(|line| troubled(&line.finding))
    }

    /// What a check found so far.
    #[must_use]
    pub fn finding(&self, check: Check) -> &Finding {
        &self.lines[check as usize].finding
    }

    /// The verdict: reject when any check failed; else accept when there is a basis and every check that it demands
    /// has passed and none is unknown; else indeterminate.
    #[must_use]
    pub fn conclude(self, basis: Option<Basis>) -> Report {
        let findings = || self.lines.iter().map(|line| &line.finding);
        let failed: Vec<Error> = findings().filter_map(Finding::error).cloned().collect();
        let mut missing: Vec<Missing> = findings().filter_map(Finding::missing).cloned().collect();
        match &basis {
            Some(basis) => {
                let forgotten = |line: &&Line| line.finding == Finding::NotDone && basis.demands(line.check);
                missing.extend(
                    self.lines
                        .iter()
                        .filter(forgotten)
                        .map(|line| Missing::NotDone(line.check)),
                );
            }
            None if missing.is_empty() => missing.push(Missing::Basis),
            None => {}
        }
        let verdict = match basis {
            _ if !failed.is_empty() => Verdict::Reject(failed),
            Some(basis) if missing.is_empty() => Verdict::Accept(basis),
            _ => Verdict::Indeterminate(missing),
        };
        Report {
            verdict,
            lines: self.lines,
        }
    }

    fn note(&mut self, check: Check, finding: Finding) {
        let now = (self.stopwatch)();
        let line = &mut self.lines[check as usize];
        line.nanoseconds += now.saturating_sub(self.noted_at);
        self.noted_at = now;
        if finding.weight() > line.finding.weight() {
            line.finding = finding;
        }
    }
}

impl Report {
    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Every check, in order.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}
