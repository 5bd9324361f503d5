//! A verdict as JSON (`schemas/spec/json/verdict.schema.json`).

use super::{Finding, Line, Missing, Note, Report, Verdict};
use crate::{
    Error, Examination,
    shown::{Shown, ShownPerson},
};
use schemas::{UnixTime, health::TestKind};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

impl Examination {
    /// For programs: the report, and what was shown. `input` names what was examined.
    #[must_use]
    pub fn to_json(&self, input: &str) -> Value {
        let mut value = serde_json::to_value(&self.report).unwrap_or_default();
        if let Value::Object(object) = &mut value {
            object.insert("input".into(), input.into());
            let shown = self.shown.as_ref().map_or(Value::Null, shown);
            object.insert("shown".into(), shown);
        }
        value
    }
}

fn shown(shown: &Shown) -> Value {
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
    let time = OffsetDateTime::from_unix_timestamp(time.0).ok()?;
    time.format(&Rfc3339).ok()
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

impl From<&Note> for Said {
    fn from(note: &Note) -> Self {
        Self {
            code: note.code(),
            text: note.to_string(),
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
                if !basis.notes().is_empty() {
                    let notes: Vec<_> = basis.notes().iter().map(Said::from).collect();
                    report.serialize_field("notes", &notes)?;
                }
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
            Finding::Unknown(missing) => ("unknown", Some(missing.code()), Some(missing.to_string().into())),
            Finding::Failed(error) => ("failed", Some(error.code()), Some(error.to_string().into())),
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
