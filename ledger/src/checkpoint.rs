//! Checkpoints (C2SP tlog-checkpoint): a log's statement of the size and root of its tree.

use crate::{
    Error,
    cosignature::WitnessKey,
    merkle::{TreeHead, TreeSize, empty_root},
    note::{KeyName, Note, NoteSignature, SignerKey, VerifierKey},
    text::{base64, decimal, hash_from_base64},
};
use core::{convert::Infallible, fmt};

/// What a log says about its tree. Extension lines, which nobody audits, are kept but never made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    head: TreeHead,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// The checkpoint of a log, whose origin is the name of its key.
    #[must_use]
    pub fn new(origin: &KeyName, head: TreeHead) -> Self {
        Self {
            origin: origin.as_str().to_owned(),
            head,
            extensions: Vec::new(),
        }
    }

    /// Reads the text of a note (tlog-checkpoint, "Note text").
    fn parse(text: &str) -> Result<Self, Error> {
        let lines = text
            .strip_suffix('\n')
            .ok_or(Error::CheckpointMalformed("no lines"))?;
        let mut lines = lines.split('\n');
        let mut line = |missing| {
            lines
                .next()
                .filter(|line| !line.is_empty())
                .ok_or(Error::CheckpointMalformed(missing))
        };
        // 1. The origin, any text.
        let origin = line("no origin")?.to_owned();
        // 2. The tree size.
        let size =
            decimal(line("no size")?).ok_or(Error::CheckpointMalformed("the size is not a decimal"))?;
        // 3. The root.
        let root =
            hash_from_base64(line("no root")?).ok_or(Error::CheckpointMalformed("the root is not a hash"))?;
        if size == 0 && root != empty_root() {
            return Err(Error::CheckpointMalformed("an empty tree with another root"));
        }
        // 4. Extension lines.
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(Error::CheckpointMalformed("an empty line"));
        }
        Ok(Self {
            origin,
            head: TreeHead {
                size: TreeSize(size),
                root,
            },
            extensions,
        })
    }

    /// Which log this is about.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Size and root of its tree.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.head
    }

    /// Lines with a meaning of the log's own.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// Signs as the log. A log that signs two checkpoints, one of which does not begin with the other, has lied for good.
    #[must_use]
    pub fn sign(self, key: &SignerKey) -> SignedCheckpoint {
        let Ok(signed) = self.sign_with(|note| Ok::<_, Infallible>(key.sign(note)));
        signed
    }

    /// Signs as the log with a key that is elsewhere and may fail.
    ///
    /// # Errors
    /// What the key answers.
    pub fn sign_with<E>(
        self,
        sign: impl FnOnce(&Note) -> Result<NoteSignature, E>,
    ) -> Result<SignedCheckpoint, E> {
        let mut note = Note::new(self.to_string()).expect("a checkpoint was made of lines");
        note.add(sign(&note)?).expect("one signature is within the limit");
        Ok(SignedCheckpoint {
            note,
            checkpoint: self,
        })
    }
}

impl fmt::Display for Checkpoint {
    /// The text of the note.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = base64(self.head.root.as_bytes());
        writeln!(f, "{}\n{}\n{root}", self.origin, self.head.size.0)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A checkpoint with signatures that were not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    note: Note,
    checkpoint: Checkpoint,
}

impl SignedCheckpoint {
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// [`Error::NoteMalformed`], [`Error::CheckpointMalformed`], [`schemas::Error::TooLong`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let note = Note::parse(bytes)?;
        Ok(Self {
            checkpoint: Checkpoint::parse(note.unverified_text())?,
            note,
        })
    }

    /// What it says, by whomever.
    #[must_use]
    pub fn unverified(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Text and signature lines.
    #[must_use]
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// Adds a signature line, such as a witness answers.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`].
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), Error> {
        self.note.add(signature)
    }

    /// Takes out the cosignatures by this key.
    pub(crate) fn remove(&mut self, by: &WitnessKey) {
        self.note.remove(by.name(), by.id());
    }

    /// Adds a signature line in place of those by the same key.
    pub(crate) fn replace(&mut self, signature: NoteSignature) -> Result<(), Error> {
        self.note.remove(signature.name(), signature.id());
        self.note.add(signature)
    }

    /// Checks that one of these keys of the log signed it, the origin being the keys' name.
    ///
    /// # Errors
    /// [`Error::OriginUnknown`] when no key has the origin for its name, [`Error::NoteUnsigned`],
    /// [`Error::NoteSignatureInvalid`].
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<VerifiedCheckpoint, Error> {
        let of_origin = keys
            .iter()
            .filter(|key| key.name().as_str() == self.checkpoint.origin);
        let of_origin: Vec<VerifierKey> = of_origin.cloned().collect();
        if of_origin.is_empty() {
            return Err(Error::OriginUnknown);
        }
        self.note.verify(&of_origin)?;
        Ok(VerifiedCheckpoint(self.clone()))
    }
}

impl fmt::Display for SignedCheckpoint {
    /// The note, as it is served.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

/// A checkpoint that its log signed. Others may have been shown another one: see [`Cosigned`](crate::policy::Cosigned).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct VerifiedCheckpoint(SignedCheckpoint);

impl VerifiedCheckpoint {
    /// Which log said it.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.0.checkpoint.origin
    }

    /// Size and root of its tree.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.0.checkpoint.head
    }

    /// The checkpoint with all its signatures, checked or not.
    #[must_use]
    pub fn signed(&self) -> &SignedCheckpoint {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::leaf_hash;
    use proptest::prelude::*;

    fn key() -> SignerKey {
        SignerKey::from_seed("example.com/log".parse().unwrap(), &[1; 32])
    }

    fn head(size: u64) -> TreeHead {
        TreeHead {
            size: TreeSize(size),
            root: leaf_hash(&size.to_be_bytes()),
        }
    }

    fn with_text(text: &str) -> Result<SignedCheckpoint, Error> {
        let mut note = Note::new(text.to_owned())?;
        note.add(key().sign(&note))?;
        SignedCheckpoint::parse(note.to_string().as_bytes())
    }

    #[test]
    fn refuses_what_is_no_checkpoint() {
        let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert!(with_text(&format!("example.com/log\n0\n{root}\n")).is_ok());
        assert!(with_text(&format!("any text\n10\n{root}\nextension\nanother\n")).is_ok());
        let other = "0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=";
        for text in [
            "\n".to_owned(),
            "log\n".to_owned(),
            "log\n1\n".to_owned(),
            format!("\n1\n{root}\n"),
            format!("log\n\n{root}\n"),
            format!("log\n01\n{root}\n"),
            format!("log\n+1\n{root}\n"),
            format!("log\n-1\n{root}\n"),
            format!("log\n 1\n{root}\n"),
            format!("log\n18446744073709551616\n{root}\n"),
            format!("log\n1\n{}\n", &root[..40]),
            format!("log\n1\n{root} \n"),
            format!("log\n1\n{}\n", root.trim_end_matches('=')),
            format!("log\n1\n{}\n", root.replace('+', "-")),
            format!("log\n1\n{root}\n\n"),
            format!("log\n1\n{root}\nextension\n\nanother\n"),
            format!("log\n0\n{other}\n"),
        ] {
            assert_eq!(
                with_text(&text).unwrap_err().code(),
                "checkpoint-malformed",
                "{text:?}"
            );
        }
    }

    #[test]
    fn the_origin_is_the_key_s_name() {
        let renamed = SignerKey::from_seed("example.com/other".parse().unwrap(), &[1; 32]);
        let checkpoint = Checkpoint::new(key().verifier().name(), head(5)).sign(&key());
        assert_eq!(checkpoint.verify(&[key().verifier()]).unwrap().head(), head(5));
        let refused = checkpoint.verify(&[renamed.verifier()]).unwrap_err();
        assert_eq!(refused.code(), "checkpoint-origin-unknown");
        let crossed = Checkpoint::new(renamed.verifier().name(), head(5)).sign(&key());
        let both = [key().verifier(), renamed.verifier()];
        assert_eq!(crossed.verify(&both), Err(Error::NoteUnsigned));
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(size: u64, extensions in prop::collection::vec("[a-z ]{1,20}", 0..3)) {
            let head = if size == 0 { TreeHead::empty() } else { head(size) };
            let checkpoint = Checkpoint { extensions, ..Checkpoint::new(key().verifier().name(), head) };
            let signed = checkpoint.clone().sign(&key());
            let read = SignedCheckpoint::parse(signed.to_string().as_bytes()).unwrap();
            prop_assert_eq!(read.unverified(), &checkpoint);
            prop_assert_eq!(&read, &signed);
            prop_assert!(read.verify(&[key().verifier()]).is_ok());
        }

        #[test]
        fn any_flipped_bit_refuses(bit in 0usize..10_000) {
            let signed = Checkpoint::new(key().verifier().name(), head(5)).sign(&key());
            let mut bytes = signed.to_string().into_bytes();
            let bit = bit % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let verified = SignedCheckpoint::parse(&bytes).and_then(|read| read.verify(&[key().verifier()]));
            prop_assert!(verified.is_err());
        }

        #[test]
        fn any_text_returns(text in "([a-z0-9]{0,3}|[A-Za-z0-9+/]{43}=|\n|\u{2014} ){0,12}") {
            if let Ok(checkpoint) = Checkpoint::parse(&text) {
                prop_assert_eq!(checkpoint.to_string(), text);
            }
        }
    }
}
