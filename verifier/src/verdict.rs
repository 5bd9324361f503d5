//! What a door is told (`schemas/spec/verdict.md`): accept, reject with reasons, or indeterminate with what is missing,
//! and every check that led there.
//!
//! A [`Checklist`] starts with nothing done. Only [`Checklist::conclude`] makes a [`Report`], and it accepts only when
//! there is a [`Basis`], which takes evidence to construct, and every check that this basis demands has passed. A step
//! that was forgotten therefore cannot lead to "accept".

use crate::{
    Error,
    policy::{AcceptedTest, Disclosure, GraceAdmitted, NotDetected},
    rules::{Open, RulesPassed},
};
use core::fmt;
use schemas::Shape;
use serde::{Serialize, Serializer, ser::SerializeStruct};

/// Longest evidence in characters; it is a line on a screen.
const MAX_EVIDENCE: usize = 200;

/// The checks, in the order in which they are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// The text or picture holds a credential, in full and within all limits.
    Decoding,
    /// The policy accepts this shape of credential.
    Shape,
    /// The clock agrees with the ledger's time.
    Clock,
    /// The view of the ledger is young enough and cosigned by enough members.
    View,
    /// The signer is a registered issuer, or stands on the trust list.
    Issuer,
    /// The issuer's signature holds.
    Signature,
    /// The credential is valid by its own dates, and by its signer's.
    Validity,
    /// The holder's key signed what is shown.
    Holder,
    /// What the holder's key signed is seconds old and meant for a door.
    Freshness,
    /// It was not shown at this door before.
    Replay,
    /// The credential's commitment stands in a batch of its signer on the ledger.
    Anchor,
    /// Neither the credential nor the key that signed it was revoked or cut off.
    Status,
    /// The outcome is "not detected".
    Outcome,
    /// The policy accepts this kind of test at this age.
    Test,
    /// Enough is shown of the person.
    Disclosure,
    /// The country's rules are satisfied.
    Rules,
}

impl Check {
    /// All checks, in order.
    pub const ALL: [Self; 16] = [
        Self::Decoding,
        Self::Shape,
        Self::Clock,
        Self::View,
        Self::Issuer,
        Self::Signature,
        Self::Validity,
        Self::Holder,
        Self::Freshness,
        Self::Replay,
        Self::Anchor,
        Self::Status,
        Self::Outcome,
        Self::Test,
        Self::Disclosure,
        Self::Rules,
    ];

    /// The check's stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Decoding => "decoding",
            Self::Shape => "shape",
            Self::Clock => "clock",
            Self::View => "view",
            Self::Issuer => "issuer",
            Self::Signature => "signature",
            Self::Validity => "validity",
            Self::Holder => "holder",
            Self::Freshness => "freshness",
            Self::Replay => "replay",
            Self::Anchor => "anchor",
            Self::Status => "status",
            Self::Outcome => "outcome",
            Self::Test => "test",
            Self::Disclosure => "disclosure",
            Self::Rules => "rules",
        }
    }
}

/// How a check ended.
#[derive(Clone, PartialEq, Eq)]
pub enum Finding {
    /// Not done: not needed for this credential, or not reached.
    NotDone,
    /// It holds; a short text says by what.
    Passed(String),
    /// It cannot be told; something is missing.
    Unknown(Missing),
    /// It does not hold.
    Failed(Error),
}

/// What is missing for a verdict, and what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Missing {
    /// There is no view of the ledger.
    #[error("there is no view of the ledger: sync")]
    View,
    /// The view is older than the policy allows, or the clock is ahead.
    #[error("the view of the ledger is {age} s old, {limit} s are allowed: sync, and look at the clock")]
    ViewTooOld {
        /// Its age in seconds by the clock.
        age: i64,
        /// The oldest that the policy allows.
        limit: i64,
    },
    /// The view is cosigned by fewer members than the policy asks for.
    #[error("{cosigners} members cosigned the view of the ledger, {needed} are needed: sync")]
    Quorum {
        /// How many did.
        cosigners: usize,
        /// How many are needed.
        needed: usize,
    },
    /// The clock is behind a time that a quorum of members signed.
    #[error("the clock is at least {by} s behind the ledger: set the clock")]
    ClockBehind {
        /// Seconds.
        by: i64,
    },
    /// The clock is ahead of the ledger by more than any view may be old.
    #[error("the clock is {by} s ahead of the ledger: set the clock, or sync")]
    ClockAhead {
        /// Seconds.
        by: i64,
    },
    /// The credential's batch is not in the view.
    #[error("the credential's batch is not in the view of the ledger: sync")]
    Batch,
    /// The credential came without the proof that leads to its batch.
    #[error("the proof of the credential's place was left out: show the code with it")]
    Proof,
    /// The view has no status of this issuer.
    #[error("the view of the ledger has no status of this issuer: sync")]
    Status,
    /// The policy asks for more of the person than was shown.
    #[error("more has to be shown of the person")]
    Disclosure {
        /// The least that the policy asks for.
        needed: Disclosure,
    },
    /// The memory of tokens seen at this door is full.
    #[error("too many codes within two minutes: wait a moment and show a new one")]
    ReplayMemory,
    /// The country has no rules for this certificate.
    #[error("the country has no rules for this certificate: import its rules")]
    Rules,
    /// A rule of the country cannot be evaluated here.
    #[error("rule {identifier} cannot be evaluated here")]
    RuleOpen {
        /// The rule's identifier.
        identifier: String,
        /// Why not.
        reason: Open,
    },
    /// A check that the verdict depends on was not done: a mistake in this program.
    #[error("the check {} was not done", .0.name())]
    NotDone(Check),
    /// No check failed, and still nothing was found to accept the credential on: a mistake in this program.
    #[error("there is nothing to accept the credential on")]
    Basis,
}

impl Missing {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::View => "view-missing",
            Self::ViewTooOld { .. } => "view-too-old",
            Self::Quorum { .. } => "quorum-missing",
            Self::ClockBehind { .. } => "clock-behind",
            Self::ClockAhead { .. } => "clock-ahead",
            Self::Batch => "batch-missing",
            Self::Proof => "proof-missing",
            Self::Status => "status-missing",
            Self::Disclosure { .. } => "disclosure-missing",
            Self::ReplayMemory => "replay-memory-full",
            Self::Rules => "rules-missing",
            Self::RuleOpen { .. } => "rule-open",
            Self::NotDone(_) => "check-not-done",
            Self::Basis => "basis-missing",
        }
    }
}

/// Why a credential may be accepted. Each variant demands the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// A result of an issuer of this ledger.
    Registered {
        /// The credential's shape.
        shape: Shape,
        /// That the policy accepts the test.
        test: AcceptedTest,
        /// How it is known to be on the ledger.
        anchoring: Anchoring,
    },
    /// A certificate of an issuer that this ledger does not know, by the rules of a country.
    Foreign {
        /// What it certifies.
        entry: ForeignEntry,
        /// That the country's rules are satisfied.
        rules: RulesPassed,
    },
}

/// How a credential is known to be on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchoring {
    /// Its proof leads to a batch in the view.
    InView,
    /// It is too new to be in the view, and the policy lets that pass for a moment.
    Grace(GraceAdmitted),
}

/// What a foreign certificate certifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignEntry {
    /// A test, which was negative.
    Test(NotDetected),
    /// A vaccination.
    Vaccination,
    /// A recovery.
    Recovery,
}

impl Basis {
    fn demands(&self, check: Check) -> bool {
        let always = matches!(
            check,
            Check::Decoding | Check::Issuer | Check::Signature | Check::Validity
        );
        let by_basis = match self {
            Self::Registered { shape, anchoring, .. } => match check {
                Check::Holder | Check::Freshness | Check::Replay => *shape == Shape::SdCwt,
                Check::Anchor => *anchoring == Anchoring::InView,
                check => check != Check::Rules,
            },
            Self::Foreign { entry, .. } => match check {
                Check::Outcome => matches!(entry, ForeignEntry::Test(_)),
                check => matches!(check, Check::Shape | Check::Rules),
            },
        };
        always || by_basis
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Registered {
                anchoring: Anchoring::InView,
                ..
            } => "anchored",
            Self::Registered {
                anchoring: Anchoring::Grace(_),
                ..
            } => "grace",
            Self::Foreign { .. } => "country-rules",
        }
    }
}

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

/// The checks of one credential while they are being done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checklist {
    lines: [Line; Check::ALL.len()],
}

/// One check and how it ended.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// The check.
    pub check: Check,
    /// How it ended.
    pub finding: Finding,
}

/// A verdict with every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    verdict: Verdict,
    lines: [Line; Check::ALL.len()],
}

impl Default for Checklist {
    fn default() -> Self {
        Self {
            lines: Check::ALL.map(|check| Line {
                check,
                finding: Finding::NotDone,
            }),
        }
    }
}

impl Checklist {
    /// Notes that a check passed, unless it was found otherwise before. The evidence is shown at the door: it must not
    /// hold more of the person than was disclosed.
    pub fn passed(&mut self, check: Check, evidence: &str) {
        self.note(
            check,
            Finding::Passed(evidence.chars().take(MAX_EVIDENCE).collect()),
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
        let line = &mut self.lines[check as usize];
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

impl Finding {
    fn weight(&self) -> u8 {
        match self {
            Self::NotDone => 0,
            Self::Passed(_) => 1,
            Self::Unknown(_) => 2,
            Self::Failed(_) => 3,
        }
    }

    fn error(&self) -> Option<&Error> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }

    fn missing(&self) -> Option<&Missing> {
        match self {
            Self::Unknown(missing) => Some(missing),
            _ => None,
        }
    }
}

impl fmt::Debug for Finding {
    /// Without the evidence, which may tell of the person or the test.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotDone => "not-done",
            Self::Passed(_) => "passed",
            Self::Unknown(missing) => missing.code(),
            Self::Failed(error) => error.code(),
        })
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {:?}", self.check, self.finding)
    }
}

/// A code and a sentence, as both reasons and what is missing are written.
#[derive(Serialize)]
struct Said {
    code: &'static str,
    text: String,
}

impl From<&Error> for Said {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code(),
            text: error.to_string(),
        }
    }
}

impl From<&Missing> for Said {
    fn from(missing: &Missing) -> Self {
        Self {
            code: missing.code(),
            text: missing.to_string(),
        }
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("Report", 3)?;
        match &self.verdict {
            Verdict::Accept(basis) => {
                report.serialize_field("verdict", "accept")?;
                report.serialize_field("basis", basis.name())?;
            }
            Verdict::Reject(reasons) => {
                report.serialize_field("verdict", "reject")?;
                report.serialize_field("reasons", &reasons.iter().map(Said::from).collect::<Vec<_>>())?;
            }
            Verdict::Indeterminate(missing) => {
                report.serialize_field("verdict", "indeterminate")?;
                report.serialize_field("missing", &missing.iter().map(Said::from).collect::<Vec<_>>())?;
            }
        }
        report.serialize_field("checks", &self.lines)?;
        report.end()
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_struct("Line", 3)?;
        line.serialize_field("check", self.check.name())?;
        let (outcome, code, evidence) = match &self.finding {
            Finding::NotDone => ("not-done", None, None),
            Finding::Passed(evidence) => ("passed", None, Some(evidence.clone())),
            Finding::Unknown(missing) => ("unknown", Some(missing.code()), Some(missing.to_string())),
            Finding::Failed(error) => ("failed", Some(error.code()), Some(error.to_string())),
        };
        line.serialize_field("outcome", outcome)?;
        if let Some(code) = code {
            line.serialize_field("code", code)?;
        }
        if let Some(evidence) = evidence {
            line.serialize_field("evidence", &evidence)?;
        }
        line.end()
    }
}
