//! Which wallet a result lives in.

use crate::Error;

/// Where a result lives: in one wallet at a time (`schemas/spec/vault.md`, "A lost device").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Home {
    /// In this one.
    #[default]
    Here,
    /// In the one that a backup was made of. The first order moves it here.
    ToMove,
    /// On its way: the receipt that moves it is in the vault, and no copy has arrived yet.
    Moving,
    /// In another one, which was restored from a backup. What was here has ended.
    MovedAway,
}

impl Home {
    /// The number in the vault; none is needed for most.
    pub(crate) fn number(self) -> Option<i64> {
        match self {
            Self::Here => None,
            Self::ToMove => Some(1),
            Self::Moving => Some(2),
            Self::MovedAway => Some(3),
        }
    }

    pub(crate) fn from_number(number: i64) -> Result<Self, Error> {
        let known = [Self::ToMove, Self::Moving, Self::MovedAway];
        let found = known.into_iter().find(|home| home.number() == Some(number));
        found.ok_or(Error::VaultMalformed("a home of a later version"))
    }
}
