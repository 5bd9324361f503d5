//! Picking up copies of a result without I/O (`schemas/spec/pick-up.md`, a profile of OpenID4VCI 1.0).
//!
//! A [`PickUp`] says what it wishes next, a [`Wish`], and takes the [`Answer`]: a request made, keys made, bytes signed, the
//! vault saved. After an error it wishes the same again, so that every step can be repeated. The order is in the vault
//! before it goes out, so that a lost answer can be asked for again with the same keys; and the issuer hears that the copies
//! have arrived when they are saved.

mod http;
mod issuer_key;
mod offer;
mod proof;

pub use http::{Body, MAX_ANSWER_BYTES, Request, Response};
pub use offer::Offer;

use crate::{Error, HoldingNumber, Home, Issuance, KeyHandle, OrderedKey, Receipt, StoredCertificate, Vault};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use core::fmt;
use http::{form, text};
use offer::GRANT;
use proof::Unsigned;
use schemas::{IssuerNumber, KeyId, UnixTime, crypto::Es256Signature, sd_cwt::profile::HeldCopy};
use serde_json::{Value, json};

/// Copies of one order: for a day out, a showing for each door.
pub const COPIES: usize = 4;
/// Most keys of one request, the issuers' limit.
const MAX_PROOFS: usize = 8;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Make a request, and answer with its [`Response`].
    Ask(Request),
    /// Make so many new keys.
    MakeKeys(usize),
    /// Sign each of these with its key, ES256.
    Sign(Vec<(KeyHandle, Vec<u8>)>),
    /// Save the vault, and with it destroy these keys, whose copies are gone.
    Save {
        /// The keys.
        destroy: Vec<KeyHandle>,
    },
    /// Say what the copies are checked against: the key of this name of this issuer.
    Vouch {
        /// The issuer.
        issuer: IssuerNumber,
        /// Its key.
        key: KeyId,
    },
    /// The ledger has no proof yet of any copy. Wait some seconds; or end here, and go on another day with
    /// [`PickUp::resume`].
    Wait,
    /// There is a copy to show, and nothing more to do now.
    Done,
}

/// How a [`Wish`] came out.
#[derive(Clone, Copy)]
pub enum Answer<'a> {
    /// To [`Wish::Ask`].
    Response(Response<'a>),
    /// To [`Wish::MakeKeys`].
    Keys(&'a [OrderedKey]),
    /// To [`Wish::Sign`], in its order.
    Signatures(&'a [Es256Signature]),
    /// To [`Wish::Save`].
    Saved,
    /// To [`Wish::Vouch`].
    Issuance(&'a Issuance<'a>),
    /// To [`Wish::Wait`].
    Waited,
}

/// A pick-up on its way.
#[derive(Clone)]
pub struct PickUp {
    service: String,
    holding: Option<HoldingNumber>,
    access_token: String,
    wanted: Wanted,
    is_acknowledged: bool,
    is_replaced: bool,
    is_moved: bool,
    stage: Stage,
}

/// What is picked up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Copies,
    /// The certificate, for paper.
    Paper,
}

#[derive(Clone)]
enum Stage {
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
enum Purpose {
    /// More of the same.
    More,
    /// The receipt is from a backup, and its result is to move here.
    Move,
}

/// What the service sent for an order.
#[derive(Clone)]
struct Fetched {
    issuer: IssuerNumber,
    key: KeyId,
    copies: Vec<Vec<u8>>,
    notification: String,
}

impl PickUp {
    /// Takes up an offer, with the code that came apart from it.
    #[must_use]
    pub fn take_up(offer: &Offer, tx_code: &str) -> Self {
        Self::at(
            offer.issuer(),
            None,
            Stage::Metadata {
                code: offer.code.clone(),
                tx_code: tx_code.trim().to_owned(),
            },
        )
    }

    /// Takes an order up again with its receipt: for proofs that have come since, for more copies when at most one is
    /// left, and for what the test centre has corrected. A restored pass moves here with it.
    ///
    /// # Errors
    /// [`Error::NotHeld`], [`Error::ResultMoved`].
    pub fn resume(vault: &Vault, holding: HoldingNumber) -> Result<Self, Error> {
        let pass = vault.pass(holding)?;
        let receipt = pass.receipt();
        let stage = Stage::Refresh {
            issuer: receipt.issuer(),
            reference: String::from_utf8_lossy(receipt.reference()).into_owned(),
            purpose: match pass.home() {
                Home::Here | Home::Moving => Purpose::More,
                Home::ToMove => Purpose::Move,
                Home::MovedAway => return Err(Error::ResultMoved),
            },
        };
        Ok(Self::at(receipt.service(), Some(holding), stage))
    }

    /// Asks for the certificate of a result, which is the same for everybody who scans it: for paper. It waits until the
    /// certificate has its proof. A restored pass moves here first, and gets copies in place of paper.
    ///
    /// # Errors
    /// As [`resume`](Self::resume).
    pub fn paper(vault: &Vault, holding: HoldingNumber) -> Result<Self, Error> {
        Ok(Self {
            wanted: Wanted::Paper,
            ..Self::resume(vault, holding)?
        })
    }

    fn at(service: &str, holding: Option<HoldingNumber>, stage: Stage) -> Self {
        Self {
            service: service.to_owned(),
            holding,
            access_token: String::new(),
            wanted: Wanted::Copies,
            is_acknowledged: false,
            is_replaced: false,
            is_moved: false,
            stage,
        }
    }

    /// Where the issuer's service is.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The pass that it is about, once the order is noted; the certificate, once that is here.
    #[must_use]
    pub fn holding(&self) -> Option<HoldingNumber> {
        self.holding
    }

    /// Whether the test centre had corrected the result, so that other copies replace those that were held.
    #[must_use]
    pub fn is_replaced(&self) -> bool {
        self.is_replaced
    }

    /// Whether it has moved the result here, so that the copies on the other device have ended, and the backup is used up: the
    /// person needs a new one.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        self.is_moved
    }

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

    /// Takes the answer to the [`wish`](Self::wish).
    ///
    /// # Errors
    /// [`Error::OutOfTurn`] for an answer to another wish; [`Error::IssuerRefused`], [`Error::IssuerAnswer`]; and for copies
    /// that are not what was ordered, those of [`Vault::accept`]. Then it wishes the same again. When the service says that
    /// the result lives in another wallet, it wishes that the end of the copies is saved; [`Error::ResultMoved`] comes after.
    pub fn answer(&mut self, answer: Answer<'_>, vault: &mut Vault, now: UnixTime) -> Result<(), Error> {
        self.stage = match (self.next(answer, vault, now), self.holding) {
            (Err(refused), Some(number)) if refused.says_moved() => Stage::SaveMovedAway {
                destroy: vault.move_away(number)?,
            },
            (next, _) => next?,
        };
        Ok(())
    }

    fn next(&mut self, answer: Answer<'_>, vault: &mut Vault, now: UnixTime) -> Result<Stage, Error> {
        Ok(match (self.stage.clone(), answer) {
            (Stage::Metadata { code, tx_code }, Answer::Response(response)) => Stage::Redeem {
                issuer: self.read_metadata(&response.json()?)?,
                code,
                tx_code,
            },
            (Stage::Redeem { issuer, .. }, Answer::Response(response)) => {
                let answer = response.json()?;
                self.redeemed(issuer, &answer, vault, now)?
            }
            (Stage::Refresh { issuer, purpose, .. }, Answer::Response(response)) => {
                let answer = response.json()?;
                self.refreshed((issuer, purpose), &answer, vault, now)?
            }
            (Stage::Keys { receipt, destroy }, Answer::Keys(keys)) => {
                let keys = keys.to_vec();
                match receipt {
                    Some(receipt) => self.holding = Some(vault.order(receipt, keys)?),
                    None => vault.order_more(self.number()?, keys)?,
                }
                Stage::SaveOrder { destroy }
            }
            (Stage::SaveOrder { .. }, Answer::Saved) => self.fetch_or_done(vault)?,
            (Stage::Nonce, Answer::Response(response)) => {
                let nonce = text(&response.json()?, "c_nonce")?;
                let wanted = self.wanted(vault)?;
                let proof = |key: &OrderedKey| Unsigned::new(key, &self.service, &nonce, now);
                Stage::Sign(wanted.iter().map(proof).collect::<Result<_, _>>()?)
            }
            (Stage::Sign(proofs), Answer::Signatures(signatures)) if proofs.len() == signatures.len() => {
                let signed = |(proof, signature): (&Unsigned, &Es256Signature)| proof.signed(*signature);
                Stage::Fetch {
                    proofs: proofs.iter().zip(signatures).map(signed).collect(),
                }
            }
            (Stage::Fetch { .. }, Answer::Response(response)) => {
                Stage::Vouch(Fetched::read(&response.json()?)?)
            }
            (Stage::Vouch(fetched), Answer::Issuance(issuance)) => {
                let number = self.number()?;
                let before = vault.pass(number)?.home();
                let accepted = vault.accept(number, &fetched.copies, issuance, now)?;
                self.is_moved |= before == Home::Moving && vault.pass(number)?.home() == Home::Here;
                let notification = fetched.notification;
                match accepted.new + accepted.proven {
                    0 => self.acknowledge_or_go_on(notification, vault)?,
                    _ => Stage::SaveCopies { notification },
                }
            }
            (Stage::SaveCopies { notification }, Answer::Saved) => {
                self.acknowledge_or_go_on(notification, vault)?
            }
            (Stage::Acknowledge { .. }, Answer::Response(response)) => {
                response.json()?;
                self.is_acknowledged = true;
                self.wait_or_done(vault)?
            }
            (Stage::FetchPaper, Answer::Response(response)) => {
                self.take_paper(&response.json()?, vault, now)?
            }
            (Stage::SavePaper, Answer::Saved) => Stage::Done,
            (Stage::SaveMovedAway { .. }, Answer::Saved) => return Err(Error::ResultMoved),
            (Stage::Waiting, Answer::Waited) if self.wanted == Wanted::Paper => Stage::FetchPaper,
            (Stage::Waiting, Answer::Waited) => self.fetch_or_done(vault)?,
            _ => return Err(Error::OutOfTurn),
        })
    }

    fn read_metadata(&self, metadata: &Value) -> Result<IssuerNumber, Error> {
        if metadata["credential_issuer"] != *self.service {
            return Err(Error::IssuerAnswer("it calls itself by another address"));
        }
        let number = metadata["attest_issuer_number"].as_u64();
        let number = number.and_then(|number| u32::try_from(number).ok());
        number
            .map(IssuerNumber)
            .ok_or(Error::IssuerAnswer("it has no number on a ledger"))
    }

    /// A new order, or the one that was noted when the same offer was taken up before.
    fn redeemed(
        &mut self,
        issuer: IssuerNumber,
        answer: &Value,
        vault: &Vault,
        now: UnixTime,
    ) -> Result<Stage, Error> {
        self.access_token = text(answer, "access_token")?;
        let reference = text(answer, "refresh_token")?;
        let receipt = Receipt::new(issuer, &self.service, reference.as_bytes(), now)?;
        self.holding = vault.held_with(&receipt);
        match self.holding {
            Some(_) => self.order_or_fetch(vault, now),
            None => Ok(Stage::Keys {
                receipt: Some(receipt),
                destroy: Vec::new(),
            }),
        }
    }

    /// The same result, one in its place, or the same on its way here: the last two come with a receipt of their own.
    fn refreshed(
        &mut self,
        (issuer, purpose): (IssuerNumber, Purpose),
        answer: &Value,
        vault: &mut Vault,
        now: UnixTime,
    ) -> Result<Stage, Error> {
        let token = text(answer, "access_token")?;
        let replaces = answer["attest_replaces"] == true;
        // A service from before results could move says nothing of it.
        let moves = purpose == Purpose::Move && answer["attest_moves"] == true;
        if !replaces && !moves {
            self.access_token = token;
            if self.wanted == Wanted::Paper {
                return Ok(Stage::FetchPaper);
            }
            return self.order_or_fetch(vault, now);
        }
        let reference = text(answer, "refresh_token")?;
        let receipt = Receipt::new(issuer, &self.service, reference.as_bytes(), now)?;
        let number = self.number()?;
        let home = match moves {
            true => Home::Moving,
            false => vault.pass(number)?.home(),
        };
        let destroy = match replaces {
            true => vault.replace(number, receipt, home)?,
            false => vault.move_here(number, receipt)?,
        };
        (self.access_token, self.is_replaced) = (token, replaces);
        // What was asked for was of the old result; and what moves has copies to order first.
        self.wanted = Wanted::Copies;
        Ok(Stage::Keys {
            receipt: None,
            destroy,
        })
    }

    /// Paper without its proof would be nothing that a door finds on the ledger.
    fn take_paper(&mut self, answer: &Value, vault: &mut Vault, now: UnixTime) -> Result<Stage, Error> {
        let paper = text(&answer["credentials"][0], "credential")?;
        let certificate = StoredCertificate::new(&paper, now)?;
        if matches!(certificate.decoded()?.proof(), Ok(None)) {
            return Ok(Stage::Waiting);
        }
        self.holding = Some(match vault.import_text(&paper, now) {
            Err(Error::AlreadyHeld { number }) => number,
            imported => imported?,
        });
        Ok(Stage::SavePaper)
    }

    fn order_or_fetch(&self, vault: &Vault, now: UnixTime) -> Result<Stage, Error> {
        match vault.pass(self.number()?)?.runs_low(now) {
            true => Ok(Stage::Keys {
                receipt: None,
                destroy: Vec::new(),
            }),
            false => self.fetch_or_done(vault),
        }
    }

    fn fetch_or_done(&self, vault: &Vault) -> Result<Stage, Error> {
        match self.wanted(vault)?.is_empty() {
            true => Ok(Stage::Done),
            false => Ok(Stage::Nonce),
        }
    }

    fn acknowledge_or_go_on(&self, notification: String, vault: &Vault) -> Result<Stage, Error> {
        match !self.is_acknowledged && vault.pass(self.number()?)?.ordered().is_empty() {
            true => Ok(Stage::Acknowledge { notification }),
            false => self.wait_or_done(vault),
        }
    }

    fn wait_or_done(&self, vault: &Vault) -> Result<Stage, Error> {
        let pass = vault.pass(self.number()?)?;
        match pass.copies().iter().any(|copy| copy.is_anchored()) {
            true => Ok(Stage::Done),
            false => Ok(Stage::Waiting),
        }
    }

    /// The keys whose copies, or whose copies' proofs, are not here yet.
    fn wanted(&self, vault: &Vault) -> Result<Vec<OrderedKey>, Error> {
        let pass = vault.pass(self.number()?)?;
        let unproven = pass.copies().iter().filter(|held| !held.is_anchored());
        let wanted = pass.ordered().iter().chain(unproven.map(|held| &held.key));
        Ok(wanted.take(MAX_PROOFS).cloned().collect())
    }

    fn number(&self) -> Result<HoldingNumber, Error> {
        self.holding.ok_or(Error::OutOfTurn)
    }

    fn url(&self, path: &str) -> String {
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

impl Fetched {
    fn read(answer: &Value) -> Result<Self, Error> {
        let copy = |credential: &Value| {
            let text = credential["credential"].as_str()?;
            BASE64_URL_SAFE_NO_PAD.decode(text).ok()
        };
        let copies = answer["credentials"].as_array();
        let copies: Option<Vec<_>> = copies.and_then(|copies| copies.iter().map(copy).collect());
        let copies = copies.unwrap_or_default();
        let first = copies.first().ok_or(Error::IssuerAnswer("it has no copies"))?;
        let first = HeldCopy::decode(first)?;
        Ok(Self {
            issuer: first.place().issuer,
            key: first.key_id(),
            copies,
            notification: text(answer, "notification_id")?,
        })
    }
}

impl fmt::Debug for PickUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PickUp(…)")
    }
}

impl fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer(…)")
    }
}

#[cfg(test)]
mod tests;
