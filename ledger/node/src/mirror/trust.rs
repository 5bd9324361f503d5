//! Whose checkpoints are copied.

use crate::Error;
use ledger::{
    checkpoint::SignedCheckpoint, cosignature::WitnessKey, merkle::TreeHead, note::VerifierKey,
    policy::Policy,
};
use std::str::FromStr;

/// Who must have signed a checkpoint.
#[derive(Clone, Debug)]
pub enum Trust {
    /// The log itself. That others see the same tree is for them to say.
    Log(VerifierKey),
    /// A witness, or another mirror, that vouches for the log.
    Witness(WitnessKey),
    /// A log of the policy, and a quorum of its witnesses.
    Policy(Policy),
}

impl FromStr for Trust {
    type Err = ledger::Error;

    /// Reads the vkey of a log or of a witness.
    fn from_str(vkey: &str) -> Result<Self, ledger::Error> {
        match vkey.parse() {
            Ok(key) => Ok(Self::Log(key)),
            Err(refusal) => vkey.parse().map(Self::Witness).map_err(|_| refusal),
        }
    }
}

impl Trust {
    /// Reads a checkpoint and says which tree may be believed.
    pub(super) fn check(&self, bytes: &[u8]) -> Result<(SignedCheckpoint, TreeHead), Error> {
        let signed = SignedCheckpoint::parse(bytes)?;
        let head = match self {
            Self::Log(key) => signed.verify(std::slice::from_ref(key))?.head(),
            Self::Policy(policy) => policy.verify(&signed)?.checkpoint().head(),
            Self::Witness(key) => match key.cosigned(&signed)? {
                Some(_) => signed.unverified().head(),
                None => return Err(ledger::Error::NoteUnsigned.into()),
            },
        };
        Ok((signed, head))
    }
}
