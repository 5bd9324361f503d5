//! What an issuer asks the registrar, of which the input is header and payload in JSON.
#![no_main]

use fuzz::{Gullible, base64url, files::parts};
use issuer::key_request::KeyRequest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = parts(bytes).map(|(_, part)| base64url(part));
    let (Some(header), Some(payload)) = (parts.next(), parts.next()) else {
        return;
    };
    let text = format!("{header}.{payload}.{}", base64url(&[1; 64]));
    let _ = KeyRequest::verify(&text, &Gullible);
});
