//! A report as JSON (`schemas/spec/json/verdict.schema.json`).

use super::{Finding, Line, Missing, Report, Verdict};
use crate::Error;
use serde::{Serialize, Serializer, ser::SerializeStruct};

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
