//! A vault that is open.

use crate::{
    CertificateForm, Consent, Disclose, Holding, PickUp, Showing, WalletError, closed, key::handles,
};
use schemas::{
    UnixTime,
    sd_cwt::profile::{Asked, AskedGroups, Audience},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wallet_core::{
    Anchoring, HoldingNumber, Vault,
    pick_up::{Offer, PickUp as Steps},
};

/// A vault that is open. What changes it says so: [`encode`](Self::encode) it then, encrypt the bytes and put them in the
/// place of the old ones, before anything else.
#[derive(uniffi::Object)]
#[uniffi::export(Debug, Display)]
pub struct Wallet {
    vault: Arc<Mutex<Vault>>,
}

/// What a restore brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Restored {
    /// New certificates.
    pub certificates: u32,
    /// New receipts: pick up copies with [`Wallet::resume`], which moves their results here.
    pub receipts: u32,
    /// What was in the wallet already.
    pub already_held: u32,
}

closed!(Wallet);

#[uniffi::export]
impl Wallet {
    /// A vault with nothing in it.
    #[uniffi::constructor]
    #[must_use]
    pub fn empty() -> Arc<Self> {
        Self::of(Vault::new())
    }

    /// Opens a vault from its decrypted bytes.
    ///
    /// # Errors
    /// [`WalletError`] with `vault-malformed`, `vault-version` or a code of damaged CBOR.
    #[uniffi::constructor]
    pub fn open(bytes: Vec<u8>) -> Result<Arc<Self>, WalletError> {
        Ok(Self::of(Vault::decode(&bytes)?))
    }

    /// The bytes to encrypt and keep. They hold health data.
    ///
    /// # Errors
    /// [`WalletError`] with `vault-too-many`.
    pub fn encode(&self) -> Result<Vec<u8>, WalletError> {
        Ok(self.vault().encode()?.to_vec())
    }

    /// Everything in the wallet, in the order in which it came.
    #[must_use]
    pub fn list(&self, now: i64) -> Vec<Holding> {
        self.vault().facts(UnixTime(now)).map(Holding::from).collect()
    }

    /// The handles of all keys that the wallet needs. Any other key of this app in the key store is nobody's: destroy it.
    #[must_use]
    pub fn keys(&self) -> Vec<Vec<u8>> {
        handles(self.vault().keys())
    }

    /// Takes in the text of a certificate's QR code. Save afterwards.
    ///
    /// # Errors
    /// [`WalletError`] with `import-not-a-credential`, `import-is-a-presentation`, `import-already-held` and others.
    pub fn import_text(&self, text: &str, now: i64) -> Result<u32, WalletError> {
        Ok(self.vault().import_text(text, UnixTime(now))?.0)
    }

    /// Begins to pick up what an offer is for; `tx_code` came apart from it.
    ///
    /// # Errors
    /// [`WalletError`] with `offer-malformed` or `offer-not-https`.
    pub fn take_up(&self, offer: &str, tx_code: &str) -> Result<Arc<PickUp>, WalletError> {
        let steps = Steps::take_up(&Offer::read(offer)?, tx_code);
        Ok(PickUp::new(steps, &self.vault))
    }

    /// Begins to fetch what a pass lacks: proofs, more copies, a correction. A restored result moves here with it: its copies on
    /// the other phone end.
    ///
    /// # Errors
    /// [`WalletError`] with `not-held` or `issuer-receipt-moved`.
    pub fn resume(&self, number: u32) -> Result<Arc<PickUp>, WalletError> {
        let steps = Steps::resume(&self.vault(), HoldingNumber(number))?;
        Ok(PickUp::new(steps, &self.vault))
    }

    /// Begins a showing: a copy is spent. Save before anything is on the screen: a copy that is shown and not noted as spent
    /// would be shown again. `challenge` is the text of the door's code, if it shows one.
    ///
    /// # Errors
    /// [`WalletError`] with `no-fresh-copy`, `copy-not-anchored`, `expired`, `issuer-receipt-moved` and others.
    pub fn show(
        &self,
        number: u32,
        disclose: Disclose,
        challenge: Option<String>,
        consent: Consent,
        now: i64,
    ) -> Result<Arc<Showing>, WalletError> {
        let audience = match challenge {
            Some(text) => Audience::Door(Asked::decode_text(text.trim())?.challenge),
            None => Audience::AnyDoor,
        };
        let consent = match consent {
            Consent::FreshOnly => wallet_core::Consent::FreshOnly,
            Consent::ToReuse => wallet_core::Consent::ToReuse,
        };
        let groups = AskedGroups::from(disclose).groups();
        let (number, anchoring) = (HoldingNumber(number), Anchoring::Needed);
        let (presenter, _) =
            self.vault()
                .show(number, groups, audience, consent, anchoring, UnixTime(now))?;
        Ok(Showing::new(presenter))
    }

    /// The text of an imported certificate, for its QR code.
    ///
    /// # Errors
    /// [`WalletError`] with `not-held`.
    pub fn certificate_text(&self, number: u32, form: CertificateForm) -> Result<String, WalletError> {
        let vault = self.vault();
        let certificate = vault.certificate(HoldingNumber(number))?;
        Ok(match form {
            CertificateForm::Whole => certificate.text().to_owned(),
            CertificateForm::Travel => certificate.travel_text()?,
        })
    }

    /// Takes a holding out, for good, and gives the handles of its keys, to be destroyed in the key store. Save afterwards.
    ///
    /// # Errors
    /// [`WalletError`] with `not-held`.
    pub fn remove(&self, number: u32) -> Result<Vec<Vec<u8>>, WalletError> {
        Ok(handles(&self.vault().remove(HoldingNumber(number))?))
    }

    /// Certificates and receipts, for another phone; never copies or keys. Encrypt it under a passphrase before it is
    /// written anywhere: whoever has a receipt can pick up copies.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn export(&self) -> Result<Vec<u8>, WalletError> {
        Ok(self.vault().export()?.to_vec())
    }

    /// Takes in what [`export`](Self::export) gave, all of it or nothing. Save afterwards.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn restore(&self, export: Vec<u8>) -> Result<Restored, WalletError> {
        let restored = self.vault().restore(&export)?;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Restored {
            certificates: count(restored.certificates),
            receipts: count(restored.receipts),
            already_held: count(restored.already_held),
        })
    }
}

impl Wallet {
    fn of(vault: Vault) -> Arc<Self> {
        Arc::new(Self {
            vault: Arc::new(Mutex::new(vault)),
        })
    }

    fn vault(&self) -> MutexGuard<'_, Vault> {
        lock(&self.vault)
    }
}

/// Every change of a vault is whole or none, so that one is good after a panic too.
pub(crate) fn lock(vault: &Mutex<Vault>) -> MutexGuard<'_, Vault> {
    vault.lock().unwrap_or_else(PoisonError::into_inner)
}
