//! Entry bundles (tlog-tiles, "Log entries"): entries one after the other, each after its length in two bytes.

use crate::{Error, text::within};

/// The longest entry that a bundle can hold.
pub const MAX_ENTRY_BYTES: usize = u16::MAX as usize;

/// Appends an entry to a bundle.
pub(super) fn push(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), Error> {
    within("ledger entry in bytes", entry.len(), MAX_ENTRY_BYTES)?;
    let length = u16::try_from(entry.len()).expect("the limit is that of two bytes");
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// Reads a bundle of exactly `count` entries.
pub(super) fn read(mut bytes: &[u8], count: usize) -> Result<Vec<&[u8]>, Error> {
    let mut entries = Vec::with_capacity(count);
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length));
        if entries.len() == count || rest.len() < length {
            return Err(Error::TileMalformed);
        }
        let (entry, rest) = rest.split_at(length);
        entries.push(entry);
        bytes = rest;
    }
    if entries.len() != count || !bytes.is_empty() {
        return Err(Error::TileMalformed);
    }
    Ok(entries)
}
