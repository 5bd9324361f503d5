//! Encryption under a passphrase, with the operating system's randomness.

use std::io;
use wallet_core::seal::{self, MAX_WORK, Passphrase, Randomness, WORK};
use zeroize::Zeroizing;

/// Tests do not need to wait.
const OUR_WORK: u8 = if cfg!(any(test, fuzzing)) { 4 } else { WORK };
/// A fuzzer would do nothing else.
const OUR_MAX_WORK: u8 = if cfg!(fuzzing) { OUR_WORK } else { MAX_WORK };

/// The encrypted form of `plain`.
pub fn seal(plain: &[u8], passphrase: &Passphrase) -> io::Result<Vec<u8>> {
    let mut random: Zeroizing<Randomness> = Zeroizing::new([0; 48]);
    #[expect(clippy::disallowed_methods, reason = "an edge draws randomness")]
    getrandom::fill(&mut *random).map_err(io::Error::other)?;
    Ok(seal::seal(plain, passphrase, OUR_WORK, &random))
}

/// The bytes that were sealed.
pub fn open(sealed: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, wallet_core::Error> {
    seal::open(sealed, passphrase, OUR_MAX_WORK)
}
