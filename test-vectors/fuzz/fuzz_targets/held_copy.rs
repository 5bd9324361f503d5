//! A copy as the issuer hands it to a wallet: what is read is written alike, and what a holder checked, a door can read.
#![no_main]

use fuzz::ES256;
use generate::world::NOW;
use libfuzzer_sys::fuzz_target;
use schemas::{
    crypto::Es256Signature,
    sd_cwt::profile::{Audience, Group, HeldCopy, Presentation},
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(copy) = HeldCopy::decode(bytes) else { return };
    let written = copy.encode();
    let again = HeldCopy::decode(&written).expect("what was written");
    assert_eq!(again.encode(), written);
    assert_eq!(
        (again.commitment(), again.place()),
        (copy.commitment(), copy.place())
    );
    if copy.verify(&ES256, &copy.holder(), NOW).is_ok() {
        for groups in [&[][..], &[Group::Result, Group::Initials], &Group::ALL] {
            let request = copy.choose(groups, &Audience::AnyDoor, NOW);
            let text = request.answer(&Es256Signature([1; 64]));
            if text.len() <= 4_296 {
                let read = Presentation::decode_text(&text).expect("what a wallet shows");
                assert_eq!(read.unverified_place(), copy.place());
            }
        }
    }
});
