//! An issuer's offer, as JSON or as a link, and the requests that a wallet makes of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wallet_core::pick_up::{Offer, PickUp, Wish};

fuzz_target!(|text: &str| {
    let Ok(offer) = Offer::read(text) else { return };
    let Wish::Ask(request) = PickUp::take_up(&offer, "493536").wish() else {
        panic!("the first wish is a request");
    };
    assert!(
        request.url.starts_with(offer.issuer()),
        "a request to another host"
    );
});
