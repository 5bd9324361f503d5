//! A copy as a wallet gets it, with its holder's key, for a wallet that shows it at a door with one of the views.

use super::{GOOD, NOW, World};
use crate::{json, seed::seed};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use schemas::crypto::SigningKey as _;
use serde::Serialize;

#[derive(Serialize)]
struct Held {
    description: &'static str,
    /// When it is good, in the view `views/current`.
    clock: i64,
    issuer: u32,
    /// The issuer's key, a compressed point.
    issuer_key: String,
    /// The private key that the copy is bound to, a scalar of P-256.
    holder_key: String,
    /// The copy, with all its disclosures and its proof.
    credential: String,
}

/// The file of a copy by the issuer's good key.
pub(super) fn file(world: &World, name: &str) -> Vec<u8> {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let copy = world.copy(name);
    json(&Held {
        description: "A negative PCR test, picked up.",
        clock: NOW.0,
        issuer: copy.held.place().issuer.0,
        issuer_key: encode(world.keys[GOOD].public().as_bytes()),
        holder_key: encode(&seed(&format!("holder of {name}"))),
        credential: encode(&copy.held.encode()),
    })
}
