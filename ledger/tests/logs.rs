//! Logs that others wrote: Tessera's at 16 sizes, Sunlight's witnesses and mirror, and the golden one that Go's sumdb
//! code and the sigsum witness accepted.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use base64::{Engine, engine::general_purpose::STANDARD};
use ledger::{
    Error,
    checkpoint::{Checkpoint, SignedCheckpoint},
    cosignature::{CosignerKey, WitnessKey},
    merkle::{ConsistencyProof, Frontier, InclusionProof, LeafIndex, TreeHead, TreeSize, leaf_hash},
    note::{SignerKey, VerifierKey},
    policy::{Log, Policy, Witness},
    tile::{Edge, Level, Tile, TileSource},
};
use schemas::{Hash, UnixTime};
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

/// The hashes of a log's folder.
fn source(folder: &Path, size: TreeSize) -> TileSource<impl Fn(Tile) -> Result<Vec<Hash>, Error>> {
    TileSource::new(size, |tile: Tile| tile.hashes(&read(folder, tile)?))
}

fn read(folder: &Path, tile: Tile) -> Result<Vec<u8>, Error> {
    std::fs::read(folder.join(tile.to_string())).map_err(|_| Error::TileMissing(tile))
}

/// Size and root of a folder's tree by all its tiles, and by its leaf hashes alone.
fn heads_of_tiles(folder: &Path, size: TreeSize) -> [TreeHead; 2] {
    let leaves = Tile::grown(TreeSize(0), size).filter(|tile| tile.level() == Level::Hashes(0));
    let leaves = leaves.flat_map(|tile| tile.hashes(&read(folder, tile).unwrap()).unwrap());
    let by_tiles = Frontier::load(&source(folder, size), size).unwrap();
    [by_tiles.head(), leaves.collect::<Frontier>().head()]
}

fn checkpoint(file: &Path) -> SignedCheckpoint {
    let bytes = std::fs::read(file).unwrap();
    let checkpoint = SignedCheckpoint::parse(&bytes).unwrap();
    assert_eq!(checkpoint.to_string().as_bytes(), bytes);
    checkpoint
}

#[test]
fn tessera_test_log() {
    // tessera, storage/posix/PERFORMANCE.md
    const VKEY: &str = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
    let Some(vectors) = common::vectors_for(16) else {
        return;
    };
    let folder = vectors.join("tlog/tessera-testlog/testdata/log");
    let key: VerifierKey = VKEY.parse().unwrap();

    let mut edge = Edge::default();
    let mut heads: Vec<TreeHead> = Vec::new();
    let mut consistencies = 0;
    for size in 0..=15 {
        let signed = checkpoint(&folder.join(format!("checkpoint.{size}")));
        let head = signed.verify(std::slice::from_ref(&key)).unwrap().head();
        assert_eq!(head.size, TreeSize(size));
        let source = source(&folder, head.size);
        assert_eq!(Frontier::load(&source, head.size).unwrap().head(), head);

        // The last entry makes, from our edge, the files that Tessera wrote.
        if let Some(bundle) = Tile::in_tree(Level::Entries, 0, head.size) {
            let bytes = read(&folder, bundle).unwrap();
            let entries = bundle.entries(&bytes).unwrap();
            let leaves = Tile::in_tree(Level::Hashes(0), 0, head.size).unwrap();
            let hashed: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
            assert_eq!(hashed, leaves.hashes(&read(&folder, leaves).unwrap()).unwrap());
            for file in edge.grow(&entries[entries.len() - 1..]).unwrap() {
                assert_eq!(file.bytes, read(&folder, file.tile).unwrap(), "{}", file.tile);
            }
        }
        assert_eq!(edge.head(), head);
        assert_eq!(
            Edge::load(&head, |tile| read(&folder, tile)).unwrap().head(),
            head
        );

        for old in heads.iter().filter(|old| old.size.0 > 0) {
            let proof = ConsistencyProof::generate(&source, old.size, head.size).unwrap();
            assert_eq!(proof.verify(old, &head).unwrap().earlier(), *old);
            consistencies += 1;
        }
        heads.push(head);
    }
    println!("tessera-testlog: 16 of 16 checkpoints met, consistent in {consistencies} pairs");
}

#[test]
fn sunlight_trees() {
    #[derive(Deserialize)]
    struct Keys {
        verifier_keys: Vec<String>,
    }
    let Some(vectors) = common::vectors_for(5) else {
        return;
    };
    let folder = vectors.join("tlog/sunlight-skylight-trees/cmd/skylight/testdata");
    let cosigned = |folder: &Path, keys: &str, signed: &SignedCheckpoint| {
        let keys: Keys = serde_json::from_slice(&std::fs::read(folder.join(keys)).unwrap()).unwrap();
        let key: WitnessKey = keys.verifier_keys[0].parse().unwrap();
        assert_eq!(key.to_string(), keys.verifier_keys[0]);
        // 2025-12-31T00:00:00Z for all.
        assert_eq!(key.cosigned(signed), Ok(Some(UnixTime(1_767_139_200))));
    };

    // The log itself, signed with a key of type 0x05, which is Certificate Transparency's own. Its tiles are stand-ins.
    let signed = checkpoint(&folder.join("tree/checkpoint"));
    let head = signed.unverified().head();

    // Two witnesses of it, or of another log with the same tree.
    let origin = |origin: &str| Hash::of(&[origin.as_bytes()]).to_string();
    let witness = folder.join("witness");
    let seen = checkpoint(&witness.join(origin("rome2026h1.example.org")).join("checkpoint"));
    assert_eq!(seen.unverified(), signed.unverified());
    cosigned(&witness, "witness.v0.json", &seen);
    let witness = folder.join("witness2");
    let seen = checkpoint(&witness.join(origin("milan2026h1.example.org")).join("checkpoint"));
    assert_eq!(seen.unverified().head(), head);
    cosigned(&witness, "witness.v0.json", &seen);

    // A mirror of a log. Its entry bundles are stand-ins, so the tiles are all there is to read.
    let mirrors = folder.join("witness/mirror");
    let mirror = mirrors.join(origin("rome2026h1.example.org"));
    let mirrored = checkpoint(&mirror.join("checkpoint"));
    cosigned(&mirrors, "mirror.v0.json", &mirrored);
    let head = mirrored.unverified().head();
    assert_eq!(heads_of_tiles(&mirror, head.size), [head; 2]);
    println!("sunlight-skylight-trees: 4 checkpoints, 3 cosignatures and 1 tree of 300 entries met");
}

#[test]
fn golden_log() {
    #[derive(Deserialize)]
    struct Proof {
        leaf: String,
        index: u64,
        size: u64,
        path: Vec<String>,
        checkpoint: String,
    }
    #[derive(Deserialize)]
    struct SigsumWitness {
        log_vkey: String,
        witness_vkey: String,
        cosigned_checkpoint: String,
        consistency_256_to_70000: Vec<String>,
    }
    let Some(vectors) = common::vectors_for(4) else {
        return;
    };
    let folder = vectors.join("tlog/golden-interop");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let hashes = |lines: &[String]| -> Vec<Hash> {
        let hash = |line: &String| Hash(STANDARD.decode(line).unwrap().try_into().unwrap());
        lines.iter().map(hash).collect()
    };

    // The log of 70,000 entries, written here, is the signed one, to the byte of the checkpoint.
    let entries: Vec<Vec<u8>> = (0..70_000).map(|i| format!("leaf-{i}").into_bytes()).collect();
    let (mut edge, mut files) = (Edge::default(), BTreeMap::new());
    for growth in [&entries[..256], &entries[256..]] {
        files.extend(
            edge.grow(growth)
                .unwrap()
                .into_iter()
                .map(|file| (file.tile, file.bytes)),
        );
    }
    let seed: [u8; 32] = core::array::from_fn(|i| u8::try_from(i).unwrap());
    let key: VerifierKey = text("vkey").trim_end().parse().unwrap();
    let signer = SignerKey::from_seed(key.name().clone(), &seed);
    assert_eq!(signer.verifier(), key);
    let ours = Checkpoint::new(key.name(), edge.head()).sign(&signer);
    assert_eq!(ours.to_string(), text("checkpoint"));

    // The inclusion proof.
    let proof: Proof = serde_json::from_str(&text("proof.json")).unwrap();
    let signed = SignedCheckpoint::parse(proof.checkpoint.as_bytes()).unwrap();
    let head = signed.verify(&[key]).unwrap().head();
    let index = LeafIndex(proof.index);
    let leaf = leaf_hash(&STANDARD.decode(&proof.leaf).unwrap());
    let path = InclusionProof(hashes(&proof.path));
    assert!(path.verify(&leaf, index, &head).is_ok());
    assert_eq!(head.size, TreeSize(proof.size));
    let source = TileSource::new(head.size, |tile: Tile| tile.hashes(&files[&tile]));
    assert_eq!(InclusionProof::generate(&source, index, head.size).unwrap(), path);

    // The consistency proof and the cosignature of sigsum's witness.
    let sigsum: SigsumWitness =
        serde_json::from_str(&text("sigsum-witness-cosigned-checkpoint.json")).unwrap();
    let old = Frontier::load(&source, TreeSize(256)).unwrap().head();
    let proof = ConsistencyProof(hashes(&sigsum.consistency_256_to_70000));
    assert!(proof.verify(&old, &head).is_ok());
    assert_eq!(
        ConsistencyProof::generate(&source, old.size, head.size).unwrap(),
        proof
    );
    let policy = Policy::new(
        vec![Log {
            key: sigsum.log_vkey.parse().unwrap(),
            url: None,
        }],
        vec![Witness {
            name: "sigsum".to_owned(),
            key: sigsum.witness_vkey.parse().unwrap(),
            url: None,
        }],
        1,
    );
    let signed = SignedCheckpoint::parse(sigsum.cosigned_checkpoint.as_bytes()).unwrap();
    let cosigned = policy.unwrap().verify(&signed).unwrap();
    assert_eq!(cosigned.checkpoint().head(), head);
    println!(
        "golden-interop: 4 of 4 met (checkpoint, inclusion, consistency, cosignature of {})",
        cosigned.freshness().0
    );
}

/// A cosignature that another implementation of ML-DSA has verified (Go's `crypto/mldsa`).
#[test]
fn golden_post_quantum_cosignature() {
    #[derive(Deserialize)]
    struct Golden {
        seed: String,
        public_key: String,
        signature: String,
    }
    let Some(vectors) = common::vectors_for(1) else {
        return;
    };
    let file = vectors.join("tlog/golden-interop/mldsa44-subtree-cosignature.json");
    let golden: Golden = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let bytes = |text: &str| hex::decode(text).unwrap();

    let head = TreeHead {
        size: TreeSize(70_000),
        root: Hash([0xab; 32]),
    };
    let log = SignerKey::from_seed("ledger.govdigital.example/member-03".parse().unwrap(), &[1; 32]);
    let signed = Checkpoint::new(log.verifier().name(), head).sign(&log);
    let verified = signed.verify(&[log.verifier()]).unwrap();
    let seed = bytes(&golden.seed).try_into().unwrap();
    let key = CosignerKey::ml_dsa_44_from_seed("witness.example/w1".parse().unwrap(), &seed);
    let vkey = STANDARD.encode([&[6][..], &bytes(&golden.public_key)].concat());
    assert!(key.key().to_string().ends_with(&vkey));

    // To the byte: the line is the key's id, the time and the signature.
    let time = UnixTime(1_790_000_000);
    let line = key.cosign(&verified, time);
    let blob = [&line.id().0[..], &time.0.to_be_bytes(), &bytes(&golden.signature)].concat();
    let expected = format!("\u{2014} witness.example/w1 {}\n", STANDARD.encode(blob));
    assert_eq!(line.to_string(), expected);
    let mut signed = signed;
    signed.add(line).unwrap();
    assert_eq!(key.key().cosigned(&signed), Ok(Some(time)));
    println!("golden-interop, ML-DSA-44: 1 of 1 met");
}
