//! The citizen: a wallet that picks a result up and shows it.

use super::Failure;
use crate::wallet::pick_up::{self, Progress};
use schemas::{
    UnixTime,
    sd_cwt::profile::{Audience, Group},
};
use std::path::Path;
use verifier_server::OpenDoor;
use wallet_core::{
    Anchoring, Consent, HoldingNumber, Vault,
    pick_up::{Answer, Offer, PickUp},
};
use wallet_file::{Passphrase, VaultFile, keys};

/// A citizen with a wallet.
pub struct Citizen {
    file: VaultFile,
    vault: Vault,
    pick_up: PickUp,
}

impl Citizen {
    /// Makes a wallet for an offer. Nothing is picked up yet.
    pub fn new(offer: &str, tx_code: &str, file: &Path) -> Result<Self, Failure> {
        let (file, vault) = VaultFile::create(file, Passphrase::new("a demo, not a secret".to_owned()))?;
        let pick_up = PickUp::take_up(&Offer::read(offer)?, tx_code);
        Ok(Self { file, vault, pick_up })
    }

    /// Picks up copies, each under a key of its own, whose issuer's key it believes because the ledger has it. Going on
    /// brings the proofs that have come since. Tells whether one is here.
    pub async fn go_on(&mut self, door: &OpenDoor, now: UnixTime) -> Result<Progress, Failure> {
        let Self { file, vault, pick_up } = self;
        let progress = pick_up::go_on(pick_up, file, vault, door, now).await?;
        if progress == Progress::Waiting {
            pick_up.answer(Answer::Waited, vault, now)?;
        }
        Ok(progress)
    }

    /// Shows the result and the initials: the text of the QR code, signed just now. The first showing spends a copy.
    pub fn show(&mut self, now: UnixTime) -> Result<String, Failure> {
        let groups = [Group::Result, Group::Initials];
        let (presenter, _) = self.vault.show(
            self.holding()?,
            &groups,
            Audience::AnyDoor,
            Consent::FreshOnly,
            Anchoring::Needed,
            now,
        )?;
        self.file.save(&self.vault)?;
        let renewal = presenter.renew(now)?;
        let signature = keys::sign(&self.vault, renewal.key(), &renewal.bytes_to_sign())?;
        Ok(renewal.answer(&signature).text().to_owned())
    }

    fn holding(&self) -> Result<HoldingNumber, Failure> {
        self.pick_up.holding().ok_or_else(|| "nothing was ordered".into())
    }
}
