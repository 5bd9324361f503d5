//! Keys of a member: of Ed25519 in a file or in a token, of ML-DSA-44 in a file alone.
//!
//! Tokens that speak PKCS#11 3.2, the first with ML-DSA, are not to be had yet.

mod place;
mod seed;
mod signer;
mod token;

pub use place::{KeyPlace, TokenTable};
pub use seed::Seed;
pub use signer::{Cosigner, NoteSigner};
pub use token::{Pkcs11Config, TokenError};

use self::token::TokenKey;
use crate::Error;
use ledger::ed25519::{PublicKey, SecretKey};
use std::sync::Arc;

/// An Ed25519 key that can sign, wherever it is. Clones are the same key.
///
/// ```no_run
/// use ledger::note::Note;
/// use ledger_node::KeyPlace;
///
/// # fn sign(note: &Note) -> Result<(), ledger_node::Error> {
/// let key = KeyPlace::from(std::path::PathBuf::from("member.key")).open()?;
/// let signer = key.note_signer("attest.example/member-1".parse()?);
/// println!("{}", signer.sign(note)?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Key(Held);

#[derive(Clone, Debug)]
enum Held {
    Here(Box<SecretKey>),
    Token(Arc<TokenKey>),
}

impl Key {
    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        match &self.0 {
            Held::Here(secret) => secret.public(),
            Held::Token(token) => token.public(),
        }
    }

    /// Signs. Whether a token signed with the right key is for the caller to check; [`NoteSigner`] and [`Cosigner`] do.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Error> {
        match &self.0 {
            Held::Here(secret) => Ok(secret.sign(message)),
            Held::Token(token) => Ok(token.sign(message)?),
        }
    }

    /// Whether it could sign now, as far as is known without trying: a token that failed is asked again.
    fn ready(&self) -> Result<(), TokenError> {
        match &self.0 {
            Held::Here(_) => Ok(()),
            Held::Token(token) => token.ready(),
        }
    }
}

impl From<&Seed> for Key {
    fn from(seed: &Seed) -> Self {
        Self(Held::Here(Box::new(SecretKey::from_seed(seed.as_bytes()))))
    }
}
