//! Keys of signed notes, and their text form, the vkey (signed-note, "Verifier keys").

use super::NoteSignature;
use crate::{
    Error,
    ed25519::{PublicKey, SecretKey},
    text::{base64, from_base64},
};
use core::{fmt, str::FromStr};
use schemas::Hash;

/// The signature type of Ed25519 over the text of a note (signed-note, "Signature types").
const ED25519: u8 = 0x01;

/// Most bytes of a key's name: what the message of an ML-DSA-44 cosignature holds of its cosigner's and its log's
/// (tlog-cosignature, "ML-DSA-44 signed message").
const MAX_NAME_BYTES: usize = 255;

/// The name of a key: 1 to 255 bytes, without Unicode spaces, `+` and control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if !(1..=MAX_NAME_BYTES).contains(&name.len()) || name.contains(bad) {
            return Err(Error::NoteMalformed("not a key name"));
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which of the keys of a name: four bytes of a hash, for finding keys, not for trusting them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

/// The key ID for a type and public key: `SHA-256(name ‖ 0x0A ‖ type ‖ key)[:4]`.
fn key_id(name: &KeyName, kind: u8, key: &[u8]) -> KeyId {
    let hash = Hash::of(&[name.0.as_bytes(), &[b'\n', kind], key]);
    let (id, _) = hash.as_bytes().split_first_chunk().expect("32 bytes have 4");
    KeyId(*id)
}

/// A public key of any type as text: `<name>+<key ID in hexadecimal>+<base64 of type and key>`.
pub(crate) struct Vkey {
    pub(crate) name: KeyName,
    pub(crate) id: KeyId,
    pub(crate) kind: u8,
    pub(crate) key: Vec<u8>,
}

impl Vkey {
    /// The key of a name, with the ID that follows from both.
    pub(crate) fn new(name: &KeyName, kind: u8, key: &[u8]) -> Self {
        Self {
            name: name.clone(),
            id: key_id(name, kind, key),
            kind,
            key: key.to_vec(),
        }
    }

    /// Reads the text. The base64 may contain `+`, so only the first two separate.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(blob)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Error::VkeyMalformed("not name+id+key"));
        };
        let name: KeyName = name.parse().map_err(|_| Error::VkeyMalformed("not a key name"))?;
        let blob = from_base64(blob).ok_or(Error::VkeyMalformed("the key is not base64"))?;
        let (kind, key) = blob.split_first().ok_or(Error::VkeyMalformed("no key"))?;
        let vkey = Self::new(&name, *kind, key);
        if hexadecimal(vkey.id) != id {
            return Err(Error::VkeyMalformed("the id is not that of the name and key"));
        }
        Ok(vkey)
    }

    /// The key as Ed25519.
    pub(crate) fn ed25519(&self) -> Result<PublicKey, Error> {
        let key = self.key.as_slice().try_into();
        let key = key.map_err(|_| Error::VkeyMalformed("an Ed25519 key has 32 bytes"))?;
        Ok(PublicKey::from_bytes(key)?)
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = base64(&[&[self.kind][..], &self.key].concat());
        write!(f, "{}+{}+{blob}", self.name, hexadecimal(self.id))
    }
}

fn hexadecimal(id: KeyId) -> String {
    format!("{:08x}", u32::from_be_bytes(id.0))
}

/// A public key that signs the text of notes: a log's.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: KeyId,
    key: PublicKey,
}

impl VerifierKey {
    /// The key of a name.
    #[must_use]
    pub fn new(name: KeyName, key: PublicKey) -> Self {
        Self {
            id: Vkey::new(&name, ED25519, key.as_bytes()).id,
            name,
            key,
        }
    }

    /// Its name; a log's origin.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// Its ID.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The Ed25519 key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The line of a signature over the text of a note that this key made elsewhere.
    ///
    /// # Errors
    /// [`Error::NoteSignatureInvalid`].
    pub fn signed(&self, note: &super::Note, signature: &[u8]) -> Result<NoteSignature, Error> {
        let line = NoteSignature::new(self.name.clone(), self.id, signature.to_vec());
        self.verify(note.unverified_text(), &line)?;
        Ok(line)
    }

    /// Checks a signature line by this key.
    pub(super) fn verify(&self, text: &str, line: &NoteSignature) -> Result<(), Error> {
        self.key
            .verify(text.as_bytes(), line.bytes())
            .map_err(|_| Error::NoteSignatureInvalid(self.name.clone()))
    }
}

impl FromStr for VerifierKey {
    type Err = Error;

    /// Reads a vkey of signature type 0x01.
    fn from_str(text: &str) -> Result<Self, Error> {
        let vkey = Vkey::parse(text)?;
        match vkey.kind {
            ED25519 => Ok(Self::new(vkey.name.clone(), vkey.ed25519()?)),
            _ => Err(Error::VkeyMalformed("not an Ed25519 key of a log")),
        }
    }
}

impl fmt::Display for VerifierKey {
    /// The vkey.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Vkey::new(&self.name, ED25519, self.key.as_bytes()).fmt(f)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({})", self.name)
    }
}

/// A private key that signs the text of notes.
#[derive(Clone, Debug)]
pub struct SignerKey {
    name: KeyName,
    secret: SecretKey,
}

impl SignerKey {
    /// The key of a name from a 32-byte seed.
    #[must_use]
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        Self {
            name,
            secret: SecretKey::from_seed(seed),
        }
    }

    /// Its public key.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey::new(self.name.clone(), self.secret.public())
    }

    /// The key alone, for signing what is not a note.
    #[must_use]
    pub fn secret(&self) -> &SecretKey {
        &self.secret
    }

    /// Signs the text of a note.
    #[must_use]
    pub fn sign(&self, note: &super::Note) -> NoteSignature {
        let verifier = self.verifier();
        let bytes = self.secret.sign(note.unverified_text().as_bytes());
        NoteSignature::new(verifier.name, verifier.id, bytes.to_vec())
    }
}
