//! Paths of tiles (C2SP tlog-tiles): a tile has one path.
#![no_main]

use ledger::tile::Tile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|path: &str| {
    if let Ok(tile) = path.parse::<Tile>() {
        assert_eq!(tile.to_string(), path);
        assert!((1..=256).contains(&tile.width()));
        let full = tile.full();
        assert_eq!(full.to_string().parse(), Ok(full));
    }
});
