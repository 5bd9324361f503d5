//! add-checkpoint as others test it: siglog's cases, and litewitness's transcript.
//!
//! The cases name no key and hold no signatures, so a log of our own signs their roots. Where a case's status is not the one
//! that tlog-witness demands, the specification's is expected, and counted.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use base64::{Engine, engine::general_purpose::STANDARD};
use ledger::{
    merkle::{TreeHead, TreeSize, root_of},
    note::{Note, SignerKey},
    witness::{Record, Refusal, Request, add_checkpoint},
};
use schemas::Hash;
use serde::Deserialize;

/// The first leaf hashes of every log here: 2a, the index, zeros.
fn head(size: u64) -> TreeHead {
    let leaf = |index: u64| {
        let mut leaf = [0; 32];
        (leaf[0], leaf[1]) = (0x2a, u8::try_from(index).unwrap());
        Hash(leaf)
    };
    let leaves: Vec<Hash> = (0..size).map(leaf).collect();
    TreeHead {
        size: TreeSize(size),
        root: root_of(&leaves),
    }
}

/// The body of a request, written without our own types, since some cases could not be written with them.
fn body(old: u64, proof: &[String], origin: &str, size: u64, root: &str, key: &SignerKey) -> String {
    let lines: String = proof.iter().map(|line| format!("{line}\n")).collect();
    let mut note = Note::new(format!("{origin}\n{size}\n{root}\n")).unwrap();
    note.add(key.sign(&note)).unwrap();
    format!("old {old}\n{lines}\n{note}")
}

/// Decides as a node does; an accepted checkpoint goes on record.
fn answer(record: &mut Record, origin: &str, body: &str) -> (u16, Option<u64>) {
    let known = |request: &Request| request.origin() == origin;
    let decided = Request::parse(body.as_bytes())
        .map_err(Refusal::Malformed)
        .and_then(|request| add_checkpoint(known(&request).then_some(record), &request));
    match decided {
        Ok(accepted) => {
            record.latest = accepted.latest();
            (200, None)
        }
        Err(refusal) => (refusal.status(), refusal.size().map(|size| size.0)),
    }
}

#[test]
fn siglog_cases() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        #[serde(rename = "name")]
        _name: String,
        #[serde(rename = "description")]
        _description: String,
        should_fail: bool,
        old_size: u64,
        new_size: u64,
        proof: Vec<String>,
        root_hash: String,
        expected_status: Option<u16>,
        checkpoint_valid: Option<bool>,
    }
    let Some(vectors) = common::vectors_for(19) else {
        return;
    };
    let key = SignerKey::from_seed("example.com/log".parse().unwrap(), &[1; 32]);
    let other = SignerKey::from_seed("example.com/log".parse().unwrap(), &[2; 32]);
    let (mut total, mut corrected) = (0, 0);
    for file in std::fs::read_dir(vectors.join("tlog/witness-conformance/cases")).unwrap() {
        let path = file.unwrap().path();
        let case: Case = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let signer = if case.checkpoint_valid == Some(false) {
            &other
        } else {
            &key
        };
        let body = body(
            case.old_size,
            &case.proof,
            "example.com/log",
            case.new_size,
            &case.root_hash,
            signer,
        );
        let latest = head(case.old_size);
        let mut record = Record {
            keys: vec![key.verifier()],
            latest,
        };
        let (status, size) = answer(&mut record, "example.com/log", &body);

        // "If they don't match, the witness MUST respond with a 409 Conflict" (tlog-witness, add-checkpoint).
        let fork = case.old_size == case.new_size && case.should_fail && !case.root_hash.is_empty();
        let expected = if fork { Some(409) } else { case.expected_status };
        corrected += u32::from(expected != case.expected_status);
        assert_eq!(status, expected.unwrap_or(400), "{}", path.display());
        assert_eq!(status != 200, case.should_fail, "{}", path.display());
        assert_eq!(size, (status == 409).then_some(case.old_size));
        total += 1;
    }
    assert_eq!(total, 19);
    println!(
        "witness-conformance/cases: {total} of {total} cases met, {corrected} by the specification's status"
    );
}

#[test]
fn litewitness_transcript() {
    #[derive(Deserialize)]
    struct File {
        log: Log,
        checkpoints: Vec<Listed>,
        test_cases: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Log {
        origin: String,
    }
    #[derive(Deserialize)]
    struct Listed {
        size: u64,
        root_hash_base64: String,
    }
    #[derive(Deserialize)]
    struct Case {
        old_size: u64,
        checkpoint_size: u64,
        checkpoint_root_base64: String,
        origin: Option<String>,
        proof_hashes_base64: Vec<String>,
        expected_status: u16,
        expected_error: Option<String>,
        expected_body: Option<String>,
    }
    let Some(vectors) = common::vectors_for(9) else {
        return;
    };
    let file = vectors.join("tlog/witness-conformance/litewitness_vectors.json");
    let File {
        log,
        checkpoints,
        test_cases,
    } = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    for listed in &checkpoints {
        let root = STANDARD.encode(head(listed.size).root.as_bytes());
        assert_eq!(root, listed.root_hash_base64);
    }

    let key = SignerKey::from_seed(log.origin.parse().unwrap(), &[1; 32]);
    let other = SignerKey::from_seed(log.origin.parse().unwrap(), &[2; 32]);
    let mut record = Record {
        keys: vec![key.verifier()],
        latest: TreeHead::empty(),
    };
    let mut corrected = 0;
    for case in &test_cases {
        let origin = case.origin.as_ref().unwrap_or(&log.origin);
        let by_another = case.expected_error.as_deref() == Some("invalid signature");
        let listed = checkpoints
            .iter()
            .find(|listed| listed.size == case.checkpoint_size)
            .unwrap();
        // One root was copied with a letter changed; the list of checkpoints has it right.
        corrected += u32::from(listed.root_hash_base64 != case.checkpoint_root_base64);
        let body = body(
            case.old_size,
            &case.proof_hashes_base64,
            origin,
            case.checkpoint_size,
            &listed.root_hash_base64,
            if by_another { &other } else { &key },
        );
        let (status, size) = answer(&mut record, &log.origin, &body);
        // "If the checkpoint origin is unknown, the witness MUST respond with a 404" (tlog-witness, add-checkpoint).
        let expected = if case.origin.is_some() {
            404
        } else {
            case.expected_status
        };
        corrected += u32::from(expected != case.expected_status);
        assert_eq!(status, expected, "{} to {}", case.old_size, case.checkpoint_size);
        assert_eq!(size.map(|size| format!("{size}\n")), case.expected_body);
    }
    let total = test_cases.len();
    println!(
        "litewitness_vectors.json: {total} of {total} steps met, {corrected} by the specification or its own list"
    );
}
