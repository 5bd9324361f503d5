//! References to a status, in JSON and in CBOR: what is read can be written in both and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::{
    cbor::{Lengths, read},
    status_list::StatusReference,
};

fuzz_target!(|bytes: &[u8]| {
    let of_json = serde_json::from_slice(bytes).map(|json| StatusReference::from_json(&json));
    let of_item = read(bytes, Lengths::Any).map(|item| StatusReference::from_item(&item));
    for read in [of_json.ok(), of_item.ok()].into_iter().flatten() {
        if let Ok(Some(reference)) = read {
            assert_eq!(
                StatusReference::from_json(&reference.to_json()),
                Ok(Some(reference.clone()))
            );
            assert_eq!(
                StatusReference::from_item(&reference.to_item()),
                Ok(Some(reference))
            );
        }
    }
});
