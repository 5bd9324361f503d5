//! CBOR (RFC 8949): what is read can be written and read again, and no map has a key twice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::cbor::{Item, Lengths, MAX_BYTES, MAX_DEPTH, MAX_MAP_ENTRIES, read, read_first, read_within};
use std::collections::BTreeSet;

fuzz_target!(|bytes: &[u8]| {
    let definite = read(bytes, Lengths::DefiniteOnly);
    let Ok(item) = read(bytes, Lengths::Any) else {
        assert!(definite.is_err());
        return;
    };
    check(&item, 0);
    let encoded = item.encode();
    // An indefinite length can be a byte shorter than a definite one.
    let again = read_within(&encoded, Lengths::DefiniteOnly, 2 * MAX_BYTES).expect("what was written");
    assert_eq!(again.encode(), encoded);
    if let Ok(definite) = definite {
        assert_eq!(definite.encode(), encoded);
        let (first, rest) =
            read_first(bytes, Lengths::DefiniteOnly).expect("what fills the bytes comes first");
        assert!(first.encode() == encoded && rest.is_empty());
    }
});

fn check(item: &Item<'_>, depth: usize) {
    match item {
        Item::Array(items) => items.iter().for_each(|item| check(item, depth + 1)),
        Item::Map(entries) => {
            let keys: BTreeSet<_> = entries.iter().map(|(key, _)| key.encode()).collect();
            assert!(keys.len() == entries.len() && keys.len() <= MAX_MAP_ENTRIES);
            for (key, value) in entries {
                check(key, depth + 1);
                check(value, depth + 1);
            }
        }
        Item::Tag(_, item) => check(item, depth + 1),
        _ => return,
    }
    assert!(depth < MAX_DEPTH);
}
