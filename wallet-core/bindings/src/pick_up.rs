//! The way to an issuer's service and back, for the app to go.

use crate::{
    MadeKey, SigningRequest, WalletError, closed,
    key::{handles, signature},
    wallet::lock,
};
use schemas::{
    Hash, Place, UnixTime,
    crypto::{Crypto, aws_lc::AwsLc},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wallet_core::{
    Issuance, Vault,
    pick_up::{self, Answer, Body, PickUp as Steps, Request, Response},
};

/// A pick-up on its way. After an error it wishes the same again, so that every step can be repeated.
#[derive(uniffi::Object)]
#[uniffi::export(Debug, Display)]
pub struct PickUp {
    steps: Mutex<Steps>,
    vault: Arc<Mutex<Vault>>,
}

/// What is to be done next.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Wish {
    /// Make a request, and give its answer to [`PickUp::response`].
    Ask {
        /// The request.
        request: HttpRequest,
    },
    /// Make so many new keys in the key store, and give them to [`PickUp::made_keys`].
    MakeKeys {
        /// How many.
        count: u32,
    },
    /// Sign each of these with its key, and give the signatures, in this order, to [`PickUp::signatures`].
    Sign {
        /// What is to be signed.
        requests: Vec<SigningRequest>,
    },
    /// Save what [`Wallet::encode`](crate::Wallet::encode) gives, then destroy these keys, and call [`PickUp::saved`].
    Save {
        /// The handles of the keys.
        destroy: Vec<Vec<u8>>,
    },
    /// The ledger has no proof yet of any copy. Call [`PickUp::waited`] after some seconds; or end here, and go on another day
    /// with [`Wallet::resume`](crate::Wallet::resume).
    Wait,
    /// There is a copy to show, and nothing more to do now.
    Done,
}

/// A request to an issuer's service, over TLS. It follows no redirect: an issuer is where its address says.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct HttpRequest {
    /// The address.
    pub url: String,
    /// The bearer token for the header `Authorization`, if one is needed.
    pub token: Option<String>,
    /// The body of a POST; a GET has none.
    pub body: Option<String>,
    /// The body's media type, for the header `Content-Type`.
    pub media_type: Option<String>,
    /// The most bytes of an answer that are to be read.
    pub limit: u32,
}

closed!(PickUp, HttpRequest);

impl PickUp {
    pub(crate) fn new(steps: Steps, vault: &Arc<Mutex<Vault>>) -> Arc<Self> {
        Arc::new(Self {
            steps: Mutex::new(steps),
            vault: Arc::clone(vault),
        })
    }

    fn steps(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, answer: Answer<'_>, now: i64) -> Result<Wish, WalletError> {
        self.steps()
            .answer(answer, &mut lock(&self.vault), UnixTime(now))?;
        Ok(self.wish())
    }
}

#[uniffi::export]
impl PickUp {
    /// What is to be done next.
    #[must_use]
    pub fn wish(&self) -> Wish {
        let steps = self.steps();
        match steps.wish() {
            pick_up::Wish::Ask(request) => Wish::Ask {
                request: request.into(),
            },
            pick_up::Wish::MakeKeys(count) => Wish::MakeKeys {
                count: u32::try_from(count).unwrap_or(u32::MAX),
            },
            pick_up::Wish::Sign(requests) => Wish::Sign {
                requests: requests.into_iter().map(SigningRequest::from).collect(),
            },
            pick_up::Wish::Save { destroy } => Wish::Save {
                destroy: handles(&destroy),
            },
            pick_up::Wish::Vouch { .. } => Wish::Ask {
                request: steps.issuer_keys().into(),
            },
            pick_up::Wish::Wait => Wish::Wait,
            pick_up::Wish::Done => Wish::Done,
        }
    }

    /// The number of the pass that it is about, once the order is noted.
    #[must_use]
    pub fn holding(&self) -> Option<u32> {
        self.steps().holding().map(|number| number.0)
    }

    /// Whether the test centre had corrected the result, so that other copies replace those that were held.
    #[must_use]
    pub fn is_replaced(&self) -> bool {
        self.steps().is_replaced()
    }

    /// Whether it has moved a restored result here: the copies on the other phone have ended, and the backup is used up. Tell the
    /// person to make a new one.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        self.steps().is_moved()
    }

    /// Takes the answer to a request.
    ///
    /// # Errors
    /// [`WalletError`] with `issuer-refused`, `issuer-answer-malformed`, and what is wrong with the copies.
    pub fn response(&self, status: u16, body: Vec<u8>, now: i64) -> Result<Wish, WalletError> {
        let response = Response { status, body: &body };
        let vouch = match self.steps().wish() {
            pick_up::Wish::Vouch { key, .. } => Some(key),
            _ => None,
        };
        let Some(key) = vouch else {
            return self.answer(Answer::Response(response), now);
        };
        let key = AwsLc.es256(&response.issuer_key(key)?)?;
        let issuance = Issuance {
            issuer: &*key,
            // The ledger is the doors' to know.
            root: &|_: Place| None::<Hash>,
        };
        self.answer(Answer::Issuance(&issuance), now)
    }

    /// Takes new keys.
    ///
    /// # Errors
    /// [`WalletError`] with `key-malformed`, `order-key-reused` and others.
    pub fn made_keys(&self, keys: Vec<MadeKey>, now: i64) -> Result<Wish, WalletError> {
        let keys = keys.iter().map(MadeKey::read).collect::<Result<Vec<_>, _>>()?;
        self.answer(Answer::Keys(&keys), now)
    }

    /// Takes signatures of 64 bytes each.
    ///
    /// # Errors
    /// [`WalletError`] with `signing-failed` for one of another length.
    pub fn signatures(&self, signatures: Vec<Vec<u8>>, now: i64) -> Result<Wish, WalletError> {
        let signatures = signatures.iter().map(|bytes| signature(bytes));
        let signatures = signatures.collect::<Result<Vec<_>, _>>()?;
        self.answer(Answer::Signatures(&signatures), now)
    }

    /// The vault is saved.
    ///
    /// # Errors
    /// [`WalletError`] with `pick-up-out-of-turn`; `issuer-receipt-moved` when the result was restored on another phone, and
    /// what was saved is that the copies here have ended.
    pub fn saved(&self, now: i64) -> Result<Wish, WalletError> {
        self.answer(Answer::Saved, now)
    }

    /// Some seconds have passed.
    ///
    /// # Errors
    /// [`WalletError`] with `pick-up-out-of-turn`.
    pub fn waited(&self, now: i64) -> Result<Wish, WalletError> {
        self.answer(Answer::Waited, now)
    }
}

impl From<Request> for HttpRequest {
    fn from(request: Request) -> Self {
        let (body, media_type) = match request.body.as_ref().map(Body::parts) {
            Some((body, media_type)) => (Some(body.to_owned()), media_type),
            None => (None, None),
        };
        Self {
            url: request.url,
            token: request.token,
            body,
            media_type: media_type.map(str::to_owned),
            limit: u32::try_from(pick_up::MAX_ANSWER_BYTES).unwrap_or(u32::MAX),
        }
    }
}

impl From<(wallet_core::KeyHandle, Vec<u8>)> for SigningRequest {
    fn from((key, bytes): (wallet_core::KeyHandle, Vec<u8>)) -> Self {
        Self {
            key: key.as_bytes().to_vec(),
            bytes,
        }
    }
}
