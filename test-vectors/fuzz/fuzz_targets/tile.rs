//! Tiles and entry bundles (C2SP tlog-tiles), of which the first two bytes choose level and width: they have one form.
#![no_main]

use ledger::{
    merkle::TreeSize,
    tile::{Level, Tile},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let [level, width, bytes @ ..] = bytes else { return };
    let size = TreeSize(u64::from(*width) + 1);
    let level = if level % 2 == 0 {
        Level::Entries
    } else {
        Level::Hashes(0)
    };
    let tile = Tile::in_tree(level, 0, size).expect("a tree of this size");
    if let Ok(entries) = tile.entries(bytes) {
        assert_eq!(entries.len() as u64, size.0);
        let written = entries.iter().flat_map(|entry| {
            let length = u16::try_from(entry.len()).expect("two bytes of length");
            [&length.to_be_bytes()[..], entry].concat()
        });
        assert!(written.eq(bytes.iter().copied()));
    }
    if let Ok(hashes) = tile.hashes(bytes) {
        assert!(hashes.iter().flat_map(|hash| hash.0).eq(bytes.iter().copied()));
    }
});
