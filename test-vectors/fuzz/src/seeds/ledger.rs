//! The log of the test vectors, and what is asked and said about it.

use super::Seeds;
use crate::files::join;
use ::ledger::{
    checkpoint::{Checkpoint, SignedCheckpoint},
    entry::Leaf,
    merkle::{ConsistencyProof, InclusionProof, LeafIndex, TreeSize, leaf_hash},
    proof::TlogProof,
    receipt,
    tile::{Edge, Tile},
    witness::Request,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use generate::{
    case::SyncCase,
    world::{AS_OF, World, members::WITNESSES, said::Said},
};
use schemas::{key_event::KeyEvent, status::Snapshot};

pub fn collect(seeds: &mut Seeds) {
    let world = World::new();
    let policy = world.members.policy();
    seeds.add("tlog_policy", policy.to_string());
    seeds.add("network", world.network().to_toml());
    for log in policy.logs() {
        seeds.add("vkey", log.key.to_string());
    }
    for witness in policy.witnesses() {
        seeds.add("vkey", witness.key.to_string());
    }
    let published = world.members.publish(&world.said, AS_OF, WITNESSES);
    checkpoint(seeds, published.checkpoint.as_bytes());
    let mut snapshots = Vec::new();
    for said in &world.said {
        seeds.add("entry", &*said.leaf);
        snapshots.extend(object(seeds, said.object.as_deref().unwrap_or_default()));
    }
    for (path, bytes) in &published.files {
        file(seeds, path, bytes);
    }
    log(seeds, &world.said);
    for (path, bytes) in generate::files() {
        if path.starts_with("sync/") {
            sync(seeds, &serde_json::from_slice(&bytes).expect("a vector"));
        }
    }
    for earlier in &snapshots {
        for later in &snapshots {
            if let (Ok(delta), Ok(bytes)) = (earlier.delta_to(later), earlier.encode()) {
                let delta = delta.encode().expect("a short delta");
                seeds.add("delta", join([(0, &*bytes), (0, &*delta)]));
            }
        }
    }
    for heads in [&world.post_quantum().heads, &world.post_quantum().forged_heads] {
        seeds.add("heads", heads.encode());
        heads.iter().for_each(|head| seeds.add("heads", head.encode()));
    }
    proofs(seeds, &world);
    let view = crate::view().state().to_cache();
    seeds.add("state_cache", &view[..view.len() - 32]);
}

fn sync(seeds: &mut Seeds, case: &SyncCase) {
    for state in &case.states {
        checkpoint(seeds, state.checkpoint.as_bytes());
        for (path, text) in &state.files {
            let bytes = BASE64_STANDARD.decode(text).expect("base64");
            if path.starts_with("object/") {
                object(seeds, &bytes);
            }
            file(seeds, path, &bytes);
        }
    }
}

fn checkpoint(seeds: &mut Seeds, bytes: &[u8]) {
    for target in ["note", "checkpoint"] {
        seeds.add(target, bytes);
    }
    if let Ok(checkpoint) = SignedCheckpoint::parse(bytes) {
        let request = Request {
            old: TreeSize(0),
            proof: ConsistencyProof(vec![]),
            checkpoint: checkpoint.clone(),
        };
        seeds.add("witness_request", request.to_string());
        let proof = ConsistencyProof(vec![leaf_hash(b"1"), leaf_hash(b"2")]);
        seeds.add(
            "witness_request",
            Request {
                old: TreeSize(3),
                proof,
                ..request
            }
            .to_string(),
        );
        let lines = checkpoint.note().signatures().iter().map(ToString::to_string);
        seeds.add("witness_answer", ["\0".to_owned(), lines.collect()].concat());
        seeds.add("witness_answer", "\u{1}17\n");
    }
}

fn object(seeds: &mut Seeds, bytes: &[u8]) -> Option<Snapshot> {
    if KeyEvent::decode(bytes).is_ok() {
        seeds.add("key_event", bytes);
        seeds.add("cbor", bytes);
    } else {
        seeds.add("snapshot", bytes);
    }
    Snapshot::decode(bytes).ok()
}

fn file(seeds: &mut Seeds, path: &str, bytes: &[u8]) {
    if let Ok(tile) = path.parse::<Tile>() {
        seeds.add("tile_path", path);
        let width = u8::try_from(tile.width() - 1).expect("at most 256");
        let level = u8::from(!path.contains("entries"));
        seeds.add("tile", [&[level, width], bytes].concat());
    }
}

/// The log as the parts of one input: as it is, and so that its sequences go on whatever is changed.
fn log(seeds: &mut Seeds, said: &[Said]) {
    for kind in [0, 1] {
        let parts = said.iter().flat_map(|said| {
            let kind = if matches!(Leaf::decode(&said.leaf), Ok(Leaf::Entry(_))) {
                kind
            } else {
                0
            };
            let object = said.object.as_deref().map(|object| (2, object));
            [Some((kind, &*said.leaf)), object].into_iter().flatten()
        });
        seeds.add("sync", join(parts));
    }
    seeds.add("sync", join(said.iter().take(4).map(|said| (0, &*said.leaf))));
}

fn proofs(seeds: &mut Seeds, world: &World) {
    let mut edge = Edge::default();
    edge.grow(&[b"one"]).expect("a short entry");
    let log = &world.members.log;
    let checkpoint = Checkpoint::new(log.verifier().name(), edge.head()).sign(log);
    let verified = checkpoint.verify(&[log.verifier()]).expect("the log signed it");
    let proof = InclusionProof(vec![]);
    seeds.add(
        "receipt",
        receipt::for_entry(log, &verified, LeafIndex(0), &proof).encode(),
    );
    let proof = TlogProof {
        extra: Some(b"extra".to_vec()),
        index: LeafIndex(0),
        proof,
        checkpoint: world.members.cosigned(checkpoint, AS_OF, WITNESSES),
    };
    seeds.add("tlog_proof", proof.to_string());
    let proof = TlogProof {
        extra: None,
        index: LeafIndex(1),
        proof: InclusionProof(vec![leaf_hash(b"1"), leaf_hash(b"2")]),
        ..proof
    };
    seeds.add("tlog_proof", proof.to_string());
}
