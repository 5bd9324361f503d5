//! Proofs that a wallet has a key, of which the input is header and payload in JSON: they are signed with the key of a
//! wallet, and `$JWK` stands for its public half.
#![no_main]

use fuzz::{
    base64url,
    files::parts,
    office::{self, JSON},
};
use libfuzzer_sys::fuzz_target;
use schemas::crypto::SigningKey as _;
use serde_json::json;

fuzz_target!(|bytes: &[u8]| {
    office::with(|office| {
        let text = |part: &[u8]| match core::str::from_utf8(part) {
            Ok(text) => base64url(office.fill(text).as_bytes()),
            Err(_) => base64url(part),
        };
        let mut parts = parts(bytes).map(|(_, part)| text(part));
        let (Some(header), Some(payload)) = (parts.next(), parts.next()) else {
            return;
        };
        let signed = format!("{header}.{payload}");
        let signature = office.holder().sign(signed.as_bytes()).expect("a signature");
        let jwt = format!("{signed}.{}", base64url(&signature.0));
        let body = json!({ "credential_configuration_id": "attest-sd-cwt", "proofs": { "jwt": [jwt] } });
        let (status, _) = office.post(3, "/credential", JSON, body.to_string().into_bytes());
        assert!(status.as_u16() < 500, "{status}");
    });
});
