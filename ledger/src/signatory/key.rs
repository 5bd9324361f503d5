//! The keys of signatories, in the text form of signed notes.

use crate::{
    Error,
    note::{Note, NoteSignature, Role, RoleKey, RoleSecret},
};

/// The identifier of ML-DSA-44 (FIPS 204, empty context) over this identifier, a newline and the text of a note.
const ML_DSA_44: &[u8] = b"attest/note/ml-dsa-44/v1";

/// Signing for a member's office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signing {}

impl Role for Signing {
    /// Ed25519 over the text of a note (signed-note, "Signature types").
    const ED25519: u8 = 0x01;
    /// A type that signed-note has no byte for, told by the identifier after it.
    const ML_DSA_44: (u8, &'static [u8]) = (0xff, ML_DSA_44);
    const OTHERWISE: &'static str = "not a key of a signatory";
}

/// A public key that signs for a member's office.
pub type SignatoryKey = RoleKey<Signing>;

/// A private key that signs for a member's office.
pub type Signatory = RoleSecret<Signing>;

impl SignatoryKey {
    /// Whether it signed the note.
    ///
    /// # Errors
    /// [`Error::NoteSignatureInvalid`] when a line by this key does not verify.
    pub fn signed(&self, note: &Note) -> Result<bool, Error> {
        let message = self.message(note);
        let mut lines = note.signatures_by(self.name(), self.id());
        lines.try_fold(false, |_, line| {
            self.verify(&message, line.bytes()).map(|()| true)
        })
    }

    fn message(&self, note: &Note) -> Vec<u8> {
        let text = note.unverified_text().as_bytes();
        if self.is_post_quantum() {
            [ML_DSA_44, b"\n", text].concat()
        } else {
            text.to_vec()
        }
    }
}

impl Signatory {
    /// Signs the text of a note, whatever it says: look at it before.
    #[must_use]
    pub fn sign(&self, note: &Note) -> NoteSignature {
        let key = self.key();
        key.line(self.signature(&key.message(note)))
    }
}
