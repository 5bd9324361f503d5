//! What of a log's checkpoints stands on an EVM chain (`schemas/spec/chain.md`). Asking the chain is `ledger/evm`.

use crate::merkle::{Frontier, TreeHead};
use core::{fmt, str::FromStr};
use schemas::{Hash, UnixTime};

/// An address on the chain: of a contract, or of who anchors.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub [u8; 20]);

/// Not `0x` and 40 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an address is 0x and 40 hexadecimal digits")]
pub struct NotAnAddress;

impl FromStr for Address {
    type Err = NotAnAddress;

    /// Upper and lower case are the same; the checksum that some write in them is not looked at.
    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let digits = text.strip_prefix("0x").ok_or(NotAnAddress)?.as_bytes();
        let mut address = Self([0; 20]);
        let (pairs, rest) = digits.as_chunks::<2>();
        if pairs.len() != address.0.len() || !rest.is_empty() {
            return Err(NotAnAddress);
        }
        let digit = |digit: u8| char::from(digit).to_digit(16).ok_or(NotAnAddress);
        for (byte, [high, low]) in address.0.iter_mut().zip(pairs) {
            *byte = u8::try_from(digit(*high)? << 4 | digit(*low)?).map_err(|_| NotAnAddress)?;
        }
        Ok(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A checkpoint that stands on a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its size and root.
    pub head: TreeHead,
    /// The time of the block, of the one who anchored it last.
    pub time: UnixTime,
}

/// By what name a log stands on a chain: SHA-256 of its origin, which may be of any length.
#[must_use]
pub fn name(origin: &str) -> Hash {
    Hash::of(&[origin.as_bytes()])
}

/// Leaf hashes that are kept until the chain has caught up: 8 MiB, at 50,000 entries a day five days of them.
const MAX_LEAVES: usize = 1 << 18;

/// What somebody who follows a log keeps in order to hold the chain's word against it: the tree up to the last anchor, and
/// the leaves since.
#[derive(Clone, Debug, Default)]
pub struct Beginnings {
    anchored: Frontier,
    leaves: Vec<Hash>,
}

/// What an anchor is to a log that was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The log had this tree.
    Agrees,
    /// It has more entries than were read.
    Ahead,
    /// The log never had this tree.
    Differs,
    /// It is older than what is remembered.
    Unknown,
}

impl Beginnings {
    /// Takes up what was read of the log, in its order. If the chain falls so far behind that not all can be kept, the
    /// oldest are forgotten.
    pub fn extend(&mut self, leaves: impl IntoIterator<Item = Hash>) {
        self.leaves.extend(leaves);
        let too_many = self.leaves.len().saturating_sub(MAX_LEAVES);
        self.anchored.extend(self.leaves.drain(..too_many));
    }

    /// Holds an anchor against the log. After one that agrees, older ones are forgotten.
    pub fn judge(&mut self, anchor: &TreeHead) -> Standing {
        let Some(ahead) = anchor.size.0.checked_sub(self.anchored.size().0) else {
            return Standing::Unknown;
        };
        let Some(leaves) = usize::try_from(ahead)
            .ok()
            .filter(|ahead| *ahead <= self.leaves.len())
        else {
            return Standing::Ahead;
        };
        let mut tree = self.anchored.clone();
        tree.extend(self.leaves[..leaves].iter().copied());
        if tree.head() != *anchor {
            return Standing::Differs;
        }
        self.anchored = tree;
        self.leaves.drain(..leaves);
        Standing::Agrees
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{TreeSize, leaf_hash, root_of};

    #[test]
    fn an_address_is_read_in_any_case_and_nothing_else_is() {
        let text = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
        let address: Address = text.parse().unwrap();
        assert_eq!(address.to_string(), text.to_lowercase());
        for wrong in [
            "",
            "0x",
            &text[2..],
            &text[..41],
            &format!("{text}0"),
            &text.replace("5F", "5 "),
            &text.replace("5F", "é"),
            &text.replace("5F", "+5"),
        ] {
            assert_eq!(wrong.parse::<Address>(), Err(NotAnAddress), "{wrong}");
        }
    }

    #[test]
    fn an_anchor_is_of_the_tree_that_was_read_or_is_not() {
        let leaves: Vec<Hash> = (0..20u8).map(|n| leaf_hash(&[n])).collect();
        let head = |size: usize| TreeHead {
            size: TreeSize(size as u64),
            root: root_of(&leaves[..size]),
        };
        let other = |size| TreeHead {
            root: Hash([7; 32]),
            ..head(size)
        };
        let mut kept = Beginnings::default();
        assert_eq!(kept.judge(&head(5)), Standing::Ahead);
        kept.extend(leaves[..7].iter().copied());
        assert_eq!(kept.judge(&other(5)), Standing::Differs);
        assert_eq!(kept.judge(&head(5)), Standing::Agrees);
        assert_eq!(kept.judge(&other(5)), Standing::Differs);
        assert_eq!(kept.judge(&head(5)), Standing::Agrees);
        assert_eq!(kept.judge(&head(4)), Standing::Unknown);
        assert_eq!(kept.judge(&head(8)), Standing::Ahead);
        kept.extend(leaves[7..].iter().copied());
        assert_eq!(kept.judge(&head(20)), Standing::Agrees);
        assert!(kept.leaves.is_empty());
    }

    #[test]
    fn what_is_kept_has_a_limit() {
        let mut kept = Beginnings::default();
        kept.extend((0..MAX_LEAVES as u64 + 3).map(|n| leaf_hash(&n.to_be_bytes())));
        assert_eq!(
            (kept.leaves.len(), kept.anchored.size()),
            (MAX_LEAVES, TreeSize(3))
        );
    }
}
