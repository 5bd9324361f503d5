//! Encryption under a passphrase: the scrypt recipient of age-encryption.org/v1, and no other. What is sealed here opens
//! with any program for age, and with the wallet on the command line.
//!
//! It is for the browser. The `age` crate, which the command line uses, draws its own randomness below generations of other
//! crates, and a browser's module has none; `wallet-core/file` tries each against the other.

use crate::Error;
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, aead::Aead};
use core::fmt;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// What every age file starts with.
const INTRODUCTION: &str = "age-encryption.org/v1\n";
/// What scrypt's salt starts with.
const SALT_LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
/// Plain bytes of a chunk, and those of its tag.
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
/// Bytes of the file's key, of the salt and of the payload's nonce.
const PART: usize = 16;
/// Longest head: the introduction, one recipient and the MAC have 180 bytes.
const MAX_HEAD: usize = 512;

/// Log₂ of scrypt's work: 128 MiB and about half a second on a desktop, OWASP's first choice.
pub const WORK: u8 = 17;
/// Most work to open a file: 1 GiB and about four seconds. The age program itself writes 18.
pub const MAX_WORK: u8 = 20;

/// Random bytes that a seal needs: the file's key, the salt, the nonce. They must never be used twice.
pub type Randomness = [u8; 3 * PART];

/// What opens a wallet. Wiped from memory after use.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// A passphrase as typed.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// The encrypted form of `plain`, with 2 to the power of `work` rounds.
#[must_use]
pub fn seal(plain: &[u8], passphrase: &Passphrase, work: u8, random: &Randomness) -> Vec<u8> {
    let (file_key, rest) = random.split_at(PART);
    let (salt, nonce) = rest.split_at(PART);
    // 1. The file's key, wrapped under the passphrase.
    let cipher = ChaCha20Poly1305::new(&(*wrap_key(passphrase, salt, work)).into());
    let wrapped = cipher.encrypt(&[0; 12].into(), file_key);
    let wrapped = wrapped.expect("16 bytes are within the cipher's limit");
    let mut head = format!(
        "{INTRODUCTION}-> scrypt {} {work}\n{}\n---",
        BASE64_STANDARD_NO_PAD.encode(salt),
        BASE64_STANDARD_NO_PAD.encode(wrapped)
    );
    // 2. The head, authenticated.
    let mac = head_mac(file_key, head.as_bytes()).finalize().into_bytes();
    head.push_str(&format!(" {}\n", BASE64_STANDARD_NO_PAD.encode(mac)));
    // 3. The payload in chunks, the last one marked.
    let mut sealed = head.into_bytes();
    sealed.reserve(PART + plain.len() + (plain.len() / CHUNK + 1) * TAG);
    sealed.extend_from_slice(nonce);
    let cipher = payload_cipher(file_key, nonce);
    let count = plain.len().div_ceil(CHUNK).max(1);
    for index in 0..count {
        let chunk = &plain[index * CHUNK..plain.len().min((index + 1) * CHUNK)];
        let chunk = cipher.encrypt(&chunk_nonce(index, index + 1 == count).into(), chunk);
        sealed.extend(chunk.expect("64 KiB are within the cipher's limit"));
    }
    sealed
}

/// The bytes that were sealed, by at most 2 to the power of `max_work` rounds.
///
/// # Errors
/// [`Error::SealForeign`], [`Error::SealTooMuchWork`], [`Error::SealWrongPassphrase`], [`Error::SealDamaged`].
pub fn open(sealed: &[u8], passphrase: &Passphrase, max_work: u8) -> Result<Zeroizing<Vec<u8>>, Error> {
    // 1. The head: one recipient, a passphrase.
    let rest = sealed.strip_prefix(INTRODUCTION.as_bytes());
    let rest = rest.ok_or(Error::SealForeign)?;
    if !rest.starts_with(b"-> scrypt ") {
        return Err(if rest.starts_with(b"-> ") {
            Error::SealForeign
        } else {
            Error::SealDamaged
        });
    }
    let head = Head::read(sealed).ok_or(Error::SealDamaged)?;
    if head.work > max_work {
        return Err(Error::SealTooMuchWork);
    }
    // 2. The file's key, if the passphrase is right.
    let cipher = ChaCha20Poly1305::new(&(*wrap_key(passphrase, &head.salt, head.work)).into());
    let file_key = cipher.decrypt(&[0; 12].into(), &*head.wrapped);
    let file_key = Zeroizing::new(file_key.map_err(|_| Error::SealWrongPassphrase)?);
    head_mac(&file_key, head.authenticated)
        .verify_slice(&head.mac)
        .map_err(|_| Error::SealDamaged)?;
    // 3. The payload, whole.
    let (nonce, payload) = head.payload.split_at_checked(PART).ok_or(Error::SealDamaged)?;
    let cipher = payload_cipher(&file_key, nonce);
    // Room for all of it at once: a vector that grows leaves copies behind that are not wiped.
    let mut plain = Zeroizing::new(Vec::with_capacity(payload.len()));
    let count = payload.len().div_ceil(CHUNK + TAG).max(1);
    for index in 0..count {
        let chunk = &payload[index * (CHUNK + TAG)..payload.len().min((index + 1) * (CHUNK + TAG))];
        let chunk = cipher.decrypt(&chunk_nonce(index, index + 1 == count).into(), chunk);
        let chunk = Zeroizing::new(chunk.map_err(|_| Error::SealDamaged)?);
        // An empty chunk after others would be a second form of the same.
        if chunk.is_empty() && index > 0 {
            return Err(Error::SealDamaged);
        }
        plain.extend_from_slice(&chunk);
    }
    Ok(plain)
}

struct Head<'a> {
    salt: Vec<u8>,
    work: u8,
    wrapped: Vec<u8>,
    /// What the MAC is over: all up to its dashes.
    authenticated: &'a [u8],
    mac: Vec<u8>,
    payload: &'a [u8],
}

impl<'a> Head<'a> {
    fn read(sealed: &'a [u8]) -> Option<Self> {
        let mut ends = (0..sealed.len().min(MAX_HEAD)).filter(|&at| sealed[at] == b'\n');
        let (first, second, third, fourth) = (ends.next()?, ends.next()?, ends.next()?, ends.next()?);
        let line = |from: usize, to: usize| core::str::from_utf8(&sealed[from + 1..to]).ok();
        let decode = |text: &str| BASE64_STANDARD_NO_PAD.decode(text).ok();
        let (salt, work) = line(first, second)?.strip_prefix("-> scrypt ")?.split_once(' ')?;
        let mac = line(third, fourth)?.strip_prefix("--- ")?;
        let is_number = !work.starts_with('0') && work.bytes().all(|byte| byte.is_ascii_digit());
        let head = Self {
            salt: decode(salt)?,
            work: work.parse().ok().filter(|_| is_number)?,
            wrapped: decode(line(second, third)?)?,
            authenticated: &sealed[..third + 1 + "---".len()],
            mac: decode(mac)?,
            payload: &sealed[fourth + 1..],
        };
        (head.salt.len() == PART && head.wrapped.len() == PART + TAG && head.work < 64).then_some(head)
    }
}

fn wrap_key(passphrase: &Passphrase, salt: &[u8], work: u8) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    let salt = [SALT_LABEL, salt].concat();
    let params = scrypt::Params::new(work, 8, 1).expect("the callers' work has few bits");
    scrypt::scrypt(passphrase.0.as_bytes(), &salt, &params, &mut *key).expect("32 bytes can be had");
    key
}

fn derive(file_key: &[u8], salt: Option<&[u8]>, info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    let derived = Hkdf::<Sha256>::new(salt, file_key).expand(info, &mut *key);
    derived.expect("32 bytes can be had");
    key
}

fn head_mac(file_key: &[u8], head: &[u8]) -> Hmac<Sha256> {
    let key = derive(file_key, None, b"header");
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&*key);
    let mut mac = mac.expect("every length is a key's");
    mac.update(head);
    mac
}

fn payload_cipher(file_key: &[u8], nonce: &[u8]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&(*derive(file_key, Some(nonce), b"payload")).into())
}

/// The chunk's number in 11 bytes, and whether it is the last.
fn chunk_nonce(index: usize, is_last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&(index as u64).to_be_bytes());
    nonce[11] = u8::from(is_last);
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RANDOM: Randomness = [7; 48];

    fn passphrase() -> Passphrase {
        Passphrase::new("four words of some length".to_owned())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn opens_what_it_sealed(length in prop_oneof![0..9usize, CHUNK - 1..CHUNK + 2, 2 * CHUNK..2 * CHUNK + 1]) {
            let plain: Vec<u8> = (0..length).map(|at| at.to_le_bytes()[0]).collect();
            let sealed = seal(&plain, &passphrase(), 2, &RANDOM);
            prop_assert_eq!(&**open(&sealed, &passphrase(), 2).unwrap(), &*plain);
        }

        #[test]
        fn any_bytes_return(bytes: Vec<u8>, at in 0..200usize, byte: u8) {
            let _ = open(&bytes, &passphrase(), 4);
            let mut sealed = seal(b"plain", &passphrase(), 2, &RANDOM);
            let at = at % sealed.len();
            sealed[at] = byte;
            let _ = open(&sealed, &passphrase(), 4);
        }
    }

    #[test]
    fn refuses_what_is_foreign_or_not_whole() {
        let sealed = seal(b"plain", &passphrase(), 4, &RANDOM);
        let refused = |sealed: &[u8]| open(sealed, &passphrase(), 4).unwrap_err().code();
        assert_eq!(refused(b"PK\x03\x04"), "file-foreign");
        assert_eq!(refused(b"age-encryption.org/v1\n-> X25519 abc\n"), "file-foreign");
        for length in [22, 60, 100, sealed.len() - 17, sealed.len() - 1] {
            assert_eq!(refused(&sealed[..length]), "file-damaged", "{length}");
        }
        assert_eq!(
            open(&sealed, &passphrase(), 3).unwrap_err().code(),
            "file-too-much-work"
        );
        let wrong = Passphrase::new("another".to_owned());
        assert_eq!(
            open(&sealed, &wrong, 4).unwrap_err().code(),
            "file-wrong-passphrase"
        );
        for more in [&b"\n"[..], &[0; 16]] {
            assert_eq!(refused(&[&sealed[..], more].concat()), "file-damaged");
        }
    }
}
