//! The batches that a snapshot speaks of.

use crate::{BatchNumber, Error, Slot};

/// Most batches of a window: 4,294,967,296 places, so that a place in the window has a 32-bit number.
pub const MAX_WINDOW_BATCHES: u32 = 1 << 24;

/// A run of an issuer's batches. A place in the window has the local number `(batch − first) × 256 + slot`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    first: BatchNumber,
    batches: u32,
}

impl Window {
    /// The window of `batches` batches from `first` on; may be empty.
    ///
    /// # Errors
    /// [`Error::StatusMalformed`] when it is larger than [`MAX_WINDOW_BATCHES`] or ends after batch 2³²−1.
    pub fn new(first: BatchNumber, batches: u32) -> Result<Self, Error> {
        if batches > MAX_WINDOW_BATCHES {
            return Err(Error::StatusMalformed("the window is too large"));
        }
        let window = Self { first, batches };
        if window.end() > 1 << 32 {
            return Err(Error::StatusMalformed(
                "the window ends after the last batch number",
            ));
        }
        Ok(window)
    }

    /// The first batch.
    #[must_use]
    pub fn first(&self) -> BatchNumber {
        self.first
    }

    /// How many batches.
    #[must_use]
    pub fn batches(&self) -> u32 {
        self.batches
    }

    /// The number after the last batch.
    #[must_use]
    pub fn end(&self) -> u64 {
        u64::from(self.first.0) + u64::from(self.batches)
    }

    /// How many places it has.
    pub(super) fn places(&self) -> u64 {
        u64::from(self.batches) << 8
    }

    /// The local number of a place in the window.
    pub(super) fn local(&self, batch: BatchNumber, slot: Slot) -> Option<u32> {
        let ahead = batch.0.checked_sub(self.first.0)?;
        (ahead < self.batches).then_some(ahead << 8 | u32::from(slot.0))
    }

    /// The place with a local number below [`places`](Self::places).
    pub(super) fn place(&self, local: u32) -> (BatchNumber, Slot) {
        let [.., slot] = local.to_be_bytes();
        (BatchNumber(self.first.0 + (local >> 8)), Slot(slot))
    }

    /// Whether `later` starts and ends no earlier than this window.
    pub(super) fn moves_forward_to(&self, later: &Self) -> bool {
        self.first <= later.first && self.end() <= later.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_local_numbers() {
        let window = Window::new(BatchNumber(7), 2).unwrap();
        assert_eq!(window.local(BatchNumber(6), Slot(255)), None);
        assert_eq!(window.local(BatchNumber(7), Slot(0)), Some(0));
        assert_eq!(window.local(BatchNumber(8), Slot(255)), Some(511));
        assert_eq!(window.local(BatchNumber(9), Slot(0)), None);
        assert_eq!(window.place(511), (BatchNumber(8), Slot(255)));
        let last = Window::new(BatchNumber(u32::MAX - MAX_WINDOW_BATCHES + 1), MAX_WINDOW_BATCHES).unwrap();
        assert_eq!(last.local(BatchNumber(u32::MAX), Slot(255)), Some(u32::MAX));
        assert_eq!(last.place(u32::MAX), (BatchNumber(u32::MAX), Slot(255)));
    }

    #[test]
    fn limits_hold() {
        assert!(Window::new(BatchNumber(u32::MAX), 1).is_ok());
        assert!(Window::new(BatchNumber(u32::MAX), 2).is_err());
        assert!(Window::new(BatchNumber(0), MAX_WINDOW_BATCHES).is_ok());
        assert!(Window::new(BatchNumber(0), MAX_WINDOW_BATCHES + 1).is_err());
    }
}
