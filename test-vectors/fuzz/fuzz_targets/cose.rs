//! COSE_Sign1 (RFC 9052): what is read can be written and read again, and is signed over the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::{
    cbor::{Lengths, MAX_BYTES},
    cose::Sign1,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(read) = Sign1::decode(bytes, Lengths::Any) else {
        return;
    };
    let _ = (read.verify(&fuzz::ES256), read.verify_detached(b"", &fuzz::ES256));
    for written in [read.encode(), read.encode_untagged()] {
        let again = Sign1::decode_within(&written, Lengths::DefiniteOnly, 2 * MAX_BYTES);
        let again = again.or_else(|_| Sign1::decode_within(&written, Lengths::Any, 2 * MAX_BYTES));
        let again = again.expect("what was written");
        assert_eq!(again.signed_bytes(), read.signed_bytes());
        assert_eq!(again.signed_bytes_over(b""), read.signed_bytes_over(b""));
        assert_eq!(again.signature(), read.signature());
        assert_eq!(again.algorithm(), read.algorithm());
        assert_eq!(again.key_id(), read.key_id());
        assert_eq!(again.encode(), read.encode());
    }
});
