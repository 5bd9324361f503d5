//! Verdicts for people and for programs.

use crate::input::InputError;
use serde_json::{Value, json};
use std::fmt::Write;
use verifier::{
    Examination, Verdict,
    shown::{Shown, ShownPerson},
    verdict::{Basis, Finding, Line},
};

/// Characters of a name in the table.
const NAME_WIDTH: usize = 40;

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

/// What became of an input, with its name.
pub type Judged = (String, Result<Examination, InputError>);

/// All inputs for people: one in full, several in a table. What could not be read has a row of its own there.
#[must_use]
pub fn all_as_text(judged: &[Judged]) -> String {
    match judged {
        [(name, Ok(examination))] => in_full(name, examination),
        // Why was said already, and there is no table that would miss it.
        [(_, Err(_))] => String::new(),
        many => many.iter().map(row).collect(),
    }
}

/// All inputs for programs: an object for one, a list for several. What could not be read has an entry of its own.
#[must_use]
pub fn all_as_json(judged: &[Judged]) -> Value {
    let entry = |(name, found): &Judged| match found {
        Ok(examination) => examination.to_json(name),
        Err(error) => json!({ "input": name, "code": error.code(), "text": error.to_string() }),
    };
    match judged {
        [one] => entry(one),
        many => many.iter().map(entry).collect(),
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
    if let Verdict::Accept(basis) = examination.report.verdict() {
        for note in basis.notes() {
            let _ = writeln!(text, "  note         {note} [{}]", note.code());
        }
    }
    text
}

/// A line of the table. Of a long name the end is kept, where paths differ.
fn row((name, found): &Judged) -> String {
    let too_many = name.chars().count().saturating_sub(NAME_WIDTH);
    let name: String = match too_many {
        0 => name.clone(),
        _ => ['…'].into_iter().chain(name.chars().skip(too_many + 1)).collect(),
    };
    let (word, reasons) = match found {
        Ok(examination) => {
            let verdict = examination.report.verdict();
            (word(verdict), reasons(verdict))
        }
        Err(error) => ("unreadable", error.code().to_owned()),
    };
    format!("{name:<NAME_WIDTH$}  {word:<13}  {reasons}\n")
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
        Verdict::Accept(basis @ Basis::Registered { .. }) => {
            basis.notes().iter().map(|note| note.code()).collect()
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::door;

    fn judged(name: &str) -> Judged {
        (name.into(), Ok(door().examine("HC1:ABC")))
    }

    fn unreadable(name: &str) -> Judged {
        (name.into(), Err(InputError::NotText { name: name.into() }))
    }

    #[test]
    fn a_row_keeps_the_end_of_the_name() {
        let cut = row(&judged("/a/very/long/path/that/is/cut/at/its/start/code-17.png"));
        assert!(cut.starts_with("…"), "{cut}");
        assert!(cut.contains("start/code-17.png  reject  "), "{cut}");
        let whole = "a".repeat(NAME_WIDTH);
        let rows = [row(&judged(&whole)), cut];
        assert!(rows[0].starts_with(&whole));
        let starts = rows.map(|row| row.chars().position(|character| character == ' '));
        assert_eq!(starts, [Some(NAME_WIDTH); 2]);
    }

    #[test]
    fn what_cannot_be_read_is_not_left_out() {
        let both = [judged("code.png"), unreadable("noise")];
        let json = all_as_json(&both);
        assert_eq!(json[0]["verdict"], "reject");
        assert_eq!(json[1]["input"], "noise");
        assert_eq!(json[1]["code"], "input-not-text");
        assert!(json[1]["text"].is_string());
        let table = all_as_text(&both);
        assert_eq!(table.lines().count(), 2, "{table}");
        assert!(table.contains("unreadable     input-not-text"), "{table}");

        let [_, one] = both;
        assert_eq!(all_as_json(&[one])["code"], "input-not-text");
        assert!(all_as_json(&[judged("code.png")]).is_object());
    }
}
