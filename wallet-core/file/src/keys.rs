//! Keys of copies in software, for wallets without a key store: made here, kept in the vault, gone with their copy.

use schemas::{
    Error as SchemasError, Hash,
    crypto::{Es256Signature, SigningKey as _, aws_lc::SigningKey},
};
use wallet_core::{Error, KeyHandle, OrderedKey, Vault};

/// Bytes of a handle: the start of the hash of the public key, enough to tell keys apart.
const HANDLE_BYTES: usize = 16;

/// Makes a key that a copy can be ordered for. Save the vault before the order goes out.
///
/// # Errors
/// [`Error::Schemas`] when the operating system gives no randomness.
pub fn generate(vault: &mut Vault) -> Result<OrderedKey, Error> {
    let key = SigningKey::generate()?;
    let public = key.public();
    let name = Hash::of(&[public.as_bytes()]);
    let handle = KeyHandle::new(&name.as_bytes()[..HANDLE_BYTES])?;
    vault.keep_key(handle.clone(), key.to_pkcs8()?)?;
    Ok(OrderedKey { handle, public })
}

/// Signs with a key of the vault: what a presentation, or the proof that the wallet has the key, asks for.
///
/// # Errors
/// [`Error::Schemas`] when there is no such key.
pub fn sign(vault: &Vault, handle: &KeyHandle, bytes: &[u8]) -> Result<Es256Signature, Error> {
    let document = vault.software_key(handle).ok_or(SchemasError::SigningFailed)?;
    Ok(SigningKey::from_pkcs8(document)?.sign(bytes)?)
}
