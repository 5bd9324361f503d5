//! What a witness answers (C2SP tlog-witness); the first byte chooses the status. An answer has one form.
#![no_main]

use ledger::witness::{Answer, SIZE_CONTENT_TYPE};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let [choice, body @ ..] = bytes else { return };
    let status = if choice % 2 == 0 { 200 } else { 409 };
    let written = match Answer::parse(status, SIZE_CONTENT_TYPE, body) {
        Ok(Answer::Cosigned(lines)) => lines.iter().map(ToString::to_string).collect(),
        Ok(Answer::Conflict(size)) => format!("{}\n", size.0),
        Ok(Answer::Refused(_)) | Err(_) => return,
    };
    assert_eq!(written.as_bytes(), body);
});
