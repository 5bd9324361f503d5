//! Two checkpoints that one log signed and that cannot both be true, with what shows it: anybody can check it with the
//! members' policy alone, without a network (`schemas/spec/monitor.md`).

use crate::Error;
use base64::{Engine, prelude::BASE64_STANDARD};
use ledger::{
    checkpoint::{SignedCheckpoint, VerifiedCheckpoint},
    merkle::{ConsistencyProof, MAX_PROOF_HASHES, TreeHead},
    note::NoteSignature,
    policy::{Policy, Witness},
};
use schemas::{Hash, UnixTime};
use serde::{Deserialize, Serialize};

/// What a file of evidence begins with.
const FORMAT: &str = "attest/conflict/v1";
/// Largest file: two notes of 128 KiB each, escaped, and a proof.
pub const MAX_EVIDENCE_BYTES: usize = 640 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: String,
    smaller: String,
    larger: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    beginning: Option<Beginning>,
}

/// What the larger tree begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beginning {
    root: String,
    proof: Vec<String>,
}

/// What shows that the larger tree does not begin with the smaller one: the root that its beginning has instead, and the
/// proof that it has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) root: Hash,
    pub(crate) proof: ConsistencyProof,
}

/// A file that was read and claims to be evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UncheckedConflict {
    smaller: SignedCheckpoint,
    larger: SignedCheckpoint,
    shown: Option<Shown>,
}

/// Evidence that a log told two histories. Only [`UncheckedConflict::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Conflict {
    smaller: VerifiedCheckpoint,
    larger: VerifiedCheckpoint,
    shown: Option<Shown>,
    signers: [Vec<(String, UnixTime)>; 2],
    quorum: usize,
}

impl UncheckedConflict {
    /// Of two checkpoints; the smaller one comes first.
    pub(crate) fn new(smaller: SignedCheckpoint, larger: SignedCheckpoint, shown: Option<Shown>) -> Self {
        Self {
            smaller,
            larger,
            shown,
        }
    }

    /// Reads a file of evidence.
    ///
    /// # Errors
    /// [`Error::EvidenceMalformed`], and what [`SignedCheckpoint::parse`] refuses.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let malformed = Error::EvidenceMalformed;
        if bytes.len() > MAX_EVIDENCE_BYTES {
            return Err(malformed("it is longer than any evidence"));
        }
        let document: Document =
            serde_json::from_slice(bytes).map_err(|_| malformed("not JSON with the members of evidence"))?;
        if document.format != FORMAT {
            return Err(malformed("another format or version"));
        }
        let shown = document.beginning.map(|beginning| {
            let proof: Option<Vec<Hash>> = beginning.proof.iter().map(|text| hash(text)).collect();
            let proof = proof.filter(|proof| proof.len() <= MAX_PROOF_HASHES);
            Some(Shown {
                root: hash(&beginning.root)?,
                proof: ConsistencyProof(proof?),
            })
        });
        let shown = match shown {
            Some(None) => {
                return Err(malformed(
                    "a hash is not 32 bytes in base64, or the proof is too long",
                ));
            }
            Some(shown) => shown,
            None => None,
        };
        Ok(Self {
            smaller: SignedCheckpoint::parse(document.smaller.as_bytes())?,
            larger: SignedCheckpoint::parse(document.larger.as_bytes())?,
            shown,
        })
    }

    /// Checks that it shows what it claims.
    ///
    /// # Errors
    /// [`Error::EvidenceInvalid`]; the ledger's refusals of a checkpoint that no log of the policy signed.
    pub fn verify(self, policy: &Policy) -> Result<Conflict, Error> {
        let invalid = |reason| Err(Error::EvidenceInvalid(reason));
        // 1. One log of the policy signed both.
        let keys: Vec<_> = policy.logs().iter().map(|log| log.key.clone()).collect();
        let (smaller, larger) = (self.smaller.verify(&keys)?, self.larger.verify(&keys)?);
        if smaller.origin() != larger.origin() {
            return invalid("the checkpoints are of two logs");
        }
        // 2. They contradict each other.
        let (old, new) = (smaller.head(), larger.head());
        match &self.shown {
            _ if old.size > new.size => return invalid("the smaller tree comes second"),
            None if old.size < new.size => {
                return invalid("it does not show what the larger tree begins with");
            }
            None if old.root == new.root => return invalid("it is one and the same tree"),
            None => {}
            Some(_) if old.size == new.size => return invalid("trees of one size need no proof"),
            Some(shown) => {
                let beginning = TreeHead {
                    root: shown.root,
                    ..old
                };
                if shown.proof.verify(&beginning, &new).is_err() {
                    return invalid("the proof does not lead to the larger tree");
                }
                if shown.root == old.root {
                    return invalid("the larger tree begins with the smaller one: it only grew");
                }
            }
        }
        // 3. Who else signed which. A line that does not verify is nobody's.
        let signers = [&self.smaller, &self.larger].map(|checkpoint| {
            let cosigned = policy.witnesses().iter().filter_map(|witness| {
                let time = witness.key.cosigned(checkpoint).ok().flatten()?;
                Some((witness.name.clone(), time))
            });
            cosigned.collect()
        });
        Ok(Conflict {
            smaller,
            larger,
            shown: self.shown,
            signers,
            quorum: policy.quorum(),
        })
    }
}

impl Conflict {
    /// The log.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.smaller.origin()
    }

    /// Both trees, the smaller one first.
    #[must_use]
    pub fn heads(&self) -> [TreeHead; 2] {
        [self.smaller.head(), self.larger.head()]
    }

    /// Which witnesses cosigned the smaller and the larger one, by the policy's names, and when.
    #[must_use]
    pub fn signers(&self) -> &[Vec<(String, UnixTime)>; 2] {
        &self.signers
    }

    /// The witnesses that vouched for both histories, and so lied themselves.
    #[must_use]
    pub fn liars(&self) -> Vec<&str> {
        let [smaller, larger] = &self.signers;
        let both = smaller
            .iter()
            .filter(|(name, _)| larger.iter().any(|(other, _)| name == other));
        both.map(|(name, _)| name.as_str()).collect()
    }

    /// Whether both histories had a quorum, so that verifiers may have been shown either.
    #[must_use]
    pub fn both_have_a_quorum(&self) -> bool {
        self.signers.iter().all(|signers| signers.len() >= self.quorum)
    }

    /// The same evidence with the cosignatures that another copy of one of its checkpoints has, of witnesses that are not in
    /// it yet; `None` if there are none.
    pub(crate) fn joined(&self, other: &SignedCheckpoint, policy: &Policy) -> Option<Self> {
        let mut joined = self.clone();
        let mut changed = false;
        for (side, signers) in [&mut joined.smaller, &mut joined.larger]
            .into_iter()
            .zip(&self.signers)
        {
            let mut checkpoint = side.signed().clone();
            if checkpoint.unverified() != other.unverified() {
                continue;
            }
            let is_new = |line: &&NoteSignature| {
                let by =
                    |witness: &&Witness| witness.key.id() == line.id() && witness.key.name() == line.name();
                let witness = policy.witnesses().iter().find(by);
                witness.is_some_and(|witness| signers.iter().all(|(name, _)| *name != witness.name))
            };
            let lines: Vec<NoteSignature> =
                other.note().signatures().iter().filter(is_new).cloned().collect();
            changed |= policy.adopt(&mut checkpoint, &lines).unwrap_or(false);
            let keys: Vec<_> = policy.logs().iter().map(|log| log.key.clone()).collect();
            *side = checkpoint.verify(&keys).ok()?;
        }
        let unchecked = UncheckedConflict {
            smaller: joined.smaller.signed().clone(),
            larger: joined.larger.signed().clone(),
            shown: joined.shown,
        };
        changed.then(|| unchecked.verify(policy).ok())?
    }

    /// What names this evidence: SHA-256 of both texts.
    #[must_use]
    pub fn id(&self) -> Hash {
        let texts =
            [&self.smaller, &self.larger].map(|checkpoint| checkpoint.signed().unverified().to_string());
        Hash::of(&texts.each_ref().map(String::as_bytes))
    }

    /// The file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let base64 = |hash: &Hash| BASE64_STANDARD.encode(hash.as_bytes());
        let document = Document {
            format: FORMAT.to_owned(),
            smaller: self.smaller.signed().to_string(),
            larger: self.larger.signed().to_string(),
            beginning: self.shown.as_ref().map(|shown| Beginning {
                root: base64(&shown.root),
                proof: shown.proof.0.iter().map(base64).collect(),
            }),
        };
        let mut text = serde_json::to_string_pretty(&document).expect("texts are JSON");
        text.push('\n');
        text
    }
}

fn hash(text: &str) -> Option<Hash> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    bytes.try_into().ok().map(Hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::{testing::World, tree::Tree};
    use ledger::merkle::TreeSize;

    /// Evidence of `World`'s two histories, which part after five entries.
    fn of(world: &World, smaller: (&Tree, u64), larger: (&Tree, u64)) -> UncheckedConflict {
        let (old, new) = (TreeSize(smaller.1), TreeSize(larger.1));
        let shown = (old < new).then(|| Shown {
            root: larger.0.head_at(old).unwrap().root,
            proof: ConsistencyProof::generate(larger.0, old, new).unwrap(),
        });
        let checkpoint = |(tree, size): (&Tree, u64), witnesses| {
            world.checkpoint(&tree.head_at(TreeSize(size)).unwrap(), 7, witnesses)
        };
        UncheckedConflict::new(checkpoint(smaller, 0..3), checkpoint(larger, 2..4), shown)
    }

    #[test]
    fn two_histories_are_shown_by_any_two_checkpoints_after_they_part() {
        let world = World::new();
        let (one, other) = (world.tree("one", 20), world.tree("other", 20));
        for (old, new) in [(6, 6), (6, 7), (8, 16), (7, 20), (20, 20), (16, 17)] {
            for (smaller, larger) in [((&one, old), (&other, new)), ((&other, old), (&one, new))] {
                let conflict = of(&world, smaller, larger).verify(&world.policy).unwrap();
                assert_eq!(conflict.origin(), "example.com/log");
                assert_eq!(conflict.liars(), ["w2"]);
                assert!(!conflict.both_have_a_quorum());
                let read = UncheckedConflict::parse(conflict.to_json().as_bytes()).unwrap();
                assert_eq!(read.verify(&world.policy).unwrap(), conflict);
            }
        }
    }

    #[test]
    fn evidence_grows_by_the_witnesses_that_are_seen_later() {
        let world = World::new();
        let (one, other) = (world.tree("one", 20), world.tree("other", 20));
        let conflict = of(&world, (&one, 6), (&other, 20)).verify(&world.policy).unwrap();
        let names = |conflict: &Conflict| conflict.signers().each_ref().map(Vec::len);
        assert_eq!(names(&conflict), [3, 2]);
        let again = |tree: &Tree, size, time, witnesses| {
            let head = tree.head_at(TreeSize(size)).unwrap();
            conflict.joined(&world.checkpoint(&head, time, witnesses), &world.policy)
        };
        let grown = again(&other, 20, 9, 0..1).unwrap();
        assert_eq!((names(&grown), grown.id()), ([3, 3], conflict.id()));
        assert_eq!(grown.liars(), ["w0", "w2"]);
        // A later time says nothing new, nor does another tree.
        assert_eq!(again(&one, 6, 9, 0..3), None);
        assert_eq!(again(&one, 7, 9, 0..4), None);
    }

    #[test]
    fn one_history_is_no_evidence() {
        let world = World::new();
        let (one, other) = (world.tree("one", 20), world.tree("other", 20));
        let refused = |unchecked: UncheckedConflict| unchecked.verify(&world.policy).unwrap_err().code();
        // Before they part, and within one of them.
        for (smaller, larger) in [
            ((&one, 5), (&other, 5)),
            ((&one, 4), (&other, 20)),
            ((&one, 6), (&one, 20)),
            ((&one, 6), (&one, 6)),
        ] {
            assert_eq!(refused(of(&world, smaller, larger)), "evidence-invalid");
        }
        let good = of(&world, (&one, 6), (&other, 20));
        let swapped = UncheckedConflict::new(good.larger.clone(), good.smaller.clone(), good.shown.clone());
        let bare = UncheckedConflict::new(good.smaller.clone(), good.larger.clone(), None);
        let mut another = good.clone();
        another.shown.as_mut().unwrap().root = Hash([0; 32]);
        let mut longer = good.clone();
        longer.shown.as_mut().unwrap().proof.0.push(Hash([0; 32]));
        for bad in [swapped, bare, another, longer] {
            assert_eq!(refused(bad), "evidence-invalid");
        }
        // Of a log that the policy does not know.
        let stranger = World::of("example.com/stranger");
        assert_eq!(
            good.verify(&stranger.policy).unwrap_err().code(),
            "checkpoint-origin-unknown"
        );
    }

    #[test]
    fn files_are_as_the_specification_says() {
        let schema = include_str!("../../../../schemas/spec/json/evidence.schema.json");
        let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
        let world = World::new();
        let (one, other) = (world.tree("one", 9), world.tree("other", 9));
        for (old, new) in [(6, 6), (6, 9)] {
            let conflict = of(&world, (&one, old), (&other, new))
                .verify(&world.policy)
                .unwrap();
            let document = serde_json::from_str(&conflict.to_json()).unwrap();
            assert!(schema.is_valid(&document), "{document}");
            assert_eq!(document.get("beginning").is_some(), old < new);
        }
    }

    proptest::proptest! {
        /// Whatever is changed, it shows these two trees or nothing.
        #[test]
        fn changed_evidence_shows_nothing_else(at: usize, byte: u8) {
            let world = World::new();
            let (one, other) = (world.tree("one", 9), world.tree("other", 9));
            let good = of(&world, (&one, 6), (&other, 9)).verify(&world.policy).unwrap();
            let mut changed = good.to_json().into_bytes();
            let at = at % changed.len();
            changed[at] = byte;
            if let Ok(Ok(shown)) = UncheckedConflict::parse(&changed).map(|read| read.verify(&world.policy)) {
                proptest::prop_assert_eq!(shown.heads(), good.heads());
            }
        }
    }

    #[test]
    fn what_is_no_file_of_evidence_is_refused() {
        let world = World::new();
        let (one, other) = (world.tree("one", 9), world.tree("other", 9));
        let good = of(&world, (&one, 6), (&other, 9))
            .verify(&world.policy)
            .unwrap()
            .to_json();
        for (from, to) in [
            ("v1", "v2"),
            ("\"smaller\"", "\"extra\""),
            ("\"root\": \"", "\"root\": \"!"),
            ("{", "["),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_eq!(
                UncheckedConflict::parse(bad.as_bytes()).unwrap_err().code(),
                "evidence-malformed",
                "{from}"
            );
        }
        let long = vec![b' '; MAX_EVIDENCE_BYTES + 1];
        assert_eq!(
            UncheckedConflict::parse(&long).unwrap_err().code(),
            "evidence-malformed"
        );
    }
}
