//! The call of the page's script.

use crate::read_pdf;
use serde::Deserialize;
use serde_json::json;
use web::{Answer, Module, Refusal};

/// Keeps nothing.
#[derive(Default)]
pub struct PdfReader;

/// A call of the page's script.
#[derive(Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Call {
    /// Reads the codes in a PDF; with it come the file's bytes.
    Read {},
}

impl Module for PdfReader {
    type Call = Call;

    fn call(&mut self, call: Call, body: &[u8]) -> Result<Answer, Refusal> {
        let Call::Read {} = call;
        let texts = read_pdf(body).map_err(|error| Refusal {
            code: error.code(),
            text: error.to_string(),
        })?;
        Ok(Answer::json(&json!({ "texts": texts })))
    }
}
