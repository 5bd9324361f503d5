//! Verdicts for people and for programs.

use schemas::{UnixTime, health::TestKind};
use serde_json::{Value, json};
use std::fmt::Write;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use verifier::{
    Examination, Verdict,
    shown::{Shown, ShownPerson},
    verdict::{Basis, Finding, Line},
};

/// What to do after all inputs were judged, as the process's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Every credential is accepted.
    Accepted = 0,
    /// At least one cannot be told, and none is rejected.
    Indeterminate = 3,
    /// At least one is rejected.
    Rejected = 1,
    /// Something could not be read at all.
    Failed = 2,
}

impl Exit {
    /// The worse of two: a failure to read, then a rejection, then what cannot be told.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let weight = |exit| match exit {
            Self::Accepted => 0,
            Self::Indeterminate => 1,
            Self::Rejected => 2,
            Self::Failed => 3,
        };
        if weight(other) > weight(self) { other } else { self }
    }

    /// The exit code for a verdict.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Accept(_) => Self::Accepted,
            Verdict::Reject(_) => Self::Rejected,
            Verdict::Indeterminate(_) => Self::Indeterminate,
        }
    }
}

/// One credential's verdict in full: a line for each check, with the time it took.
#[must_use]
pub fn in_full(name: &str, examination: &Examination) -> String {
    let mut text = format!("{}  {name}\n", headline(examination.report.verdict()));
    for line in examination.report.lines() {
        let _ = writeln!(text, "{}", check(line));
    }
    if let Some(shown) = &examination.shown {
        let _ = writeln!(text, "  shown        {}", person(shown));
        let _ = writeln!(text, "  by           {}", shown.issuer);
    }
    text
}

/// Many verdicts, a line each.
#[must_use]
pub fn row(name: &str, examination: &Examination) -> String {
    let name: String = name.chars().take(40).collect();
    format!(
        "{name:<40}  {:<13}  {}",
        word(examination.report.verdict()),
        reasons(examination.report.verdict())
    )
}

/// A verdict for programs: the report, and what was shown.
#[must_use]
pub fn as_json(name: &str, examination: &Examination) -> Value {
    let mut value = serde_json::to_value(&examination.report).unwrap_or_default();
    if let Value::Object(object) = &mut value {
        object.insert("input".into(), name.into());
        object.insert(
            "shown".into(),
            examination.shown.as_ref().map_or(Value::Null, shown_json),
        );
    }
    value
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Accept(_) => "accept",
        Verdict::Reject(_) => "reject",
        Verdict::Indeterminate(_) => "indeterminate",
    }
}

fn headline(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Accept(Basis::Registered { .. }) => "ACCEPT".into(),
        Verdict::Accept(Basis::Foreign { .. }) => "ACCEPT by country rules, not anchored here".into(),
        Verdict::Reject(_) => format!("REJECT ({})", reasons(verdict)),
        Verdict::Indeterminate(_) => format!("INDETERMINATE ({})", reasons(verdict)),
    }
}

fn reasons(verdict: &Verdict) -> String {
    let codes: Vec<&str> = match verdict {
        Verdict::Accept(Basis::Registered { .. }) => Vec::new(),
        Verdict::Accept(Basis::Foreign { .. }) => vec!["not anchored here"],
        Verdict::Reject(reasons) => reasons.iter().map(verifier::Error::code).collect(),
        Verdict::Indeterminate(missing) => missing.iter().map(verifier::verdict::Missing::code).collect(),
    };
    codes.join(", ")
}

fn check(line: &Line) -> String {
    let (outcome, evidence) = match &line.finding {
        Finding::NotDone => ("–", String::new()),
        Finding::Passed(evidence) => ("passed", evidence.to_string()),
        Finding::Unknown(missing) => ("unknown", missing.to_string()),
        Finding::Failed(error) => ("FAILED", error.to_string()),
    };
    let took = match &line.finding {
        Finding::NotDone => String::new(),
        _ => format!("{:>6} µs", line.nanoseconds / 1_000),
    };
    format!("  {:<11}  {outcome:<7}  {took:>9}  {evidence}", line.check.name())
        .trim_end()
        .to_owned()
}

fn person(shown: &Shown) -> String {
    match &shown.person {
        ShownPerson::Nobody => "nobody: the result alone".into(),
        ShownPerson::Initials(initials) => {
            let born = initials
                .month_and_day
                .map(|(month, day)| format!(", born on --{month:02}-{day:02}"));
            format!(
                "{}. {}.{}",
                initials.given_name,
                initials.family_name,
                born.unwrap_or_default()
            )
        }
        ShownPerson::Person { name, birth_date } => format!("{name}, born {birth_date}"),
    }
}

fn shown_json(shown: &Shown) -> Value {
    let person = match &shown.person {
        ShownPerson::Nobody => Value::Null,
        ShownPerson::Initials(initials) => json!({
            "given-initial": initials.given_name,
            "family-initial": initials.family_name,
            "birth-month-and-day": initials.month_and_day.map(|(month, day)| format!("--{month:02}-{day:02}")),
        }),
        ShownPerson::Person { name, birth_date } => json!({ "name": name, "birth-date": birth_date }),
    };
    let test = shown.test.map(|kind| match kind {
        TestKind::Naat => "pcr",
        TestKind::RapidAntigen => "rapid",
    });
    json!({ "issuer": shown.issuer, "person": person, "test": test, "sampled-at": shown.sampled_at.and_then(rfc3339) })
}

fn rfc3339(time: UnixTime) -> Option<String> {
    OffsetDateTime::from_unix_timestamp(time.0)
        .ok()?
        .format(&Rfc3339)
        .ok()
}
