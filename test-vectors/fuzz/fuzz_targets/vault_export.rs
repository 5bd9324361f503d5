//! What a wallet takes over from another device: all of it comes to a vault that can be written, or nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wallet_core::Vault;

fuzz_target!(|bytes: &[u8]| {
    let mut vault = Vault::new();
    match vault.restore(bytes) {
        Ok(restored) => {
            assert_eq!(vault.list().count(), restored.certificates + restored.receipts);
            let written = vault.encode().expect("what was restored");
            assert_eq!(
                Vault::decode(&written).expect("what was written").list().count(),
                vault.list().count()
            );
            let again = vault.restore(bytes).expect("as before");
            assert_eq!(
                again.certificates + again.receipts,
                0,
                "everything is held already"
            );
        }
        Err(_) => assert_eq!(vault.list().count(), 0),
    }
});
