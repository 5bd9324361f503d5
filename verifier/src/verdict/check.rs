//! The checks and how each of them ended.

use super::Missing;
use crate::Error;
use core::fmt;
use std::borrow::Cow;

/// The checks, in the order in which they are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// The text or picture holds a credential, in full and within all limits.
    Decoding,
    /// The policy accepts this shape of credential.
    Shape,
    /// The clock agrees with the ledger's time.
    Clock,
    /// The view of the ledger is young enough and cosigned by enough members.
    View,
    /// The signer is a registered issuer, or stands on the trust list.
    Issuer,
    /// The issuer's signature holds.
    Signature,
    /// The credential is valid by its own dates, and by its signer's.
    Validity,
    /// The holder's key signed what is shown.
    Holder,
    /// What the holder's key signed is seconds old and meant for a door.
    Freshness,
    /// It was not shown at this door before.
    Replay,
    /// The credential's commitment stands in a batch of its signer on the ledger.
    Anchor,
    /// Neither the credential nor the key that signed it was revoked or cut off.
    Status,
    /// The outcome is "not detected".
    Outcome,
    /// The policy accepts this kind of test at this age.
    Test,
    /// Enough is shown of the person.
    Disclosure,
    /// The country's rules are satisfied.
    Rules,
}

impl Check {
    /// All checks, in order.
    pub const ALL: [Self; 16] = [
        Self::Decoding,
        Self::Shape,
        Self::Clock,
        Self::View,
        Self::Issuer,
        Self::Signature,
        Self::Validity,
        Self::Holder,
        Self::Freshness,
        Self::Replay,
        Self::Anchor,
        Self::Status,
        Self::Outcome,
        Self::Test,
        Self::Disclosure,
        Self::Rules,
    ];

    /// The check's stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Decoding => "decoding",
            Self::Shape => "shape",
            Self::Clock => "clock",
            Self::View => "view",
            Self::Issuer => "issuer",
            Self::Signature => "signature",
            Self::Validity => "validity",
            Self::Holder => "holder",
            Self::Freshness => "freshness",
            Self::Replay => "replay",
            Self::Anchor => "anchor",
            Self::Status => "status",
            Self::Outcome => "outcome",
            Self::Test => "test",
            Self::Disclosure => "disclosure",
            Self::Rules => "rules",
        }
    }
}

/// How a check ended.
#[derive(Clone, PartialEq, Eq)]
pub enum Finding {
    /// Not done: not needed for this credential, or not reached.
    NotDone,
    /// It holds; a short text says by what.
    Passed(Cow<'static, str>),
    /// It cannot be told; something is missing.
    Unknown(Missing),
    /// It does not hold.
    Failed(Error),
}

/// One check and how it ended.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// The check.
    pub check: Check,
    /// How it ended.
    pub finding: Finding,
    /// How long it took; 0 without a [`Stopwatch`](super::Stopwatch).
    pub nanoseconds: u64,
}

impl Finding {
    pub(super) fn weight(&self) -> u8 {
        match self {
            Self::NotDone => 0,
            Self::Passed(_) => 1,
            Self::Unknown(_) => 2,
            Self::Failed(_) => 3,
        }
    }

    pub(super) fn error(&self) -> Option<&Error> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }

    pub(super) fn missing(&self) -> Option<&Missing> {
        match self {
            Self::Unknown(missing) => Some(missing),
            _ => None,
        }
    }
}

impl fmt::Debug for Finding {
    /// Without the evidence, which may tell of the person or the test.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotDone => "not-done",
            Self::Passed(_) => "passed",
            Self::Unknown(missing) => missing.code(),
            Self::Failed(error) => error.code(),
        })
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {:?}", self.check, self.finding)
    }
}
