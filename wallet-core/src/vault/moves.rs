//! A result moves from one wallet to another, which was restored from a backup.

use super::Vault;
use crate::{Error, HoldingNumber, Home, KeyHandle, Receipt};

impl Vault {
    /// Notes the receipt that moves a restored pass here, in the place of the one from the backup. Copies that are here all
    /// the same, from a service that moved nothing, end with the move. The keys of the answer are to be destroyed where they
    /// are kept; those in the vault are gone.
    ///
    /// # Errors
    /// [`Error::NotHeld`].
    pub fn move_here(&mut self, number: HoldingNumber, receipt: Receipt) -> Result<Vec<KeyHandle>, Error> {
        let pass = self.pass_mut(number)?;
        pass.receipt = receipt.in_place_of(&pass.receipt);
        self.end_copies(number, Home::Moving)
    }

    /// Notes that a pass lives in another wallet now: its copies have ended, and what they say stays to be seen. The keys of
    /// the answer are to be destroyed where they are kept; those in the vault are gone.
    ///
    /// # Errors
    /// [`Error::NotHeld`].
    pub fn move_away(&mut self, number: HoldingNumber) -> Result<Vec<KeyHandle>, Error> {
        self.end_copies(number, Home::MovedAway)
    }

    fn end_copies(&mut self, number: HoldingNumber, home: Home) -> Result<Vec<KeyHandle>, Error> {
        let pass = self.pass_mut(number)?;
        let keys: Vec<_> = pass.keys().map(|key| key.handle.clone()).collect();
        (pass.copies, pass.ordered, pass.home) = (Vec::new(), Vec::new(), home);
        self.forget_keys(&keys);
        Ok(keys)
    }
}
