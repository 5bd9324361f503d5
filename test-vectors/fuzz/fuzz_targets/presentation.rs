//! A presentation, step by step: what is accepted is fresh.
#![no_main]

use fuzz::{ES256, Gullible};
use generate::world::NOW;
use libfuzzer_sys::fuzz_target;
use schemas::{
    base45,
    sd_cwt::profile::{Audience, Claims, FRESHNESS, PREFIX, Presentation},
};

fuzz_target!(|bytes: &[u8]| {
    let read = Presentation::decode(bytes);
    let text = [PREFIX, &base45::encode(bytes)].concat();
    assert!(text.len() > 4_296 || Presentation::decode_text(&text).is_ok() == read.is_ok());
    let Ok(presentation) = read else { return };
    let place = presentation.unverified_place();
    let Ok(claims) = validate(presentation) else {
        return;
    };
    assert_eq!(claims.place(), place);
    assert!(claims.expires_at() > NOW && claims.issued_at() <= claims.expires_at());
    let age = NOW.since(claims.presented_at());
    assert!((-FRESHNESS.max_ahead..=FRESHNESS.max_age).contains(&age));
});

fn validate(presentation: Presentation) -> Result<Claims, schemas::Error> {
    let issuer = presentation.verify_issuer(&ES256)?;
    issuer
        .verify_binding(&Gullible)?
        .validate(NOW, &Audience::AnyDoor, FRESHNESS)
}
