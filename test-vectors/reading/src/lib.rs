//! The reader alone, as the pages' modules have it, for measuring: `read` with the effort that is asked for.

use schemas::qr::{Effort, read_pixels};
use serde::Deserialize;
use serde_json::json;
use web::{Answer, Module, Refusal};

/// Keeps nothing.
#[derive(Default)]
pub struct Reader;

/// A call of the measuring page.
#[derive(Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Call {
    /// Reads the codes in a picture; with it come its pixels, four bytes each.
    Read {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Whether all is tried.
        photo: bool,
    },
}

impl Module for Reader {
    type Call = Call;

    fn call(&mut self, call: Call, body: &[u8]) -> Result<Answer, Refusal> {
        let Call::Read { width, height, photo } = call;
        let effort = if photo { Effort::Photo } else { Effort::Frame };
        let texts = read_pixels(width, height, None, body, effort).map_err(|error| Refusal {
            code: error.code(),
            text: error.to_string(),
        })?;
        Ok(Answer::json(&json!({ "texts": texts })))
    }
}

web::export!(Reader);
