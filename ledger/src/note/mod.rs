//! Signed notes (C2SP signed-note): text with signature lines below.

mod key;
mod role;

pub(crate) use key::Vkey;
pub use key::{KeyId, KeyName, SignerKey, VerifierKey};
pub use role::{Role, RoleKey, RoleSecret};

use crate::{
    Error,
    text::{base64, from_base64, within},
};
use core::fmt;

/// Largest note in bytes: a checkpoint with an ML-DSA-44 and an Ed25519 cosignature of each of 32 witnesses (tlog-policy,
/// "Implementation limits") has about 120 kB.
pub const MAX_NOTE_BYTES: usize = 128 * 1024;
/// Most signature lines: two for each of 32 witnesses. The specification demands at least 16.
pub const MAX_SIGNATURES: usize = 64;
const SIGNATURES: &str = "signatures of a note";

/// What every signature line starts with: an em dash and a space.
const LINE_START: &str = "\u{2014} ";

/// A note whose signatures were not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// A note to be signed.
    ///
    /// # Errors
    /// [`Error::NoteMalformed`] unless the text ends in a newline and has no other control characters.
    pub fn new(text: String) -> Result<Self, Error> {
        if !text.ends_with('\n') {
            return Err(Error::NoteMalformed("the text does not end in a newline"));
        }
        if text.chars().any(|c| c < ' ' && c != '\n') {
            return Err(Error::NoteMalformed("a control character"));
        }
        Ok(Self {
            text,
            signatures: Vec::new(),
        })
    }

    /// Reads a note.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`], [`Error::NoteMalformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        within("signed note in bytes", bytes.len(), MAX_NOTE_BYTES)?;
        let whole = core::str::from_utf8(bytes).map_err(|_| Error::NoteMalformed("not UTF-8"))?;
        // The last empty line ends the text, which may have empty lines of its own.
        let end = whole.rfind("\n\n").ok_or(Error::NoteMalformed("no signatures"))? + 1;
        let mut note = Self::new(whole[..end].to_owned())?;
        note.signatures = NoteSignature::parse_lines(&whole[end + 1..])?;
        Ok(note)
    }

    /// The text that the signatures are over, its last newline included. Nobody's until a signature was checked.
    #[must_use]
    pub fn unverified_text(&self) -> &str {
        &self.text
    }

    /// The signature lines, of known and unknown keys.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The lines that say they are by this key.
    pub(crate) fn signatures_by<'a>(
        &'a self,
        name: &'a KeyName,
        id: KeyId,
    ) -> impl Iterator<Item = &'a NoteSignature> {
        self.signatures
            .iter()
            .filter(move |line| line.id == id && line.name == *name)
    }

    /// Adds a signature line, unless the same line is there.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`] above [`MAX_SIGNATURES`].
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), Error> {
        if self.signatures.contains(&signature) {
            return Ok(());
        }
        within(SIGNATURES, self.signatures.len() + 1, MAX_SIGNATURES)?;
        self.signatures.push(signature);
        Ok(())
    }

    /// Takes out the lines by a key.
    pub(crate) fn remove(&mut self, name: &KeyName, id: KeyId) {
        self.signatures.retain(|line| line.id != id || line.name != *name);
    }

    /// Checks the signatures by these keys and no others.
    ///
    /// # Errors
    /// [`Error::NoteSignatureInvalid`] when a line by a known key does not verify, [`Error::NoteUnsigned`] when there is
    /// none.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<(), Error> {
        let mut signed = false;
        for key in keys {
            for line in self.signatures_by(key.name(), key.id()) {
                key.verify(&self.text, line)?;
                signed = true;
            }
        }
        if signed { Ok(()) } else { Err(Error::NoteUnsigned) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| line.fmt(f))
    }
}

/// A signature line of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: KeyName,
    id: KeyId,
    /// What the algorithm of the key makes of it.
    bytes: Vec<u8>,
}

impl NoteSignature {
    pub(crate) fn new(name: KeyName, id: KeyId, bytes: Vec<u8>) -> Self {
        Self { name, id, bytes }
    }

    /// Reads at least one signature line, such as a witness answers.
    ///
    /// # Errors
    /// [`Error::NoteMalformed`], [`schemas::Error::TooLong`].
    pub fn parse_lines(text: &str) -> Result<Vec<Self>, Error> {
        let lines = text
            .strip_suffix('\n')
            .ok_or(Error::NoteMalformed("the last line does not end in a newline"))?;
        within(SIGNATURES, lines.matches('\n').count() + 1, MAX_SIGNATURES)?;
        lines.split('\n').map(Self::parse).collect()
    }

    /// Reads a line without its newline.
    fn parse(line: &str) -> Result<Self, Error> {
        const MALFORMED: Error = Error::NoteMalformed("not a signature line");
        let (name, blob) = line
            .strip_prefix(LINE_START)
            .and_then(|rest| rest.split_once(' '))
            .ok_or(MALFORMED)?;
        let blob = from_base64(blob).ok_or(MALFORMED)?;
        let (id, bytes) = blob.split_first_chunk().ok_or(MALFORMED)?;
        if bytes.is_empty() {
            return Err(MALFORMED);
        }
        Ok(Self {
            name: name.parse()?,
            id: KeyId(*id),
            bytes: bytes.to_vec(),
        })
    }

    /// Whose it says it is.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// By which of the key's it says it is.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for NoteSignature {
    /// The line with its newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = base64(&[&self.id.0[..], &self.bytes].concat());
        writeln!(f, "{LINE_START}{} {blob}", self.name)
    }
}

#[cfg(test)]
mod tests;
