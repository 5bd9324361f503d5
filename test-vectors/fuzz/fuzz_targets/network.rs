//! The document that names registrar and members: what is read can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verifier::network::Network;

fuzz_target!(|text: &str| {
    if let Ok(network) = Network::from_toml(text) {
        assert_eq!(Network::from_toml(&network.to_toml()), Ok(network));
    }
});
