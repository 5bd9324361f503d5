//! How many copies are left.

/// From this many on downwards, a wallet should get new copies.
pub const LOW_STOCK: usize = 1;

/// The copies of a pass that were never shown and that doors find on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stock {
    /// More than [`LOW_STOCK`].
    Enough(usize),
    /// At most [`LOW_STOCK`], and one at least.
    Low(usize),
    /// None: another showing could be linked to an earlier one.
    Out,
}

impl Stock {
    pub(crate) fn of(fresh: usize) -> Self {
        match fresh {
            0 => Self::Out,
            1..=LOW_STOCK => Self::Low(fresh),
            more => Self::Enough(more),
        }
    }
}
