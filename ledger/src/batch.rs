//! The tree over the 256 slots of a batch, and the decoys that fill it (`schemas/spec/place-and-proof.md`).

use crate::{Error, merkle::node_hash};
use core::fmt;
use hmac::{Hmac, KeyInit, Mac};
use schemas::{BatchNumber, BatchProof, Commitment, Hash, IssuerNumber, Place, Slot, proof::PROOF_HASHES};
use sha2::Sha256;
use zeroize::ZeroizeOnDrop;

/// The slots of a batch: a proof of 8 hashes leads to one of 2⁸ leaves.
pub const BATCH_SLOTS: usize = 1 << PROOF_HASHES;

/// The root that a proof leads to from the commitment in a slot. It shows nothing until a ledger has that root.
///
/// This is the door's hot path: 8 hashes, no allocation.
#[must_use]
pub fn root(proof: &BatchProof, commitment: Commitment, slot: Slot) -> Hash {
    let mut node = commitment.0;
    for (level, sibling) in proof.0.iter().enumerate() {
        node = match slot.0 >> level & 1 {
            0 => node_hash(&node, sibling),
            _ => node_hash(sibling, &node),
        };
    }
    node
}

/// All hashes of a full batch: an RFC 9162 tree of 256 leaves, where a commitment is a leaf hash.
#[derive(Clone)]
pub struct BatchTree {
    /// Level by level from the leaves up, 256 + 128 + … + 1 hashes.
    levels: Vec<Vec<Hash>>,
}

impl BatchTree {
    /// The tree over the commitments and decoys in the order of their slots.
    #[must_use]
    pub fn new(leaves: &[Commitment; BATCH_SLOTS]) -> Self {
        let mut levels: Vec<Vec<Hash>> = vec![leaves.iter().map(|leaf| leaf.0).collect()];
        for level in 0..PROOF_HASHES {
            let pairs = levels[level].chunks_exact(2);
            let parents = pairs.map(|pair| node_hash(&pair[0], &pair[1])).collect();
            levels.push(parents);
        }
        Self { levels }
    }

    /// The root, which goes to the ledger.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.levels[PROOF_HASHES][0]
    }

    /// The proof for what is in a slot.
    #[must_use]
    pub fn proof(&self, slot: Slot) -> BatchProof {
        BatchProof(core::array::from_fn(|level| {
            self.levels[level][usize::from(slot.0) >> level ^ 1]
        }))
    }
}

/// The secret from which the decoys of an issuer's batch follow. Whoever has it can tell decoys from credentials.
#[derive(Clone, ZeroizeOnDrop)]
pub struct BatchSeed(pub [u8; 32]);

impl fmt::Debug for BatchSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BatchSeed(…)")
    }
}

/// Separates decoys from every other use of a seed.
const DECOY_TAG: &[u8; 16] = b"attest/decoy/v1\n";

/// What stands in a slot without a credential: `HMAC-SHA-256(seed, tag ‖ issuer ‖ batch ‖ slot)`, the numbers
/// big-endian in 4, 4 and 1 bytes.
#[must_use]
pub fn decoy(seed: &BatchSeed, place: Place) -> Commitment {
    let mut mac = Hmac::<Sha256>::new_from_slice(&seed.0).expect("HMAC takes keys of any length");
    mac.update(DECOY_TAG);
    mac.update(&place.issuer.0.to_be_bytes());
    mac.update(&place.batch.0.to_be_bytes());
    mac.update(&[place.slot.0]);
    Commitment(Hash(mac.finalize().into_bytes().into()))
}

/// How many slots of an anchored batch hold decoys, by its seed and leaves.
///
/// The count is a lower bound that an issuer cannot raise: a credential's commitment that is also a decoy under some
/// seed would be a preimage of HMAC-SHA-256. So `256 − decoys` is never less than the credentials in the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Audit {
    decoys: usize,
}

impl Audit {
    /// Counts the decoys of a batch whose root is on the ledger.
    ///
    /// # Errors
    /// [`Error::BatchRootMismatch`] when these are not the leaves of that root.
    pub fn of(
        seed: &BatchSeed,
        issuer: IssuerNumber,
        batch: BatchNumber,
        leaves: &[Commitment; BATCH_SLOTS],
        root: &Hash,
    ) -> Result<Self, Error> {
        if BatchTree::new(leaves).root() != *root {
            return Err(Error::BatchRootMismatch);
        }
        let slots = (0..=u8::MAX).map(Slot);
        let decoys = slots
            .zip(leaves)
            .filter(|(slot, leaf)| {
                decoy(
                    seed,
                    Place {
                        issuer,
                        batch,
                        slot: *slot,
                    },
                ) == **leaf
            })
            .count();
        Ok(Self { decoys })
    }

    /// The slots that hold decoys.
    #[must_use]
    pub fn decoys(&self) -> usize {
        self.decoys
    }

    /// The slots that hold anything else, at most the number that the issuer may have issued.
    #[must_use]
    pub fn credentials(&self) -> usize {
        BATCH_SLOTS - self.decoys
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{InclusionProof, LeafIndex, TreeHead, TreeSize, root_of};
    use proptest::prelude::*;

    fn leaves(of: &str) -> [Commitment; BATCH_SLOTS] {
        core::array::from_fn(|slot| Commitment(Hash::of(&[of.as_bytes(), &slot.to_be_bytes()])))
    }

    #[test]
    fn a_batch_is_an_rfc_9162_tree() {
        let leaves = leaves("credential");
        let tree = BatchTree::new(&leaves);
        let hashes = leaves.map(|leaf| leaf.0);
        assert_eq!(tree.root(), root_of(&hashes));
        let head = TreeHead {
            size: TreeSize(256),
            root: tree.root(),
        };
        for slot in 0..=u8::MAX {
            let proof = tree.proof(Slot(slot));
            let leaf = leaves[usize::from(slot)];
            assert_eq!(root(&proof, leaf, Slot(slot)), tree.root());
            let general = InclusionProof(proof.0.to_vec());
            assert!(general.verify(&leaf.0, LeafIndex(slot.into()), &head).is_ok());
        }
    }

    proptest! {
        #[test]
        fn a_flipped_bit_leads_elsewhere(slot: u8, bit in 0usize..256 * 8, other: u8) {
            let leaves = leaves("credential");
            let tree = BatchTree::new(&leaves);
            let leaf = leaves[usize::from(slot)];
            let mut bytes = tree.proof(Slot(slot)).to_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let damaged = BatchProof::from_bytes(&bytes).unwrap();
            prop_assert_ne!(root(&damaged, leaf, Slot(slot)), tree.root());
            if other != slot {
                prop_assert_ne!(root(&tree.proof(Slot(slot)), leaf, Slot(other)), tree.root());
            }
        }
    }

    #[test]
    fn an_auditor_counts_decoys_and_nobody_else_can() {
        let (issuer, batch, seed) = (IssuerNumber(7), BatchNumber(42), BatchSeed([9; 32]));
        let mut leaves = leaves("credential");
        for slot in 200..=u8::MAX {
            leaves[usize::from(slot)] = decoy(
                &seed,
                Place {
                    issuer,
                    batch,
                    slot: Slot(slot),
                },
            );
        }
        let root = BatchTree::new(&leaves).root();
        let audit = Audit::of(&seed, issuer, batch, &leaves, &root).unwrap();
        assert_eq!((audit.decoys(), audit.credentials()), (56, 200));

        let other = Audit::of(&BatchSeed([8; 32]), issuer, batch, &leaves, &root).unwrap();
        assert_eq!(other.decoys(), 0);
        leaves.swap(0, 1);
        let refused = Audit::of(&seed, issuer, batch, &leaves, &root).unwrap_err();
        assert_eq!(refused.code(), "batch-root-mismatch");
    }

    #[test]
    fn decoys_are_bound_to_their_place() {
        let place = |issuer, batch, slot| Place {
            issuer: IssuerNumber(issuer),
            batch: BatchNumber(batch),
            slot: Slot(slot),
        };
        let seed = BatchSeed([1; 32]);
        let first = decoy(&seed, place(1, 2, 3));
        assert_eq!(
            first.0.to_string(),
            "82ba2875a59ca6eb680b0f7696ddb3fee6630703634a085969757c008b2c9859"
        );
        for other in [place(2, 2, 3), place(1, 3, 3), place(1, 2, 4)] {
            assert_ne!(decoy(&seed, other), first);
        }
    }
}
