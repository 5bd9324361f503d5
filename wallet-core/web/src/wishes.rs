//! The wishes of a pick-up, for the script to carry out. The issuer's key is its service's own: whether a copy is any good
//! is for the door to say, which knows the ledger.

use crate::{
    Wallet, keys,
    refusal::{not_open, refused},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use schemas::{
    Hash, Place, UnixTime,
    crypto::{Crypto, p256::P256},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wallet_core::{
    Issuance,
    pick_up::{self, MAX_ANSWER_BYTES, PickUp, Request, Response, Wish},
};
use web::{Answer, Refusal};

/// How a wish came out.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Given {
    /// The status of an answer, whose body comes with it.
    Status(u16),
    /// The keys that were made.
    Keys(Vec<keys::Made>),
    /// The signatures, in their order.
    Signatures(Vec<String>),
    /// The vault is saved.
    Saved,
    /// Some seconds have passed.
    Waited,
}

impl Wallet {
    pub(crate) fn answer(&mut self, given: Given, body: &[u8], now: UnixTime) -> Result<Answer, Refusal> {
        let vault = self.vault.as_mut().ok_or_else(not_open)?;
        let pick_up = self.pick_up.as_mut().ok_or_else(not_open)?;
        let taken = match given {
            Given::Status(status) => {
                let response = Response { status, body };
                match pick_up.wish() {
                    Wish::Vouch { key, .. } => {
                        let key = response.issuer_key(key).map_err(refused)?;
                        let key = P256.es256(&key).map_err(refused)?;
                        let issuance = Issuance {
                            issuer: &*key,
                            root: &|_: Place| None::<Hash>,
                        };
                        pick_up.answer(pick_up::Answer::Issuance(&issuance), vault, now)
                    }
                    _ => pick_up.answer(pick_up::Answer::Response(response), vault, now),
                }
            }
            Given::Keys(made) => {
                let made: Vec<_> = made.iter().map(keys::Made::read).collect::<Result<_, _>>()?;
                pick_up.answer(pick_up::Answer::Keys(&made), vault, now)
            }
            Given::Signatures(signatures) => {
                let signatures = signatures.iter().map(|text| keys::signature(text));
                let signatures: Vec<_> = signatures.collect::<Result<_, _>>()?;
                pick_up.answer(pick_up::Answer::Signatures(&signatures), vault, now)
            }
            Given::Saved => pick_up.answer(pick_up::Answer::Saved, vault, now),
            Given::Waited => pick_up.answer(pick_up::Answer::Waited, vault, now),
        };
        taken.map_err(refused)?;
        self.next_wish()
    }

    pub(crate) fn next_wish(&self) -> Result<Answer, Refusal> {
        let pick_up = self.pick_up.as_ref().ok_or_else(not_open)?;
        let mut head = say(pick_up, &pick_up.wish());
        head["number"] = json!(pick_up.holding().map(|number| number.0));
        head["replaced"] = json!(pick_up.is_replaced());
        head["moved"] = json!(pick_up.is_moved());
        Ok(Answer::json(&head))
    }
}

fn say(pick_up: &PickUp, wish: &Wish) -> Value {
    match wish {
        Wish::Ask(request) => ask(request),
        Wish::MakeKeys(count) => json!({ "wish": "make-keys", "count": count }),
        Wish::Sign(requests) => {
            let request = |(key, bytes): &(_, Vec<u8>)| json!({ "key": keys::text(key), "bytes": BASE64_URL_SAFE_NO_PAD.encode(bytes) });
            json!({ "wish": "sign", "requests": requests.iter().map(request).collect::<Vec<_>>() })
        }
        Wish::Save { destroy } => {
            json!({ "wish": "save", "destroy": destroy.iter().map(keys::text).collect::<Vec<_>>() })
        }
        Wish::Vouch { .. } => ask(&pick_up.issuer_keys()),
        Wish::Wait => json!({ "wish": "wait" }),
        Wish::Done => json!({ "wish": "done" }),
    }
}

fn ask(request: &Request) -> Value {
    let (body, media_type) = match &request.body {
        Some(body) => (Some(body.parts().0), body.parts().1),
        None => (None, None),
    };
    json!({
        "wish": "ask",
        "url": request.url,
        "token": request.token,
        "body": body,
        "media_type": media_type,
        "limit": MAX_ANSWER_BYTES,
    })
}
