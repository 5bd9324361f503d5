//! What a holder shows of the person.

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
