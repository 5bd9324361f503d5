//! The examples of the specification pages are what the code makes of them.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use ledger::{
    batch::{BatchSeed, BatchTree, decoy, root},
    checkpoint::SignedCheckpoint,
    policy::Policy,
};
use schemas::{BatchNumber, Commitment, Hash, IssuerNumber, Place, Shape, Slot, UnixTime};
use std::path::Path;

/// The blocks of a page that are fenced as text.
fn examples(page: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/spec");
    let page = std::fs::read_to_string(folder.join(page)).unwrap();
    let blocks = page.split("```text\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn ledger() {
    let blocks = examples("ledger.md");
    let checkpoint = SignedCheckpoint::parse(blocks[0].as_bytes()).unwrap();
    let policy = Policy::parse(blocks[1].as_bytes()).unwrap();
    assert_eq!(policy.to_string(), blocks[1]);
    let cosigned = policy.verify(&checkpoint).unwrap();
    assert_eq!(cosigned.freshness(), UnixTime(1_795_000_000));
    assert_eq!(cosigned.cosigners().len(), 2);
}

#[test]
fn place_and_proof() {
    let block = examples("place-and-proof.md").remove(0);
    // A label of 20 columns, then the value.
    let value = |label: &str| {
        let line = block.lines().find(|line| line[..20].trim_end() == label).unwrap();
        line[20..].to_owned()
    };
    let bytes = |label: &str| hex::decode(value(label)).unwrap();
    let hash = |text: &str| Hash(hex::decode(text).unwrap().try_into().unwrap());

    let place = Place {
        issuer: IssuerNumber(7),
        batch: BatchNumber(42),
        slot: Slot(3),
    };
    assert_eq!(place.to_item().encode(), bytes("place claim"));
    let commitment = Commitment::to(Shape::Hcert, &bytes("signed bytes"));
    assert_eq!(commitment.0, hash(&value("commitment")));

    let seed = BatchSeed(bytes("batch seed").try_into().unwrap());
    let mut leaves = core::array::from_fn(|slot| {
        let slot = Slot(u8::try_from(slot).unwrap());
        decoy(&seed, Place { slot, ..place })
    });
    assert_eq!(leaves[0].0, hash(&value("decoy in slot 0")));
    leaves[3] = commitment;
    let tree = BatchTree::new(&leaves);
    assert_eq!(tree.root(), hash(&value("root")));

    let proof = tree.proof(place.slot);
    let siblings = block.lines().skip_while(|line| !line.starts_with("proof"));
    assert_eq!(
        proof.0.to_vec(),
        siblings.map(|line| hash(&line[20..])).collect::<Vec<_>>()
    );
    assert_eq!(root(&proof, commitment, place.slot), tree.root());
}
