//! Signed notes (C2SP signed-note): a note has one form.
#![no_main]

use ledger::note::{MAX_SIGNATURES, Note};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(note) = Note::parse(bytes) else { return };
    assert_eq!(note.to_string().as_bytes(), bytes);
    assert!((1..=MAX_SIGNATURES).contains(&note.signatures().len()));
    let mut again = Note::new(note.unverified_text().to_owned()).expect("the text of a note");
    for line in note.signatures() {
        again.add(line.clone()).expect("as many as were read");
    }
});
