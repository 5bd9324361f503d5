//! Status List Tokens as CWT: what is read can be written and read again.
#![no_main]

use fuzz::ES256;
use libfuzzer_sys::fuzz_target;
use schemas::{KeyId, crypto::Es256Signature, status_list::StatusListToken};

fuzz_target!(|bytes: &[u8]| {
    let Ok(token) = StatusListToken::verify_cwt(bytes, &ES256) else {
        return;
    };
    if let Ok(request) = token.claims().to_cwt(&KeyId([1; 8])) {
        let written = request.signed(Es256Signature([1; 64])).encode();
        assert_eq!(StatusListToken::verify_cwt(&written, &ES256), Ok(token));
    }
});
