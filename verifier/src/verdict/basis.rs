//! On what a credential is accepted.

use super::Check;
use crate::{
    policy::{AcceptedTest, GraceAdmitted, NotDetected},
    registered::PostQuantum,
    rules::RulesPassed,
};
use core::fmt;
use schemas::Shape;

/// Why a credential may be accepted. Each variant demands the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// A result of an issuer of this ledger.
    Registered {
        /// The credential's shape.
        shape: Shape,
        /// That the policy accepts the test.
        test: AcceptedTest,
        /// How it is known to be on the ledger.
        anchoring: Anchoring,
    },
    /// A certificate of an issuer that this ledger does not know, by the rules of a country.
    Foreign {
        /// What it certifies.
        entry: ForeignEntry,
        /// That the country's rules are satisfied.
        rules: RulesPassed,
    },
}

/// How a credential is known to be on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchoring {
    /// Its proof leads to a batch in the view.
    InView,
    /// The same, and hashes lead from there to what the issuer, the registrar and a quorum of members signed with ML-DSA-44.
    PostQuantum(PostQuantum),
    /// It is too new to be in the view, and the policy lets that pass for a moment.
    Grace(GraceAdmitted),
}

/// What is true of a credential although it was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// That the holder showed it rests on ES256, all else on hashes and ML-DSA-44.
    HolderBindingClassical,
}

impl Note {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::HolderBindingClassical => "holder-binding-classical",
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HolderBindingClassical => {
                "that the holder showed it rests on ES256, which a quantum computer forges: compare the person"
            }
        })
    }
}

/// What a foreign certificate certifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignEntry {
    /// A test, which was negative.
    Test(NotDetected),
    /// A vaccination.
    Vaccination,
    /// A recovery.
    Recovery,
}

impl Basis {
    pub(super) fn demands(&self, check: Check) -> bool {
        let always = matches!(
            check,
            Check::Decoding | Check::Issuer | Check::Signature | Check::Validity
        );
        let by_basis = match self {
            Self::Registered { shape, anchoring, .. } => match check {
                Check::Holder | Check::Freshness | Check::Replay => *shape == Shape::SdCwt,
                Check::Anchor => !matches!(anchoring, Anchoring::Grace(_)),
                check => check != Check::Rules,
            },
            Self::Foreign { entry, .. } => match check {
                Check::Outcome => matches!(entry, ForeignEntry::Test(_)),
                check => matches!(check, Check::Shape | Check::Rules),
            },
        };
        always || by_basis
    }

    /// The stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Registered {
                anchoring: Anchoring::InView,
                ..
            } => "anchored",
            Self::Registered {
                anchoring: Anchoring::Grace(_),
                ..
            } => "grace",
            Self::Registered {
                anchoring: Anchoring::PostQuantum(_),
                ..
            } => "post-quantum",
            Self::Foreign { .. } => "country-rules",
        }
    }

    /// What a door should know of an accepted credential, by stable codes.
    #[must_use]
    pub fn notes(&self) -> &'static [Note] {
        match self {
            Self::Registered {
                shape: Shape::SdCwt,
                anchoring: Anchoring::PostQuantum(_),
                ..
            } => &[Note::HolderBindingClassical],
            _ => &[],
        }
    }
}
