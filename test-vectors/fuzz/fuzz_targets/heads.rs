//! Signed heads and the list of them: one encoding for each, and a list has each chain once.
#![no_main]

use ledger::heads::{Heads, SignedHead};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(head) = SignedHead::decode(bytes) {
        assert_eq!(head.encode(), bytes);
    }
    let Ok(heads) = Heads::decode(bytes) else {
        return;
    };
    assert_eq!(heads.encode(), bytes);
    let chains: Vec<_> = heads
        .iter()
        .map(|head| (head.unverified().issuer, head.unverified().chain))
        .collect();
    assert!(chains.windows(2).all(|pair| pair[0] < pair[1]));
});
