//! What the credential showed, for the person at the door to compare and for nothing else.

use core::fmt;
use schemas::UnixTime;
use schemas::health::{Initials, TestKind};

/// What was disclosed of the person.
#[derive(Clone, PartialEq, Eq)]
pub enum ShownPerson {
    /// Nothing.
    Nobody,
    /// Initials, with the month and day of birth when they are known.
    Initials(Initials),
    /// Full name and date of birth, as written.
    Person {
        /// The whole name.
        name: String,
        /// `YYYY-MM-DD`, or as much of it as is known.
        birth_date: String,
    },
}

/// What a credential says that its issuer signed. It is filled only after the signatures held: nothing is shown that
/// was not verified. `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    /// Who signed: the registered issuer's name, or the country of a foreign one.
    pub issuer: String,
    /// Of the person.
    pub person: ShownPerson,
    /// The kind of test, when a test was shown.
    pub test: Option<TestKind>,
    /// When the sample was taken, at the earliest.
    pub sampled_at: Option<UnixTime>,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown(…)")
    }
}

impl fmt::Debug for ShownPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShownPerson(…)")
    }
}
