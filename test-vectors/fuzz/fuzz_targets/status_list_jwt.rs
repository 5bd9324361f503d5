//! Status List Tokens as JWT, of which the input is header and payload in JSON: what is read can be written and read
//! again.
#![no_main]

use fuzz::{ES256, base64url, files::parts};
use libfuzzer_sys::fuzz_target;
use schemas::{crypto::Es256Signature, status_list::StatusListToken};

fuzz_target!(|bytes: &[u8]| {
    let mut parts = parts(bytes).map(|(_, part)| base64url(part));
    let (Some(header), Some(payload)) = (parts.next(), parts.next()) else {
        return;
    };
    let text = format!("{header}.{payload}.{}", base64url(&[1; 64]));
    let Ok(token) = StatusListToken::verify_jwt(&text, &ES256) else {
        return;
    };
    if let Ok(request) = token.claims().to_jwt("1") {
        let written = request.signed(Es256Signature([1; 64]));
        assert_eq!(StatusListToken::verify_jwt(&written, &ES256), Ok(token));
    }
});
