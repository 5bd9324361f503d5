//! Randomness from the operating system: the one place of the service that draws it.

use crate::Error;
use getrandom::SysRng;
use rand_core::UnwrapErr;

/// The random source for the pure crates, which ask for one that cannot fail: it panics if the operating system has no
/// randomness, which Linux does not do once it has started.
#[must_use]
pub fn source() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// Fills `bytes`.
///
/// # Errors
/// [`Error::Randomness`].
#[expect(clippy::disallowed_methods, reason = "this is the edge that draws randomness")]
pub fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes).map_err(|_| Error::Randomness)
}
