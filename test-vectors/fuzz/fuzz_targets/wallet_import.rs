//! Files that a person gives to a wallet: what was taken in can be kept and shown.
#![no_main]

use generate::world::NOW;
use libfuzzer_sys::fuzz_target;
use wallet_core::Vault;

fuzz_target!(|file: &[u8]| {
    let mut vault = Vault::new();
    let Ok(numbers) = vault.import_file(file, NOW) else {
        return;
    };
    let written = vault.encode().expect("what was taken in");
    let vault = Vault::decode(&written).expect("what was written");
    for number in numbers {
        let held = vault.certificate(number).expect("what was taken in");
        assert!(
            held.decoded()
                .is_ok_and(|decoded| decoded.unverified_claims().is_ok())
        );
    }
});
