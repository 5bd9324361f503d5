//! The file `head`: a signed checkpoint and the entries that it added to the one before.
//!
//! It is the log's only decision. Once it is durable, every file of the tree of that size follows from it and from the
//! files of the tree before; writing them again changes nothing. So there is one moment at which a log grows, and no
//! write whose delay could put older bytes in the place of newer ones.
//!
//! ```text
//! offset  length  field
//! 0       8       size of the tree before, big-endian
//! 8       4       length n of the signed checkpoint, big-endian
//! 12      n       the signed checkpoint, a note with the log's signature
//! 12+n    …       the entries added, each after its length in two bytes, as in an entry bundle
//! ```

use ledger::{merkle::TreeSize, note::MAX_NOTE_BYTES, tile::MAX_ENTRY_BYTES};

/// What the file says, before anything is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) before: TreeSize,
    pub(super) note: Vec<u8>,
    pub(super) entries: Vec<Vec<u8>>,
}

impl Head {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.before.0.to_be_bytes().to_vec();
        let length = u32::try_from(self.note.len()).expect("a note is at most 128 KiB");
        bytes.extend(length.to_be_bytes());
        bytes.extend(&self.note);
        bytes.extend(bundle(&self.entries));
        bytes
    }

    /// The signed checkpoint, whatever comes after it.
    pub(super) fn note(bytes: &[u8]) -> Option<&[u8]> {
        let (_, rest) = bytes.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk()?;
        rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)
    }

    /// None if the bytes are anything else than [`encode`](Self::encode) wrote.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (before, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (note, mut rest) = rest.split_at_checked(length)?;
        let mut entries = Vec::new();
        while !rest.is_empty() {
            let (length, after) = rest.split_first_chunk()?;
            let (entry, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
            entries.push(entry.to_vec());
            rest = after;
        }
        Some(Self {
            before: TreeSize(u64::from_be_bytes(*before)),
            note: note.to_vec(),
            entries,
        })
    }
}

/// Entries, each after its length in two bytes, as in an entry bundle.
pub(super) fn bundle(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).expect("the edge took no longer entry");
        bytes.extend(length.to_be_bytes());
        bytes.extend(entry);
    }
    bytes
}

const _: () = assert!(MAX_NOTE_BYTES <= u32::MAX as usize && MAX_ENTRY_BYTES <= u16::MAX as usize);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    proptest! {
        #[test]
        fn reads_what_it_writes(before: u64, note: Vec<u8>, entries in vec(any::<Vec<u8>>(), 0..9)) {
            let head = Head { before: TreeSize(before), note, entries };
            prop_assert_eq!(Head::decode(&head.encode()), Some(head));
        }

        #[test]
        fn reads_any_bytes(bytes: Vec<u8>) {
            if let Some(head) = Head::decode(&bytes) {
                prop_assert_eq!(head.encode(), bytes);
            }
        }
    }
}
