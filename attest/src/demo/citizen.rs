//! The citizen: a wallet that picks a result up and shows it.

use super::Failure;
use crate::wallet::{
    offer::Offer,
    pick_up::{self, Access, Fetched},
};
use ledger::state::State;
use schemas::{
    UnixTime,
    sd_cwt::profile::{Audience, Group},
};
use std::path::Path;
use wallet_core::{Anchoring, Consent, HoldingNumber, Vault};
use wallet_file::{Passphrase, VaultFile, keys};

/// A citizen with a wallet.
pub struct Citizen {
    file: VaultFile,
    vault: Vault,
    access: Access,
    holding: HoldingNumber,
}

impl Citizen {
    /// Makes a wallet and takes up an offer. Nothing is picked up yet.
    pub async fn take_up(offer: &str, tx_code: &str, file: &Path, now: UnixTime) -> Result<Self, Failure> {
        let (file, mut vault) = VaultFile::create(file, Passphrase::new("a demo, not a secret".to_owned()))?;
        let (access, holding) = pick_up::take_up(&Offer::read(offer)?, tx_code, &mut vault, now).await?;
        let mut citizen = Self {
            file,
            vault,
            access,
            holding,
        };
        citizen.save()?;
        Ok(citizen)
    }

    /// Asks for the copies, each under a key of its own. Asking again brings the proofs that have come since.
    pub async fn fetch(&self, now: UnixTime) -> Result<Fetched, Failure> {
        Ok(self.access.fetch(&self.vault, self.holding, now).await?)
    }

    /// Takes the copies in, whose issuer's key it believes because the ledger has it. Tells how many have their proof.
    pub fn accept(&mut self, fetched: &Fetched, state: &State, now: UnixTime) -> Result<usize, Failure> {
        pick_up::accept(&mut self.vault, self.holding, fetched, state, now)?;
        self.save()?;
        Ok(pick_up::proven(&self.vault, self.holding)?)
    }

    /// Shows the result and the initials: the text of the QR code, signed just now. The first showing spends a copy.
    pub fn show(&mut self, now: UnixTime) -> Result<String, Failure> {
        let groups = [Group::Result, Group::Initials];
        let (presenter, _) = self.vault.show(
            self.holding,
            &groups,
            Audience::AnyDoor,
            Consent::FreshOnly,
            Anchoring::Needed,
            now,
        )?;
        self.save()?;
        let renewal = presenter.renew(now)?;
        let signature = keys::sign(&self.vault, renewal.key(), &renewal.bytes_to_sign())?;
        Ok(renewal.answer(&signature).text().to_owned())
    }

    fn save(&mut self) -> Result<(), Failure> {
        Ok(self.file.save(&self.vault)?)
    }
}
