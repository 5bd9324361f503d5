//! Copies that an issuer sends to a wallet: what was taken in can be kept, and shown to a door that reads it.
#![no_main]

use fuzz::ES256;
use generate::world::NOW;
use libfuzzer_sys::fuzz_target;
use schemas::{
    IssuerNumber,
    crypto::Es256Signature,
    sd_cwt::profile::{Audience, Group, HeldCopy, Presentation},
};
use wallet_core::{Anchoring, Consent, Issuance, KeyHandle, OrderedKey, Receipt, Vault};

fuzz_target!(|bytes: &[u8]| {
    let Ok(copy) = HeldCopy::decode(bytes) else { return };
    let receipt = Receipt::new(IssuerNumber(1), "https://issuer.example", b"reference", NOW);
    let key = OrderedKey {
        handle: KeyHandle::new(&[1; 16]).expect("a handle"),
        public: copy.holder(),
    };
    let mut vault = Vault::new();
    let number = vault
        .order(receipt.expect("a receipt"), vec![key])
        .expect("an order");
    let issuance = Issuance {
        issuer: &ES256,
        root: &|_| None,
    };
    if vault.accept(number, &[bytes], &issuance, NOW).is_err() {
        return;
    }
    let mut vault = Vault::decode(&vault.encode().expect("what was taken in")).expect("what was written");
    let shown = vault.show(
        number,
        &[Group::Result],
        Audience::AnyDoor,
        Consent::FreshOnly,
        Anchoring::MayFollow,
        NOW,
    );
    let Ok((presenter, _)) = shown else { return };
    let Ok(renewal) = presenter.renew(NOW) else { return };
    let shown = renewal.answer(&Es256Signature([1; 64]));
    if shown.text().len() <= 4_296 {
        let read = Presentation::decode_text(shown.text()).expect("what a wallet shows");
        assert_eq!(read.unverified_place(), copy.place());
    }
});
