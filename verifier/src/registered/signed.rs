//! A credential that a registered issuer's key signed.

use crate::{
    policy::{Disclosure, KeyStanding},
    shown::Shown,
};
use core::fmt;
use schemas::{BatchProof, Commitment, Hash, KeyId, Place, Shape, UnixTime, health::TestResult};

/// What a registered issuer signed, and a holder's key where the shape has one. Whether the ledger knows it, and whether
/// it was revoked since, is not yet known.
pub struct Signed {
    pub(super) shape: Shape,
    pub(super) place: Place,
    pub(super) signer: KeyId,
    pub(super) standing: KeyStanding,
    pub(super) issued_at: UnixTime,
    pub(super) commitment: Commitment,
    pub(super) proof: Option<BatchProof>,
    pub(super) result: Option<TestResult>,
    pub(super) disclosed: Option<Disclosure>,
    pub(super) token: Option<Hash>,
    pub(super) shown: Shown,
}

impl Signed {
    /// Its shape.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// What it disclosed.
    #[must_use]
    pub fn shown(&self) -> &Shown {
        &self.shown
    }

    /// The result, if it was disclosed.
    pub(crate) fn result(&self) -> Option<&TestResult> {
        self.result.as_ref()
    }

    /// How much was disclosed; `None` when not even the result was.
    pub(crate) fn disclosed(&self) -> Option<Disclosure> {
        self.disclosed
    }

    /// What the holder's key signed, for the memory of what was seen at this door.
    pub(crate) fn token(&self) -> Option<Hash> {
        self.token
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signed(…)")
    }
}
