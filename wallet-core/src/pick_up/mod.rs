//! Picking up copies of a result without I/O (`schemas/spec/pick-up.md`, a profile of OpenID4VCI 1.0).
//!
//! A [`PickUp`] says what it wishes next, a [`Wish`], and takes the [`Answer`]: a request made, keys made, bytes signed, the
//! vault saved. After an error it wishes the same again, so that every step can be repeated. The order is in the vault
//! before it goes out, so that a lost answer can be asked for again with the same keys; and the issuer hears that the copies
//! have arrived when they are saved.

mod fetched;
mod http;
mod issuer_key;
mod offer;
mod proof;
mod stage;
mod step;

pub use http::{Body, MAX_ANSWER_BYTES, Request, Response};
pub use offer::Offer;

use crate::{Error, HoldingNumber, Home, Issuance, KeyHandle, OrderedKey, Vault};
use core::fmt;
use schemas::{IssuerNumber, KeyId, UnixTime, crypto::Es256Signature};
use stage::{Purpose, Stage, Wanted};

/// Copies of one order: for a day out, a showing for each door.
pub const COPIES: usize = 4;

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
