//! A wallet's vault: what is read can be written and read again, and exported and restored.
#![no_main]

use generate::world::NOW;
use libfuzzer_sys::fuzz_target;
use wallet_core::{Holding, Vault};

fuzz_target!(|bytes: &[u8]| {
    let Ok(vault) = Vault::decode(bytes) else { return };
    for (_, holding) in vault.list() {
        if let Holding::Pass(pass) = holding {
            let _ = (pass.stock(NOW), pass.expires(), pass.contents());
        }
    }
    let written = vault.encode().expect("what was read");
    let again = Vault::decode(&written).expect("what was written");
    assert_eq!(again.encode().expect("what was read"), written);
    assert_eq!(
        (again.list().count(), again.unknown()),
        (vault.list().count(), vault.unknown())
    );
    let restored = Vault::new()
        .restore(&vault.export().expect("less than all"))
        .expect("an export");
    let all = restored.certificates + restored.receipts + restored.already_held;
    assert_eq!(all, vault.list().count());
});
