//! From stage to stage: what an answer says, and what it changes in the vault.

use super::{
    Answer, PickUp,
    fetched::Fetched,
    http::text,
    proof::Unsigned,
    stage::{Purpose, Stage, Wanted},
};
use crate::{Error, HoldingNumber, Home, OrderedKey, Receipt, StoredCertificate, Vault};
use schemas::{IssuerNumber, UnixTime, crypto::Es256Signature};
use serde_json::Value;

/// Most keys of one request, the issuers' limit.
const MAX_PROOFS: usize = 8;

impl PickUp {
    /// The stage after this one.
    pub(super) fn next(
        &mut self,
        answer: Answer<'_>,
        vault: &mut Vault,
        now: UnixTime,
    ) -> Result<Stage, Error> {
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
}
