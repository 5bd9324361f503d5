//! Batch roots by number, close together: 34 bytes each.

use super::cache::{Fields, UNUSABLE, ascending, key_id, key_id_item, number_item};
use crate::Error;
use schemas::{Hash, KeyId, cbor::Item};
use std::collections::BTreeMap;

/// Roots in a chunk. Small enough that an issuer with few batches costs little, large enough that the map over the
/// chunks costs nothing.
const CHUNK: usize = 256;

/// One run of [`CHUNK`] numbers.
struct Chunk {
    roots: [[u8; 32]; CHUNK],
    /// Who signed: one more than the index into [`Roots::signers`]; 0 where the root is not known.
    signers: [u16; CHUNK],
}

impl Chunk {
    fn forget(&mut self, at: usize) {
        self.roots[at] = [0; 32];
        self.signers[at] = 0;
    }

    fn is_empty(&self) -> bool {
        self.signers.iter().all(|mark| *mark == 0)
    }
}

/// The known roots of one issuer's batches. May have holes. Never moves what it holds, so that a million roots never
/// stand in memory twice.
#[derive(Default)]
pub(super) struct Roots {
    chunks: BTreeMap<u32, Box<Chunk>>,
    signers: Vec<KeyId>,
    known: usize,
}

impl Roots {
    pub(super) fn get(&self, number: u32) -> Option<(Hash, KeyId)> {
        let (chunk, at) = split(number);
        let chunk = self.chunks.get(&chunk)?;
        let signer = usize::from(chunk.signers[at]).checked_sub(1)?;
        Some((Hash(chunk.roots[at]), *self.signers.get(signer)?))
    }

    /// Puts a root in place of any that is there. Gives up, and says so with `None`, after 65,535 signers.
    pub(super) fn insert(&mut self, number: u32, root: Hash, signer: KeyId) -> Option<()> {
        let index = self
            .signers
            .iter()
            .rposition(|known| *known == signer)
            .unwrap_or(self.signers.len());
        let mark = u16::try_from(index + 1).ok()?;
        if index == self.signers.len() {
            self.signers.push(signer);
        }
        let (chunk, at) = split(number);
        let chunk = self.chunks.entry(chunk).or_insert_with(|| {
            Box::new(Chunk {
                roots: [[0; 32]; CHUNK],
                signers: [0; CHUNK],
            })
        });
        self.known += usize::from(chunk.signers[at] == 0);
        chunk.roots[at] = root.0;
        chunk.signers[at] = mark;
        Some(())
    }

    /// Forgets the roots of `signer` with a number above `last`, or all of them.
    pub(super) fn forget_after(&mut self, signer: KeyId, last: Option<u32>) {
        let Some(index) = self.signers.iter().position(|known| *known == signer) else {
            return;
        };
        let from = last.map_or(0, |last| u64::from(last) + 1);
        let above = |chunk: u32, at: usize| u64::from(chunk) * CHUNK as u64 + at as u64 >= from;
        self.forget(|chunk, at, mark| usize::from(mark) == index + 1 && above(chunk, at));
    }

    /// Forgets one root.
    pub(super) fn forget_one(&mut self, number: u32) {
        let (start, at) = split(number);
        let Some(chunk) = self.chunks.get_mut(&start) else {
            return;
        };
        self.known -= usize::from(chunk.signers[at] != 0);
        chunk.forget(at);
        if chunk.is_empty() {
            self.chunks.remove(&start);
        }
    }

    /// Forgets the roots with numbers below `first`.
    pub(super) fn forget_before(&mut self, first: u32) {
        let (chunk, at) = split(first);
        self.chunks.retain(|start, _| *start >= chunk);
        if let Some(chunk) = self.chunks.get_mut(&chunk) {
            (0..at).for_each(|at| chunk.forget(at));
        }
        self.recount();
    }

    /// How many roots are known.
    pub(super) fn known(&self) -> usize {
        self.known
    }

    /// The bytes that the roots take.
    pub(super) fn bytes(&self) -> usize {
        self.chunks.len() * size_of::<Chunk>()
    }

    pub(super) fn to_item(&self) -> Item<'_> {
        let chunk = |start: &u32, chunk: &Chunk| {
            let marks = chunk
                .signers
                .iter()
                .flat_map(|mark| mark.to_be_bytes())
                .collect::<Vec<u8>>();
            let roots = chunk.roots.concat();
            Item::Array(vec![
                number_item(*start),
                Item::Bytes(roots.into()),
                Item::Bytes(marks.into()),
            ])
        };
        let signers = self.signers.iter().map(|id| key_id_item(*id)).collect();
        Item::Array(vec![
            Item::Array(signers),
            Item::Array(
                self.chunks
                    .iter()
                    .map(|(start, found)| chunk(start, found))
                    .collect(),
            ),
        ])
    }

    pub(super) fn from_item(item: &Item<'_>) -> Result<Self, Error> {
        let mut fields = Fields::of(item)?;
        let signers = fields.list()?.iter().map(key_id).collect::<Result<Vec<_>, _>>()?;
        let chunks = ascending(fields.list()?, |item| {
            let mut fields = Fields::of(item)?;
            let start = fields.number()?;
            let roots = fields.fixed::<{ 32 * CHUNK }>()?;
            let marks = fields.fixed::<{ 2 * CHUNK }>()?;
            let chunk = Box::new(Chunk {
                roots: core::array::from_fn(|at| core::array::from_fn(|i| roots[32 * at + i])),
                signers: core::array::from_fn(|at| u16::from_be_bytes([marks[2 * at], marks[2 * at + 1]])),
            });
            let known = |mark: &u16| usize::from(*mark) <= signers.len();
            if start >= 1 << 24 || !chunk.signers.iter().all(known) {
                return Err(UNUSABLE);
            }
            fields.end((start, chunk))
        })?;
        let mut roots = Self {
            chunks,
            signers,
            known: 0,
        };
        roots.recount();
        fields.end(roots)
    }

    fn forget(&mut self, gone: impl Fn(u32, usize, u16) -> bool) {
        for (start, chunk) in &mut self.chunks {
            for at in 0..CHUNK {
                if gone(*start, at, chunk.signers[at]) {
                    chunk.forget(at);
                }
            }
        }
        self.recount();
    }

    fn recount(&mut self) {
        self.chunks.retain(|_, chunk| !chunk.is_empty());
        let marks = self.chunks.values().flat_map(|chunk| &chunk.signers);
        self.known = marks.filter(|mark| **mark != 0).count();
    }
}

fn split(number: u32) -> (u32, usize) {
    let [.., at] = number.to_be_bytes();
    (number >> 8, usize::from(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_million_roots_take_34_megabytes() {
        let mut roots = Roots::default();
        for number in 0..1_000_000 {
            roots.insert(number, Hash([7; 32]), KeyId([1; 8])).unwrap();
        }
        println!("1,000,000 roots: {} bytes", roots.bytes());
        assert_eq!(roots.known(), 1_000_000);
        assert!(roots.bytes() <= 34_100_000, "{}", roots.bytes());
        roots.forget_before(999_999);
        assert_eq!((roots.known(), roots.bytes()), (1, size_of::<Chunk>()));
    }

    proptest! {
        /// A map is the model.
        #[test]
        fn behaves_like_a_map(steps in prop::collection::vec((0u8..8, 0u32..2000, 0u8..3), 0..200)) {
            let mut roots = Roots::default();
            let mut model = BTreeMap::new();
            for (step, number, signer) in steps {
                let (root, signer) = (Hash([signer; 32]), KeyId([signer; 8]));
                match step {
                    0 => {
                        roots.forget_one(number);
                        model.remove(&number);
                    }
                    1 => {
                        roots.forget_before(number);
                        model.retain(|other, _| *other >= number);
                    }
                    2 => {
                        roots.forget_after(signer, Some(number));
                        model.retain(|other, value| *other <= number || *value != (root, signer));
                    }
                    _ => {
                        roots.insert(number, root, signer).unwrap();
                        model.insert(number, (root, signer));
                    }
                }
            }
            prop_assert_eq!(roots.known(), model.len());
            let chunks: BTreeSet<u32> = model.keys().map(|number| number >> 8).collect();
            prop_assert_eq!(roots.bytes(), chunks.len() * size_of::<Chunk>());
            let item = roots.to_item();
            prop_assert_eq!(Roots::from_item(&item).map(|again| again.to_item() == item), Ok(true));
            for number in 0..2000 {
                prop_assert_eq!(roots.get(number), model.get(&number).copied());
            }
        }
    }
}
