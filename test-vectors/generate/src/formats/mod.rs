//! Documents that a verifier imports, each with one fault.

use crate::{Files, world::World};

/// The vectors as files.
#[must_use]
pub fn files(_world: &World) -> Files {
    Files::new()
}
