//! A wallet's backup as a page opens it (age-encryption.org/v1), with little work.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wallet_core::seal::{Passphrase, open};

fuzz_target!(|sealed: &[u8]| {
    if let Ok(plain) = open(sealed, &Passphrase::new("passphrase".into()), 6) {
        assert!(plain.len() < sealed.len());
    }
});
