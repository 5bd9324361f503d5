//! Whether the credential was revoked.

use super::{Anchored, Signed};
use crate::{
    Error,
    verdict::{Anchoring, Missing},
};
use ledger::state::{State, StatusAnswer};

/// A credential whose status was looked up.
#[derive(Debug)]
pub struct Checked {
    anchored: Anchored,
    not_revoked: Result<(), Missing>,
}

impl Anchored {
    /// Looks up whether the signed place is revoked, proof or not.
    ///
    /// # Errors
    /// [`Error::Revoked`], [`Error::BatchExpired`] and [`Error::IssuerFrozen`].
    pub fn check_status(self, state: &State) -> Result<Checked, Error> {
        let not_revoked = match state.status(self.signed.place()) {
            StatusAnswer::NotRevoked | StatusAnswer::AfterWindow => Ok(()),
            StatusAnswer::Revoked => return Err(Error::Revoked),
            StatusAnswer::BeforeWindow => return Err(Error::BatchExpired),
            StatusAnswer::Frozen => return Err(Error::IssuerFrozen),
            StatusAnswer::IssuerUnknown => return Err(schemas::Error::KeyUnknown.into()),
            StatusAnswer::NoSnapshot | StatusAnswer::Behind { .. } => Err(Missing::Status),
        };
        Ok(Checked {
            anchored: self,
            not_revoked,
        })
    }
}

impl Checked {
    /// Nothing, or what is missing to tell that it was not revoked.
    ///
    /// # Errors
    /// [`Missing::Status`].
    pub fn not_revoked(&self) -> Result<(), Missing> {
        self.not_revoked.clone()
    }

    /// How it is known to be on the ledger, or what is missing to tell.
    ///
    /// # Errors
    /// [`Missing::Batch`] and [`Missing::Proof`].
    pub fn anchoring(&self) -> Result<Anchoring, Missing> {
        self.anchored.anchoring()
    }

    /// What was signed.
    #[must_use]
    pub fn signed(&self) -> &Signed {
        self.anchored.signed()
    }
}
