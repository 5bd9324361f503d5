//! Encryption under a passphrase (age-encryption.org/v1, scrypt).

use age::{DecryptError, Decryptor, Encryptor, scrypt, secrecy::SecretString};
use core::{fmt, iter};
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

/// What every age file starts with.
const INTRODUCTION: &[u8] = b"age-encryption.org/v1\n";

/// Log₂ of scrypt's work: 128 MiB and about half a second, OWASP's first choice. Tests do not need to wait.
const WORK: u8 = if cfg!(any(test, fuzzing)) { 4 } else { 17 };
/// Most work to open a file: 1 GiB and about four seconds. The age program itself writes 18. A fuzzer would do nothing else.
const MAX_WORK: u8 = if cfg!(fuzzing) { WORK } else { 20 };

/// What opens a wallet. Wiped from memory after use.
#[derive(Clone)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// A passphrase as typed.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// Why bytes cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Foreign,
    WrongPassphrase,
    Damaged,
    TooMuchWork,
}

/// The encrypted form of `plain`.
pub fn seal(plain: &[u8], passphrase: &Passphrase) -> io::Result<Vec<u8>> {
    let mut recipient = scrypt::Recipient::new(passphrase.0.clone());
    recipient.set_work_factor(WORK);
    let encryptor = Encryptor::with_recipients(iter::once(&recipient as _)).map_err(io::Error::other)?;
    let mut sealed = Vec::with_capacity(plain.len() + 256);
    let mut writer = encryptor.wrap_output(&mut sealed)?;
    writer.write_all(plain)?;
    writer.finish()?;
    Ok(sealed)
}

/// The bytes that were sealed.
pub fn open(sealed: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    if !sealed.starts_with(INTRODUCTION) {
        return Err(Refusal::Foreign);
    }
    let decryptor = Decryptor::new_buffered(sealed).map_err(|_| Refusal::Damaged)?;
    if !decryptor.is_scrypt() {
        return Err(Refusal::Foreign);
    }
    let mut identity = scrypt::Identity::new(passphrase.0.clone());
    identity.set_max_work_factor(MAX_WORK);
    let opened = decryptor.decrypt(iter::once(&identity as _));
    let mut reader = opened.map_err(|error| match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => Refusal::WrongPassphrase,
        DecryptError::ExcessiveWork { .. } => Refusal::TooMuchWork,
        _ => Refusal::Damaged,
    })?;
    // Room for all of it at once: a vector that grows leaves copies behind that are not wiped.
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.read_to_end(&mut plain).map_err(|_| Refusal::Damaged)?;
    Ok(plain)
}
