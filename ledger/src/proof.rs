//! Proofs that an entry is in a log that a quorum watches, as a file (C2SP tlog-proof).

use crate::{
    Error,
    checkpoint::SignedCheckpoint,
    merkle::{Included, InclusionProof, LeafIndex},
    note::MAX_NOTE_BYTES,
    policy::{Cosigned, Policy},
    text::{base64, decimal, from_base64, hash_lines, within, write_hash_lines},
};
use core::fmt;
use schemas::Hash;

/// The first line.
const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// Largest file in bytes: the note, the hashes, and as much again for the extra data of others.
pub const MAX_PROOF_BYTES: usize = 2 * MAX_NOTE_BYTES;

/// An inclusion proof with the checkpoint that it leads to. Nothing of it was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// Data of an application's own, which nothing authenticates. This project writes none.
    pub extra: Option<Vec<u8>>,
    /// The entry's index.
    pub index: LeafIndex,
    /// The way from the entry to the root.
    pub proof: InclusionProof,
    /// The checkpoint with its cosignatures.
    pub checkpoint: SignedCheckpoint,
}

impl TlogProof {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::TlogProofMalformed`], the errors of [`SignedCheckpoint::parse`], [`schemas::Error::TooLong`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        within("tlog proof in bytes", bytes.len(), MAX_PROOF_BYTES)?;
        let malformed = Error::TlogProofMalformed;
        let text = core::str::from_utf8(bytes).map_err(|_| malformed("not UTF-8"))?;
        let (lines, checkpoint) = text.split_once("\n\n").ok_or(malformed("no empty line"))?;
        let mut lines = lines.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(malformed("another first line"));
        }
        let extra = lines.next_if(|line| line.starts_with("extra "));
        let extra =
            extra.map(|line| from_base64(&line[6..]).ok_or(malformed("extra data that is not base64")));
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.and_then(decimal).ok_or(malformed("no index"))?;
        let proof = hash_lines(lines).ok_or(malformed("not a proof"))?;
        Ok(Self {
            extra: extra.transpose()?,
            index: LeafIndex(index),
            proof: InclusionProof(proof),
            checkpoint: SignedCheckpoint::parse(checkpoint.as_bytes())?,
        })
    }

    /// Checks that a leaf is in a log by a policy (tlog-proof, "Verifying a tlog proof").
    ///
    /// # Errors
    /// Those of [`Policy::verify`] and [`InclusionProof::verify`].
    pub fn verify(&self, leaf: &Hash, policy: &Policy) -> Result<Logged, Error> {
        // 2. and 3. Origin, log signature, cosignatures.
        let cosigned = policy.verify(&self.checkpoint)?;
        // 4. Inclusion.
        let head = cosigned.checkpoint().head();
        let included = self.proof.verify(leaf, self.index, &head)?;
        Ok(Logged { included, cosigned })
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", base64(extra))?;
        }
        writeln!(f, "index {}", self.index.0)?;
        write_hash_lines(f, &self.proof.0)?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// An entry is in a log that a quorum watches.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Logged {
    included: Included,
    cosigned: Cosigned,
}

impl Logged {
    /// The entry and its place in the tree.
    pub fn included(&self) -> &Included {
        &self.included
    }

    /// The checkpoint of the tree.
    pub fn cosigned(&self) -> &Cosigned {
        &self.cosigned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checkpoint::Checkpoint,
        cosignature::CosignerKey,
        merkle::{TreeHead, TreeSize, leaf_hash, root_of},
        note::SignerKey,
        policy::{Log, Witness},
    };
    use proptest::prelude::*;
    use schemas::UnixTime;

    fn example(size: u64, index: u64) -> (TlogProof, Policy, Hash) {
        let leaves: Vec<Hash> = (0..size).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        let head = TreeHead {
            size: TreeSize(size),
            root: root_of(&leaves),
        };
        let log = SignerKey::from_seed("log".parse().unwrap(), &[1; 32]);
        let witness = CosignerKey::from_seed("witness".parse().unwrap(), &[2; 32]);
        let mut checkpoint = Checkpoint::new(log.verifier().name(), head).sign(&log);
        let verified = checkpoint.verify(&[log.verifier()]).unwrap();
        checkpoint.add(witness.cosign(&verified, UnixTime(7))).unwrap();
        let proof = TlogProof {
            extra: None,
            index: LeafIndex(index),
            proof: InclusionProof::generate(&leaves[..], LeafIndex(index), head.size).unwrap(),
            checkpoint,
        };
        let logs = vec![Log {
            key: log.verifier(),
            url: None,
        }];
        let witnesses = vec![Witness {
            name: "w".to_owned(),
            key: witness.key().clone(),
            url: None,
        }];
        let leaf = leaves[usize::try_from(index).unwrap()];
        (proof, Policy::new(logs, witnesses, 1).unwrap(), leaf)
    }

    #[test]
    fn refuses_what_is_no_proof() {
        let good = example(5, 3).0.to_string();
        assert!(TlogProof::parse(good.as_bytes()).is_ok());
        for text in [
            String::new(),
            good.replace("@v1", "@v2"),
            good.replace("index 3", "index 03"),
            good.replace("index 3\n", ""),
            good.replace("index 3", "extra !\nindex 3"),
            good.replace("index 3", "extra AA==\nextra AA==\nindex 3"),
            good.replace("index 3", "index 3\nAA=="),
            good.replace("index 3\n", "index 3\n\n"),
            good.replace('\n', "\r\n"),
        ] {
            assert!(TlogProof::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(size in 1u64..50, at: prop::sample::Index, extra: Option<Vec<u8>>) {
            let index = at.index(usize::try_from(size).unwrap()) as u64;
            let (proof, policy, leaf) = example(size, index);
            let proof = TlogProof { extra, ..proof };
            let read = TlogProof::parse(proof.to_string().as_bytes()).unwrap();
            prop_assert_eq!(&read, &proof);
            let logged = read.verify(&leaf, &policy).unwrap();
            prop_assert_eq!(logged.included().index(), LeafIndex(index));
            prop_assert_eq!(logged.cosigned().freshness(), UnixTime(7));
            prop_assert!(read.verify(&leaf_hash(b"other"), &policy).is_err());
        }

        #[test]
        fn any_flipped_bit_refuses(bit in 0usize..20_000) {
            let (proof, policy, leaf) = example(5, 3);
            let mut bytes = proof.to_string().into_bytes();
            let bit = bit % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let verified = TlogProof::parse(&bytes).and_then(|read| read.verify(&leaf, &policy));
            prop_assert!(verified.is_err());
        }

        #[test]
        fn any_bytes_return(bytes: Vec<u8>) {
            let _ = TlogProof::parse(&bytes);
        }
    }
}
