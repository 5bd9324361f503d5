//! A wallet and an issuer's service, without a network between them.

use super::*;
use crate::{
    Consent, Stock,
    vault::tests::{ISSUER, NOW, Room, batch, no_roots},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use schemas::{
    crypto::{Crypto, SigningKey, aws_lc::AwsLc},
    jws::Jws,
    sd_cwt::profile::Audience,
};
use serde_json::{Value, json};

mod moves;

const SERVICE: &str = "https://issuer.example";

/// An issuer that signs for the keys of a [`Room`], and a wallet that has them.
struct Meeting {
    room: Room,
    vault: Vault,
    /// Keys that were made so far.
    made: usize,
    /// Whether the ledger has the batches.
    is_anchored: bool,
    /// What the service said about the last refresh.
    replaces: bool,
    /// What happened, in order.
    log: Vec<String>,
}

impl Meeting {
    fn new() -> Self {
        Self {
            room: Room::new(12),
            vault: Vault::new(),
            made: 0,
            is_anchored: false,
            replaces: false,
            log: Vec::new(),
        }
    }

    fn offer(&self) -> Offer {
        Offer {
            issuer: SERVICE.to_owned(),
            code: "c o/de".to_owned(),
        }
    }

    /// Carries out wishes until the pick-up waits or is done.
    fn go_on(&mut self, pick_up: &mut PickUp) -> Result<Wish, Error> {
        loop {
            let wish = pick_up.wish();
            match &wish {
                Wish::Ask(request) => {
                    let body = self.serve(request);
                    let response = Response {
                        status: 200,
                        body: body.as_bytes(),
                    };
                    pick_up.answer(Answer::Response(response), &mut self.vault, NOW)?;
                }
                Wish::MakeKeys(count) => {
                    self.log.push(format!("make {count}"));
                    let keys = self.room.ordered()[self.made..][..*count].to_vec();
                    self.made += count;
                    pick_up.answer(Answer::Keys(&keys), &mut self.vault, NOW)?;
                }
                Wish::Sign(requests) => {
                    let sign = |(handle, bytes): &(KeyHandle, Vec<u8>)| {
                        let index = self.room.ordered().iter().position(|key| key.handle == *handle);
                        self.room.keys[index.unwrap()].sign(bytes).unwrap()
                    };
                    let signatures: Vec<_> = requests.iter().map(sign).collect();
                    pick_up.answer(Answer::Signatures(&signatures), &mut self.vault, NOW)?;
                }
                Wish::Save { destroy } => {
                    self.log.push(format!("save -{}", destroy.len()));
                    pick_up.answer(Answer::Saved, &mut self.vault, NOW)?;
                }
                Wish::Vouch { issuer, .. } => {
                    assert_eq!(*issuer, ISSUER);
                    let issuance = Issuance {
                        issuer: &*self.room.public(),
                        root: &no_roots,
                    };
                    pick_up.answer(Answer::Issuance(&issuance), &mut self.vault, NOW)?;
                }
                Wish::Wait | Wish::Done => return Ok(wish),
            }
        }
    }

    fn serve(&mut self, request: &Request) -> String {
        let path = request.url.strip_prefix(SERVICE).unwrap();
        let body = request.body.as_ref().map(|body| body.parts());
        self.log.push(path.to_owned());
        match path {
            "/.well-known/openid-credential-issuer" => {
                json!({ "credential_issuer": SERVICE, "attest_issuer_number": ISSUER.0 })
            }
            "/token" => {
                let form = body.unwrap().0;
                let first = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code\
                    &pre-authorized_code=c%20o%2Fde&tx_code=123456";
                let again = [
                    "grant_type=refresh_token&refresh_token=r0",
                    "grant_type=refresh_token&refresh_token=r1",
                ];
                assert!(form == first || again.contains(&form), "{form}");
                let reference = if self.replaces { "r1" } else { "r0" };
                json!({ "access_token": "t", "refresh_token": reference, "attest_replaces": self.replaces })
            }
            "/nonce" => json!({ "c_nonce": "n" }),
            "/credential" => {
                assert_eq!(request.token.as_deref(), Some("t"));
                let asked: Value = serde_json::from_str(body.unwrap().0).unwrap();
                let proofs = asked["proofs"]["jwt"].as_array().unwrap();
                let copies = proofs.iter().map(|proof| self.issue(proof.as_str().unwrap()));
                json!({ "credentials": copies.collect::<Vec<_>>(), "notification_id": "q" })
            }
            "/notification" => {
                assert_eq!(request.token.as_deref(), Some("t"));
                return String::new();
            }
            other => panic!("{other}"),
        }
        .to_string()
    }

    fn issue(&self, proof: &str) -> Value {
        let jws = Jws::decode(proof).unwrap();
        assert_eq!(jws.parameter("typ"), Some("openid4vci-proof+jwt"));
        let payload = json!({ "aud": SERVICE, "iat": NOW.0, "nonce": "n" });
        assert_eq!(
            serde_json::from_slice::<Value>(jws.unverified_payload()).unwrap(),
            payload
        );
        let holds = |key: &OrderedKey| jws.verify(&*AwsLc.es256(&key.public).unwrap()).is_ok();
        let index = self
            .room
            .ordered()
            .iter()
            .position(holds)
            .expect("a key of the wallet");
        let mut copy = self.room.copy(index);
        if self.is_anchored {
            copy.set_proof(batch(&copy).proof(copy.place().slot));
        }
        json!({ "credential": BASE64_URL_SAFE_NO_PAD.encode(copy.encode()) })
    }

    fn spend(&mut self, number: HoldingNumber) {
        let needed = (Consent::FreshOnly, crate::Anchoring::Needed);
        self.vault
            .show(number, &[], Audience::AnyDoor, needed.0, needed.1, NOW)
            .unwrap();
    }
}

#[test]
fn an_offer_becomes_copies_with_proofs() {
    let mut meeting = Meeting::new();
    let mut pick_up = PickUp::take_up(&meeting.offer(), " 123456 ");
    assert_eq!(meeting.go_on(&mut pick_up).unwrap(), Wish::Wait);
    // The order is saved before it goes out, the copies before the issuer hears of them.
    let fetch = ["/nonce", "/credential", "save -0"];
    let first = [
        &[
            "/.well-known/openid-credential-issuer",
            "/token",
            "make 4",
            "save -0",
        ][..],
        &fetch,
        &["/notification"],
    ];
    assert_eq!(meeting.log, first.concat());
    meeting.log.clear();
    meeting.is_anchored = true;
    pick_up.answer(Answer::Waited, &mut meeting.vault, NOW).unwrap();
    assert_eq!(meeting.go_on(&mut pick_up).unwrap(), Wish::Done);
    assert_eq!(meeting.log, fetch);
    let number = pick_up.holding().unwrap();
    assert_eq!(meeting.vault.pass(number).unwrap().stock(NOW), Stock::Enough(4));

    // The same offer again is the same order, with nothing more to fetch.
    let mut again = PickUp::take_up(&meeting.offer(), "123456");
    assert_eq!(meeting.go_on(&mut again).unwrap(), Wish::Done);
    assert_eq!((again.holding(), meeting.made), (Some(number), 4));
}

#[test]
fn a_receipt_brings_more_when_copies_run_low() {
    let mut meeting = Meeting::new();
    meeting.is_anchored = true;
    let mut pick_up = PickUp::take_up(&meeting.offer(), "123456");
    meeting.go_on(&mut pick_up).unwrap();
    let number = pick_up.holding().unwrap();
    for (spent, made) in [(2, 4), (1, 8), (0, 8)] {
        (0..spent).for_each(|_| meeting.spend(number));
        let mut refresh = PickUp::resume(&meeting.vault, number).unwrap();
        assert_eq!(meeting.go_on(&mut refresh).unwrap(), Wish::Done);
        assert_eq!((meeting.made, refresh.is_replaced()), (made, false));
    }
}

#[test]
fn a_correction_replaces_what_is_held() {
    let mut meeting = Meeting::new();
    meeting.is_anchored = true;
    let mut pick_up = PickUp::take_up(&meeting.offer(), "123456");
    meeting.go_on(&mut pick_up).unwrap();
    let number = pick_up.holding().unwrap();
    let old: Vec<_> = meeting.vault.keys().cloned().collect();
    meeting.log.clear();
    meeting.replaces = true;
    let mut refresh = PickUp::resume(&meeting.vault, number).unwrap();
    assert_eq!(meeting.go_on(&mut refresh).unwrap(), Wish::Done);
    assert!(refresh.is_replaced());
    // The old keys end in the same write that notes the new order.
    assert_eq!(meeting.log[..3], ["/token", "make 4", "save -4"]);
    let pass = meeting.vault.pass(number).unwrap();
    assert_eq!((pass.receipt().reference(), pass.copies().len()), (&b"r1"[..], 4));
    assert!(meeting.vault.keys().all(|key| !old.contains(key)));
}

#[test]
fn what_fails_can_be_asked_again() {
    let mut meeting = Meeting::new();
    let mut pick_up = PickUp::take_up(&meeting.offer(), "123456");
    let wish = pick_up.wish();
    let mut refused = |pick_up: &mut PickUp, answer| {
        pick_up
            .answer(answer, &mut meeting.vault, NOW)
            .unwrap_err()
            .code()
    };
    assert_eq!(refused(&mut pick_up, Answer::Saved), "pick-up-out-of-turn");
    let answers = [
        (400, "", "issuer-refused"),
        (200, "<html>", "issuer-answer-malformed"),
        (
            200,
            r#"{"credential_issuer":"https://other.example","attest_issuer_number":3}"#,
            "issuer-answer-malformed",
        ),
        (
            200,
            r#"{"credential_issuer":"https://issuer.example"}"#,
            "issuer-answer-malformed",
        ),
    ];
    for (status, body, code) in answers {
        let body = body.as_bytes();
        assert_eq!(
            refused(&mut pick_up, Answer::Response(Response { status, body })),
            code
        );
        assert_eq!(pick_up.wish(), wish);
    }
    assert_eq!(
        PickUp::resume(&meeting.vault, HoldingNumber(7))
            .unwrap_err()
            .code(),
        "not-held"
    );
    assert_eq!(meeting.go_on(&mut pick_up).unwrap(), Wish::Wait);
}
