//! The view as a verifier keeps it on its own disk, of which the input lacks the checksum: what is read is written alike.
#![no_main]

use fuzz::Gullible;
use generate::seed::key;
use ledger::state::State;
use libfuzzer_sys::fuzz_target;
use schemas::{
    Hash,
    crypto::{P256Point, SigningKey as _},
};
use std::sync::LazyLock;

static REGISTRAR: LazyLock<P256Point> = LazyLock::new(|| key("registrar").public());

fuzz_target!(|content: &[u8]| {
    let bytes = [content, &Hash::of(&[content]).0].concat();
    let Ok(state) = State::from_cache(&bytes, &REGISTRAR, &Gullible) else {
        return;
    };
    let written = state.to_cache();
    let again = State::from_cache(&written, &REGISTRAR, &Gullible).expect("what was written");
    assert_eq!(again.to_cache(), written);
});
