//! Entries of a log: an entry has one form, and its kind says who signs it.
#![no_main]

use fuzz::ES256;
use ledger::entry::{Entry, Leaf, Signer};
use libfuzzer_sys::fuzz_target;
use schemas::KeyId;

fuzz_target!(|bytes: &[u8]| {
    let Ok(leaf) = Leaf::decode(bytes) else { return };
    assert_eq!(leaf.encode(), bytes);
    let Leaf::Entry(unchecked) = leaf else { return };
    let entry = unchecked.unverified();
    let again = Entry::new(entry.subject(), entry.expiry(), entry.root(), entry.previous());
    assert_eq!(again.as_ref(), Ok(entry));
    let signers = [Signer::Registrar, Signer::Issuer(KeyId([1; 8]))];
    let by = signers.map(|signer| unchecked.verify(signer, &ES256));
    assert!(by[0].is_ok() != by[1].is_ok(), "signed by one party");
    assert!(
        by.into_iter()
            .flatten()
            .all(|checked| checked.unchecked() == unchecked)
    );
});
