//! A wallet's file, encrypted with age.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::{cell::RefCell, fs};
use wallet_core::Vault;
use wallet_file::{Passphrase, read_export};

thread_local! {
    static FOLDER: RefCell<tempfile::TempDir> = RefCell::new(tempfile::tempdir().expect("a folder"));
}

fuzz_target!(|bytes: &[u8]| {
    FOLDER.with_borrow(|folder| {
        let path = folder.path().join("wallet.age");
        fs::write(&path, bytes).expect("a file");
        let _ = read_export(&path, &mut Vault::new(), &Passphrase::new("passphrase".into()));
    });
});
