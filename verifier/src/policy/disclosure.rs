//! What a holder shows of the person.

use schemas::sd_cwt::profile::Contents;
use serde::{Deserialize, Serialize};

/// What is shown beside the result. Each shows at least as much as the one before it: full names hold the initials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disclosure {
    /// The result alone: anybody's.
    ResultOnly,
    /// Initials with the day and month of birth, enough to compare with an identity card.
    Initials,
    /// Full name and date of birth.
    Person,
}

impl Disclosure {
    /// Its stable name, as in a policy.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ResultOnly => "result-only",
            Self::Initials => "initials",
            Self::Person => "person",
        }
    }

    /// What a presentation shows; `None` when it does not even show the result.
    #[must_use]
    pub fn of(contents: &Contents) -> Option<Self> {
        contents.result?;
        Some(match (&contents.person, &contents.initials) {
            (Some(_), _) => Self::Person,
            (None, Some(_)) => Self::Initials,
            (None, None) => Self::ResultOnly,
        })
    }
}
