//! The calls of the page's script.

use schemas::qr::{Effort, Luma, read_luma};
use serde::Deserialize;
use serde_json::json;
use web::{Answer, Module, Refusal};

/// What the scanner page keeps in its module.
#[derive(Default)]
pub struct Scanner {}

/// A call of the page's script.
#[derive(Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Call {
    /// Reads the codes in a picture; with it come its pixels, four bytes each.
    Read {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
}

impl Module for Scanner {
    type Call = Call;

    fn call(&mut self, call: Call, body: &[u8]) -> Result<Answer, Refusal> {
        match call {
            Call::Read { width, height } => {
                let luma: Vec<u8> = body.chunks_exact(4).map(|pixel| pixel[1]).collect();
                let luma = Luma::new(width, height, &luma).map_err(|error| Refusal {
                    code: error.code(),
                    text: error.to_string(),
                })?;
                Ok(Answer::json(&json!({ "texts": read_luma(luma, Effort::Frame) })))
            }
        }
    }
}
