//! What a verifier gets wrong that misses a vector (`test-vectors/README.md` has the table).

use serde::{Deserialize, Serialize};

/// The kind of mistake that a vector finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// Nothing is wrong with it.
    Good,
    /// Input that grows without bound.
    Limit,
    /// Bytes that two readers understand differently.
    Encoding,
    /// A structure that is not the format's.
    Structure,
    /// An algorithm that is not pinned to the key.
    Algorithm,
    /// A signature that is not checked, or not over what is shown.
    Signature,
    /// A key that may not sign this.
    KeyUse,
    /// A time that is not looked at.
    Time,
    /// A clock that is wrong.
    Clock,
    /// A copy of somebody else's code.
    Copy,
    /// A disclosure that was not signed so.
    Disclosure,
    /// A proof or a place that is missing, or another's.
    Anchor,
    /// A view of the ledger that is old, or vouched for by too few.
    View,
    /// A revocation that is not seen.
    Revocation,
    /// A stolen key.
    Theft,
    /// Somebody who tells two stories.
    TwoStories,
    /// A result that is not a negative one.
    Outcome,
    /// A word of the policy that is not followed.
    Policy,
    /// A country's rule that is not followed.
    Rules,
    /// A document that is read as less strict than it was meant.
    Document,
    /// A signature that a quantum computer forges, and that is believed.
    PostQuantum,
}

impl Flag {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::Good,
        Self::Limit,
        Self::Encoding,
        Self::Structure,
        Self::Algorithm,
        Self::Signature,
        Self::KeyUse,
        Self::Time,
        Self::Clock,
        Self::Copy,
        Self::Disclosure,
        Self::Anchor,
        Self::View,
        Self::Revocation,
        Self::Theft,
        Self::TwoStories,
        Self::Outcome,
        Self::Policy,
        Self::Rules,
        Self::Document,
        Self::PostQuantum,
    ];
}
