//! SD-CWTs of any issuer, and key binding tokens over them.
#![no_main]

use fuzz::{ES256, Gullible};
use libfuzzer_sys::fuzz_target;
use schemas::{
    Error, UnixTime,
    sd_cwt::{Expected, ExpectedNonce, Freshness, KeyBound, SdCwt},
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(token) = SdCwt::decode(bytes) {
        let written = token.encode();
        let again = SdCwt::decode(&written).expect("what was written");
        assert_eq!(again.encode(), written);
        assert_eq!(again.signed_bytes(), token.signed_bytes());
        let none = token.disclosing(|_| false);
        assert!(SdCwt::decode(&none.encode()).is_ok_and(|none| none.disclosures().is_empty()));
        if let Ok(signed) = token.verify(&ES256) {
            let _ = signed.disclosed();
            let _ = signed.receive(&signed.holder().clone(), UnixTime(1_700_000_000), 30);
        }
    }
    if let Ok(token) = KeyBound::decode(bytes) {
        let _ = validate(token);
    }
});

fn validate(token: KeyBound) -> Result<(), Error> {
    let expected = Expected {
        audience: "https://verifier.example/app",
        nonce: ExpectedNonce::None,
        freshness: Freshness {
            max_age: i64::MAX,
            max_ahead: i64::MAX,
        },
    };
    let validated = token
        .verify_issuer(&ES256)?
        .verify_binding(&Gullible)?
        .validate(UnixTime(1_700_000_000), &expected)?;
    let _ = (
        validated.claims(),
        validated.undisclosed(),
        validated.presented_at(),
    );
    Ok(())
}
