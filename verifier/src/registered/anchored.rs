//! Whether the credential stands on the ledger.

use super::Signed;
use crate::{
    Error,
    policy::Grace,
    verdict::{Anchoring, Missing},
};
use ledger::{
    batch,
    state::{BatchAnswer, State},
};
use schemas::UnixTime;

/// A credential that was looked up on the ledger.
#[derive(Debug)]
pub struct Anchored {
    pub(super) signed: Signed,
    pub(super) anchoring: Result<Anchoring, Missing>,
}

impl Signed {
    /// Looks up the root of the batch that the signed place names, and follows the proof to it
    /// (`schemas/spec/place-and-proof.md`).
    ///
    /// What cannot be told is kept in the evidence, since a credential without its proof may still be revoked.
    ///
    /// # Errors
    /// [`Error::ProofInvalid`] for a proof that leads elsewhere, [`Error::KeyCutOff`], [`Error::BatchExpired`] and
    /// [`Error::IssuerFrozen`].
    pub fn verify_anchor(self, state: &State, grace: Grace, now: UnixTime) -> Result<Anchored, Error> {
        let anchoring = match state.batch_root(self.place.issuer, self.place.batch, &self.signer) {
            BatchAnswer::Known(root) => match &self.proof {
                Some(proof) if batch::root(proof, self.commitment, self.place.slot) == root => {
                    Ok(Anchoring::InView)
                }
                Some(_) => return Err(Error::ProofInvalid),
                None => Err(Missing::Proof),
            },
            BatchAnswer::NotYet => match grace.admit(self.issued_at, self.standing, now) {
                Some(admitted) => Ok(Anchoring::Grace(admitted)),
                None => Err(Missing::Batch),
            },
            BatchAnswer::Pruned => return Err(Error::BatchExpired),
            BatchAnswer::AfterCutOff => return Err(Error::KeyCutOff),
            BatchAnswer::Frozen => return Err(Error::IssuerFrozen),
            BatchAnswer::IssuerUnknown => return Err(schemas::Error::KeyUnknown.into()),
        };
        Ok(Anchored {
            signed: self,
            anchoring,
        })
    }
}

impl Anchored {
    /// How it is known to be on the ledger, or what is missing to tell.
    ///
    /// # Errors
    /// [`Missing::Batch`] and [`Missing::Proof`].
    pub fn anchoring(&self) -> Result<Anchoring, Missing> {
        self.anchoring.clone()
    }

    /// What was signed.
    #[must_use]
    pub fn signed(&self) -> &Signed {
        &self.signed
    }
}
