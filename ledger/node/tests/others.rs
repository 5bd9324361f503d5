//! Other people's verifiers read a log of ours. `test-vectors/interop/run` builds them and starts this.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use common::{Cooperative, Issuer, Signed, head, issuer_key, registrar_key};
use ledger::{
    merkle::{InclusionProof, LeafIndex, TreeSize},
    tile::{Level, Tile, TileSource},
};
use serde_json::{Value, json};
use std::{env, ffi::OsString, fs, process::Command};

/// Entries of the tree of before, and of the one that is read: several bundles, the last one in part.
const SIZES: [u64; 2] = [300, 1_000];

#[tokio::test]
#[ignore = "test-vectors/interop/run starts it"]
async fn others_read_our_log() {
    // 1. A log that grew in two steps.
    let (members, log) = Cooperative::running(10, 7).await;
    let (mut issuer, event) = Issuer::new(&members.registrar, 1);
    members.appended(&event).await;
    members
        .send_head(&head(&event, 1_000, &registrar_key()).encode())
        .await;
    let mut checkpoints = Vec::new();
    let mut size = 2;
    for until in SIZES {
        let batches: Vec<Signed> = (size..until).map(|_| issuer.batch()).collect();
        for request in batches.chunks(256) {
            let (status, answer) = members.append(request).await;
            assert!(status.is_success(), "{answer}");
        }
        let last = batches.last().unwrap();
        members
            .send_head(&head(last, 1_000, &issuer_key(1)).encode())
            .await;
        size = until;
        let checkpoint = members.get("/checkpoint").await.1;
        checkpoints.push(String::from_utf8(checkpoint).unwrap());
    }
    let [before, now] = checkpoints.try_into().unwrap();

    // 2. What they are told.
    let groups = [
        members.policy.witnesses(),
        members.policy.post_quantum().unwrap().witnesses(),
    ];
    let witnesses = groups
        .into_iter()
        .flatten()
        .map(|witness| witness.key.to_string());
    let indices = [0, 1, 255, 256, 299, 300, 511, 998, 999];
    let case = json!({
        "url": members.url(""),
        "log": members.log_key.to_string(),
        "witnesses": witnesses.collect::<Vec<_>>(),
        "quorum": members.policy.quorum(),
        "head_keys": {
            "1": BASE64.encode(issuer_key(1).public().as_bytes()),
            "3": BASE64.encode(registrar_key().public().as_bytes()),
        },
        "before": before,
        "checkpoint": now,
        "entries": indices.map(|index| proof(&members, index)),
    });
    let file = members.folder.path().join("case.json");
    fs::write(&file, case.to_string()).unwrap();

    // 3. What they say.
    let mut asked = 0;
    for (name, program) in [("ATTEST_GO_CHECK", None), ("ATTEST_NPM_CHECK", Some("node"))] {
        let Some(check) = env::var_os(name) else {
            continue;
        };
        asked += 1;
        let mut command: Vec<OsString> = program.map(Into::into).into_iter().collect();
        command.extend([check, file.clone().into()]);
        let run = move || Command::new(&command[0]).args(&command[1..]).output();
        let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        print!("{said}");
        assert!(
            output.status.success() && said.contains("ok  ") && !said.contains("FAIL"),
            "{output:?}"
        );
    }
    assert!(asked > 0, "ATTEST_GO_CHECK and ATTEST_NPM_CHECK name nobody");
    log.stop().await;
}

/// An entry, and its proof from our tiles.
fn proof(members: &Cooperative, index: u64) -> Value {
    let size = TreeSize(SIZES[1]);
    let read = |tile: Tile| fs::read(members.log_folder().join(tile.to_string())).unwrap();
    let bundle = Tile::in_tree(Level::Entries, index / 256, size).unwrap();
    let entries = read(bundle);
    let entry = bundle.entries(&entries).unwrap()[usize::try_from(index % 256).unwrap()];
    let source = TileSource::new(size, |tile: Tile| tile.hashes(&read(tile)));
    let proof = InclusionProof::generate(&source, LeafIndex(index), size).unwrap();
    let hashes = proof.0.iter().map(|hash| BASE64.encode(hash.0));
    json!({ "index": index, "entry": BASE64.encode(entry), "hashes": hashes.collect::<Vec<_>>() })
}
