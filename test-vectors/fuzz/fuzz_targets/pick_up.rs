//! What an issuer's service answers to a wallet, whatever it is asked: bodies with a zero byte between them.
#![no_main]

use fuzz::ES256;
use generate::world::NOW;
use libfuzzer_sys::fuzz_target;
use schemas::crypto::{Es256Signature, P256Point};
use wallet_core::{
    Issuance, KeyHandle, OrderedKey, Vault,
    pick_up::{Answer, Offer, PickUp, Response, Wish},
};

const OFFER: &str = r#"{"credential_issuer":"https://issuer.example","credential_configuration_ids":["attest-sd-cwt"],"grants":{"urn:ietf:params:oauth:grant-type:pre-authorized_code":{"pre-authorized_code":"nF","tx_code":{"input_mode":"numeric","length":6}}}}"#;

fuzz_target!(|answers: &[u8]| {
    let offer = Offer::read(OFFER).expect("an offer");
    let mut vault = Vault::new();
    let mut pick_up = PickUp::take_up(&offer, "493536");
    let issuance = Issuance {
        issuer: &ES256,
        root: &|_| None,
    };
    let keys: Vec<OrderedKey> = (0..8)
        .map(|number| OrderedKey {
            handle: KeyHandle::new(&[number; 16]).expect("a handle"),
            public: P256Point::from_sec1(&[&[2][..], &[number; 32]].concat()).expect("a point"),
        })
        .collect();
    let mut bodies = answers.split(|byte| *byte == 0);
    for _ in 0..24 {
        let signatures;
        let answer = match pick_up.wish() {
            Wish::Ask(_) => match bodies.next() {
                Some(body) => Answer::Response(Response { status: 200, body }),
                None => return,
            },
            Wish::MakeKeys(count) => Answer::Keys(&keys[..count]),
            Wish::Sign(messages) => {
                signatures = vec![Es256Signature([7; 64]); messages.len()];
                Answer::Signatures(&signatures)
            }
            Wish::Save { .. } => Answer::Saved,
            Wish::Vouch { .. } => Answer::Issuance(&issuance),
            Wish::Wait => Answer::Waited,
            Wish::Done => break,
        };
        // After a refusal it wishes the same again.
        let _ = pick_up.answer(answer, &mut vault, NOW);
        vault.encode().expect("a vault is written at every step");
    }
});
