//! A batch: credentials among decoys.

use crate::seed::seed;
use ledger::batch::{BATCH_SLOTS, BatchSeed, BatchTree, decoy};
use schemas::{BatchNumber, BatchProof, Commitment, Hash, IssuerNumber, Place, Slot};

/// A batch that is being filled.
pub struct Batch {
    issuer: IssuerNumber,
    number: BatchNumber,
    leaves: [Commitment; BATCH_SLOTS],
    taken: u8,
}

impl Batch {
    /// A batch of decoys alone.
    #[must_use]
    pub fn new(issuer: u32, number: u32) -> Self {
        let (issuer, number) = (IssuerNumber(issuer), BatchNumber(number));
        let secret = BatchSeed(seed(&format!("batch {} of issuer {}", number.0, issuer.0)));
        let slots = core::array::from_fn(|slot| Slot(u8::try_from(slot).expect("256 slots")));
        let leaves = slots.map(|slot| {
            decoy(
                &secret,
                Place {
                    issuer,
                    batch: number,
                    slot,
                },
            )
        });
        Self {
            issuer,
            number,
            leaves,
            taken: 0,
        }
    }

    /// The next free place. 37 is odd, so that 256 places are different.
    pub fn place(&mut self) -> Place {
        let slot = Slot(self.taken.wrapping_mul(37).wrapping_add(11));
        self.taken += 1;
        Place {
            issuer: self.issuer,
            batch: self.number,
            slot,
        }
    }

    /// Puts a credential at its place.
    pub fn put(&mut self, place: Place, commitment: Commitment) {
        self.leaves[usize::from(place.slot.0)] = commitment;
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        BatchTree::new(&self.leaves).root()
    }

    /// The proof for a place.
    #[must_use]
    pub fn proof(&self, place: Place) -> BatchProof {
        BatchTree::new(&self.leaves).proof(place.slot)
    }
}
