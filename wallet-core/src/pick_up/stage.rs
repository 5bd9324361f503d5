//! Where a pick-up has come to, and what each stage wishes.

use super::{
    Body, COPIES, PickUp, Request, Wish, fetched::Fetched, http::form, offer::GRANT, proof::Unsigned,
};
use crate::{KeyHandle, Receipt};
use schemas::IssuerNumber;
use serde_json::{Value, json};

/// What is picked up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Copies,
    /// The certificate, for paper.
    Paper,
}

#[derive(Clone)]
pub(super) enum Stage {
    /// Who issues: its number on the ledger, which its key must bear out later.
    Metadata {
        code: String,
        tx_code: String,
    },
    /// The code of an offer for a token, and one for later.
    Redeem {
        issuer: IssuerNumber,
        code: String,
        tx_code: String,
    },
    /// The token of a receipt for another.
    Refresh {
        issuer: IssuerNumber,
        reference: String,
        purpose: Purpose,
    },
    /// New keys, for an order that is noted with this receipt, or for more copies.
    Keys {
        receipt: Option<Receipt>,
        destroy: Vec<KeyHandle>,
    },
    /// The order is in the vault; it goes out once that is saved.
    SaveOrder {
        destroy: Vec<KeyHandle>,
    },
    Nonce,
    Sign(Vec<Unsigned>),
    Fetch {
        proofs: Vec<String>,
    },
    Vouch(Fetched),
    SaveCopies {
        notification: String,
    },
    /// All copies are here: then the offer's code is used up, so that nobody else can pick up.
    Acknowledge {
        notification: String,
    },
    FetchPaper,
    SavePaper,
    /// The result lives in another wallet. There is nothing to do after this is saved.
    SaveMovedAway {
        destroy: Vec<KeyHandle>,
    },
    Waiting,
    Done,
}

/// What a receipt is sent for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// More of the same.
    More,
    /// The receipt is from a backup, and its result is to move here.
    Move,
}

impl PickUp {
    /// What is to be done next.
    #[must_use]
    pub fn wish(&self) -> Wish {
        match &self.stage {
            Stage::Metadata { .. } => Wish::Ask(Request {
                url: self.url(".well-known/openid-credential-issuer"),
                token: None,
                body: None,
            }),
            Stage::Redeem { code, tx_code, .. } => self.token(&[
                ("grant_type", GRANT),
                ("pre-authorized_code", code),
                ("tx_code", tx_code),
            ]),
            Stage::Refresh {
                reference, purpose, ..
            } => {
                let grant = [("grant_type", "refresh_token"), ("refresh_token", &**reference)];
                match purpose {
                    Purpose::More => self.token(&grant),
                    Purpose::Move => self.token(&[&grant[..], &[("attest_moves", "true")]].concat()),
                }
            }
            Stage::Keys { .. } => Wish::MakeKeys(COPIES),
            Stage::SaveOrder { destroy } | Stage::SaveMovedAway { destroy } => Wish::Save {
                destroy: destroy.clone(),
            },
            Stage::Nonce => Wish::Ask(Request {
                url: self.url("nonce"),
                token: None,
                body: Some(Body::Empty),
            }),
            Stage::Sign(proofs) => {
                let request = |proof: &Unsigned| (proof.key.clone(), proof.bytes().to_vec());
                Wish::Sign(proofs.iter().map(request).collect())
            }
            Stage::Fetch { proofs } => self.post(
                "credential",
                &json!({ "credential_configuration_id": "attest-sd-cwt", "proofs": { "jwt": proofs } }),
            ),
            Stage::Vouch(fetched) => Wish::Vouch {
                issuer: fetched.issuer,
                key: fetched.key,
            },
            Stage::SaveCopies { .. } | Stage::SavePaper => Wish::Save { destroy: Vec::new() },
            Stage::FetchPaper => self.post(
                "credential",
                &json!({ "credential_configuration_id": "attest-hcert" }),
            ),
            Stage::Acknowledge { notification } => self.post(
                "notification",
                &json!({ "notification_id": notification, "event": "credential_accepted" }),
            ),
            Stage::Waiting => Wish::Wait,
            Stage::Done => Wish::Done,
        }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.service)
    }

    fn token(&self, grant: &[(&str, &str)]) -> Wish {
        Wish::Ask(Request {
            url: self.url("token"),
            token: None,
            body: Some(form(grant)),
        })
    }

    fn post(&self, path: &str, body: &Value) -> Wish {
        Wish::Ask(Request {
            url: self.url(path),
            token: Some(self.access_token.clone()),
            body: Some(Body::Json(body.to_string())),
        })
    }
}
