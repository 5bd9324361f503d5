//! Compact JWS (RFC 7515): a text is read only if it is written so.
#![no_main]

use fuzz::{ES256, base64url};
use libfuzzer_sys::fuzz_target;
use schemas::{
    crypto::Es256Signature,
    jws::{Jws, ToBeSigned},
};

fuzz_target!(|text: &str| {
    let Ok(jws) = Jws::decode(text) else { return };
    let parts: Vec<&str> = text.split('.').collect();
    assert_eq!(parts.len(), 3);
    assert_eq!(base64url(jws.unverified_payload()), parts[1]);
    assert!(text.as_bytes().starts_with(jws.signed_bytes()));
    if jws.verify(&ES256).is_ok() {
        let written = ToBeSigned::new(jws.header().clone(), jws.unverified_payload());
        let written = written.signed(Es256Signature([1; 64]));
        if let Ok(again) = Jws::decode(&written) {
            assert_eq!(again.header(), jws.header());
            assert_eq!(again.unverified_payload(), jws.unverified_payload());
        } else {
            assert!(written.len() > text.len(), "what was written is refused");
        }
    }
});
