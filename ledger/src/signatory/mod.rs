//! Signatories: the keys by which the members' offices decide together, of which a quorum must have signed a text
//! (`schemas/spec/network.md`). They are other keys than those of logs and witnesses, which are on line all day.

mod key;

pub use key::{Signatory, SignatoryKey};

use crate::{Error, note::Note, policy::MAX_MEMBERS};

/// The keys, and how many of them must have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatories {
    keys: Vec<SignatoryKey>,
    quorum: usize,
}

impl Signatories {
    /// Ed25519 keys, and where the members have them, ML-DSA-44 keys beside them: then as many of those must have signed.
    ///
    /// # Errors
    /// [`Error::SignatoriesMalformed`] for a key that stands twice, for more than [`MAX_MEMBERS`] of a kind, and unless the
    /// quorum is a majority of the keys of each kind that there is.
    pub fn new(keys: Vec<SignatoryKey>, quorum: usize) -> Result<Self, Error> {
        let refused = |reason| Err(Error::SignatoriesMalformed(reason));
        let twice =
            |(at, key): (usize, &SignatoryKey)| keys[..at].iter().any(|earlier| earlier.is_same_key(key));
        if keys.iter().enumerate().any(twice) {
            return refused("a key stands twice");
        }
        for post_quantum in [false, true] {
            let count = keys
                .iter()
                .filter(|key| key.is_post_quantum() == post_quantum)
                .count();
            if count > MAX_MEMBERS {
                return refused("too many keys");
            }
            let none = post_quantum && count == 0;
            if !none && (quorum > count || quorum * 2 <= count) {
                return refused("the number of signatures is not a majority of the keys");
            }
        }
        Ok(Self { keys, quorum })
    }

    /// All keys.
    #[must_use]
    pub fn keys(&self) -> &[SignatoryKey] {
        &self.keys
    }

    /// How many keys of each kind must have signed.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.quorum
    }

    /// Whether it takes ML-DSA-44 signatures too, so that nobody who forges Ed25519 signs a text.
    #[must_use]
    pub fn are_post_quantum(&self) -> bool {
        self.keys.iter().any(SignatoryKey::is_post_quantum)
    }

    /// Looks for a quorum among the signatures of a note. Lines by unknown keys count for nothing, and a key counts once.
    ///
    /// # Errors
    /// [`Error::NoteSignatureInvalid`] for a line by one of these keys that does not verify, [`Error::SignaturesMissing`].
    pub fn verify<'a>(&self, note: &'a Note) -> Result<SignedText<'a>, Error> {
        for post_quantum in [false, true] {
            let mut keys = self
                .keys
                .iter()
                .filter(|key| key.is_post_quantum() == post_quantum)
                .peekable();
            if keys.peek().is_none() {
                continue;
            }
            let signed = keys.try_fold(0, |signed, key| {
                Ok::<_, Error>(signed + usize::from(key.signed(note)?))
            })?;
            if signed < self.quorum {
                let (quorum, kind) = (self.quorum, if post_quantum { "ML-DSA-44" } else { "Ed25519" });
                return Err(Error::SignaturesMissing { signed, quorum, kind });
            }
        }
        Ok(SignedText(note.unverified_text()))
    }
}

/// A text that a quorum of signatories signed. Only [`Signatories::verify`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct SignedText<'a>(&'a str);

impl<'a> SignedText<'a> {
    /// The text, its last newline included.
    #[must_use]
    pub fn text(self) -> &'a str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::Vkey;

    fn office(n: u8) -> [Signatory; 2] {
        let name = format!("example.com/{n}");
        [
            Signatory::from_seed(name.parse().unwrap(), &[n; 32]),
            Signatory::ml_dsa_44_from_seed(name.parse().unwrap(), &[n; 32]),
        ]
    }

    fn note(signers: &[&Signatory]) -> Note {
        let mut note = Note::new("text\n".into()).unwrap();
        signers
            .iter()
            .for_each(|signer| note.add(signer.sign(&note)).unwrap());
        Note::parse(note.to_string().as_bytes()).unwrap()
    }

    fn keys(offices: &[[Signatory; 2]], kinds: usize) -> Vec<SignatoryKey> {
        offices
            .iter()
            .flat_map(|keys| &keys[..kinds])
            .map(|key| key.key().clone())
            .collect()
    }

    #[test]
    fn a_vkey_is_read_as_it_is_written() {
        for signatory in office(1) {
            let text = signatory.key().to_string();
            assert_eq!(text.parse::<SignatoryKey>().unwrap(), *signatory.key());
        }
        let other = Vkey::new(&"a".parse().unwrap(), 0xff, b"another/kind").to_string();
        assert_eq!(
            other.parse::<SignatoryKey>().unwrap_err().code(),
            "vkey-malformed"
        );
    }

    #[test]
    fn a_quorum_of_each_kind_must_have_signed() {
        let offices = [1, 2, 3].map(office);
        let both = Signatories::new(keys(&offices, 2), 2).unwrap();
        let classical = Signatories::new(keys(&offices, 1), 2).unwrap();
        let [[a, pa], [b, pb], [_, pc]] = &offices;

        assert_eq!(both.verify(&note(&[a, b, pa, pb])).unwrap().text(), "text\n");
        assert_eq!(both.verify(&note(&[a, b, pb, pc])).unwrap().text(), "text\n");
        assert!(classical.verify(&note(&[a, b])).is_ok());
        let missing = |signers: &[&Signatory], kind| {
            let refused = both.verify(&note(signers)).unwrap_err();
            assert_eq!(
                refused,
                Error::SignaturesMissing {
                    signed: 1,
                    quorum: 2,
                    kind
                }
            );
        };
        missing(&[a, pa, pb], "Ed25519");
        missing(&[a, b, pa], "ML-DSA-44");
        // A key counts once, and an unknown one not at all.
        let [stranger, _] = office(9);
        missing(&[a, a, &stranger, pa, pb], "Ed25519");
    }

    #[test]
    fn a_line_that_does_not_verify_refuses_the_note() {
        for kind in 0..2 {
            let offices = [1, 2, 3].map(office);
            let all = Signatories::new(keys(&offices, 2), 2).unwrap();
            let signers: Vec<&Signatory> = offices.iter().flatten().collect();
            let other = Note::new("another text\n".into()).unwrap();
            let mut note = Note::new("text\n".into()).unwrap();
            signers[..4]
                .iter()
                .for_each(|signer| note.add(signer.sign(&note)).unwrap());
            note.add(signers[4 + kind].sign(&other)).unwrap();
            assert_eq!(all.verify(&note).unwrap_err().code(), "note-signature-invalid");
        }
    }

    #[test]
    fn a_quorum_is_a_majority() {
        let offices = [1, 2, 3].map(office);
        for (kinds, quorum) in [(1, 1), (1, 4), (2, 1)] {
            let refused = Signatories::new(keys(&offices, kinds), quorum).unwrap_err();
            assert_eq!(refused.code(), "signatories-malformed");
        }
        let mut few = keys(&offices, 1);
        few.push(office(1)[1].key().clone());
        assert!(Signatories::new(few.clone(), 2).is_err());
        few[3] = few[0].clone();
        assert!(Signatories::new(few, 2).is_err());
        assert!(Signatories::new(Vec::new(), 0).is_err());
    }
}
