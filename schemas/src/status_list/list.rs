//! The list itself (section 4): statuses of 1, 2, 4 or 8 bits, the least significant bits first, compressed.

use crate::{Error, zlib};

/// Largest list, not compressed: 67 million places with one bit each. A list with two thousand times less is what the
/// draft measures (section 13.1).
pub const MAX_LIST_BYTES: usize = 8 * 1024 * 1024;

/// A status (section 7.1). Values without a name here mean what an application says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusType(pub u8);

impl StatusType {
    /// Valid, correct or legal.
    pub const VALID: Self = Self(0);
    /// Revoked, annulled, taken back, recalled or cancelled.
    pub const INVALID: Self = Self(1);
    /// Temporarily invalid.
    pub const SUSPENDED: Self = Self(2);
}

/// How many bits a status has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bits {
    /// 1: valid and invalid.
    One,
    /// 2: four statuses.
    Two,
    /// 4: sixteen.
    Four,
    /// 8: 256.
    Eight,
}

impl Bits {
    /// The number that stands in a list.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// Reads 1, 2, 4 or 8.
    ///
    /// # Errors
    /// [`Error::StatusListMalformed`] for any other number.
    pub fn from_number(number: i64) -> Result<Self, Error> {
        match number {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            4 => Ok(Self::Four),
            8 => Ok(Self::Eight),
            _ => Err(Error::StatusListMalformed("bits is not 1, 2, 4 or 8")),
        }
    }

    /// The largest status.
    fn mask(self) -> u8 {
        u8::MAX >> (8 - self.number())
    }
}

/// A list of statuses.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: Bits,
    bytes: Vec<u8>,
}

impl StatusList {
    /// A list for at least `entries` statuses, all valid.
    ///
    /// # Errors
    /// [`Error::TooLong`] above [`MAX_LIST_BYTES`].
    pub fn new(bits: Bits, entries: u64) -> Result<Self, Error> {
        let length = entries.div_ceil(u64::from(8 / bits.number()));
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Error::at_most("status list in bytes", length, MAX_LIST_BYTES)?;
        let bytes = vec![0; length];
        Ok(Self { bits, bytes })
    }

    /// Sets the status at an index.
    ///
    /// # Errors
    /// [`Error::StatusListOutOfRange`]; [`Error::StatusListMalformed`] when the status has more bits than the list.
    pub fn set(&mut self, index: u64, status: StatusType) -> Result<(), Error> {
        let mask = self.bits.mask();
        if status.0 > mask {
            return Err(Error::StatusListMalformed("the status needs more bits"));
        }
        let (byte, shift) = self.position(index)?;
        self.bytes[byte] = self.bytes[byte] & !(mask << shift) | status.0 << shift;
        Ok(())
    }

    /// The status at an index.
    ///
    /// # Errors
    /// [`Error::StatusListOutOfRange`]: nothing can be said.
    pub fn get(&self, index: u64) -> Result<StatusType, Error> {
        let (byte, shift) = self.position(index)?;
        Ok(StatusType(self.bytes[byte] >> shift & self.bits.mask()))
    }

    /// How many statuses it has room for.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.bytes.len() as u64 * u64::from(8 / self.bits.number())
    }

    /// How many bits a status has.
    #[must_use]
    pub fn bits(&self) -> Bits {
        self.bits
    }

    /// The statuses before compression, `8 / bits` in a byte.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The compressed byte array (section 4.1).
    #[must_use]
    pub fn compress(&self) -> Vec<u8> {
        zlib::deflate(&self.bytes)
    }

    /// Reads a compressed byte array.
    ///
    /// # Errors
    /// [`Error::ZlibMalformed`]; [`Error::TooLong`] above [`MAX_LIST_BYTES`].
    pub fn decompress(bits: Bits, compressed: &[u8]) -> Result<Self, Error> {
        let bytes = zlib::inflate(compressed, MAX_LIST_BYTES)?;
        Ok(Self { bits, bytes })
    }

    /// The byte of an index, and how far its bits stand from the least significant one.
    fn position(&self, index: u64) -> Result<(usize, u8), Error> {
        let per_byte = u64::from(8 / self.bits.number());
        let byte = usize::try_from(index / per_byte).ok();
        let byte = byte.filter(|byte| *byte < self.bytes.len());
        let shift = u8::try_from(index % per_byte).expect("below 8") * self.bits.number();
        Ok((byte.ok_or(Error::StatusListOutOfRange { index })?, shift))
    }
}

impl core::fmt::Debug for StatusList {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("StatusList")
            .field("bits", &self.bits)
            .field("entries", &self.entries())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_bits() -> impl Strategy<Value = Bits> {
        prop::sample::select(vec![Bits::One, Bits::Two, Bits::Four, Bits::Eight])
    }

    proptest! {
        #[test]
        fn keeps_what_was_set(bits in any_bits(), entries in 1u64..500, steps in prop::collection::vec((0u64..600, any::<u8>()), 0..60)) {
            let mut list = StatusList::new(bits, entries).unwrap();
            let mut model = vec![0; usize::try_from(list.entries()).unwrap()];
            for (index, status) in steps {
                let status = status & bits.mask();
                match model.get_mut(usize::try_from(index).unwrap()) {
                    Some(slot) => {
                        *slot = status;
                        prop_assert_eq!(list.set(index, StatusType(status)), Ok(()));
                    }
                    None => {
                        let refusal = Error::StatusListOutOfRange { index };
                        prop_assert_eq!(list.set(index, StatusType(status)), Err(refusal.clone()));
                        prop_assert_eq!(list.get(index), Err(refusal));
                    }
                }
            }
            let again = StatusList::decompress(bits, &list.compress()).unwrap();
            prop_assert_eq!(&again, &list);
            for (index, status) in (0..).zip(model) {
                prop_assert_eq!(again.get(index), Ok(StatusType(status)));
            }
        }

        #[test]
        fn any_bytes_return(bits in any_bits(), bytes: Vec<u8>, index: u64) {
            let _ = StatusList::decompress(bits, &bytes).and_then(|list| list.get(index));
        }
    }

    #[test]
    fn limits_hold() {
        let entries = MAX_LIST_BYTES as u64 * 8;
        assert!(StatusList::new(Bits::One, entries).is_ok());
        assert_eq!(
            StatusList::new(Bits::One, entries + 1).unwrap_err().code(),
            "too-long"
        );
        assert_eq!(
            StatusList::new(Bits::Eight, u64::MAX).unwrap_err().code(),
            "too-long"
        );
        let bomb = zlib::deflate(&vec![0; MAX_LIST_BYTES + 1]);
        assert_eq!(
            StatusList::decompress(Bits::One, &bomb).unwrap_err().code(),
            "too-long"
        );
        let mut list = StatusList::new(Bits::Two, 1).unwrap();
        assert_eq!(
            list.set(0, StatusType(4)).unwrap_err().code(),
            "status-list-malformed"
        );
        assert!(
            [0, 3, 16, -1]
                .into_iter()
                .all(|number| Bits::from_number(number).is_err())
        );
    }
}
