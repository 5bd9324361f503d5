//! A witness over HTTP: its answers, byte for byte, and what it remembers.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use common::{Cooperative, until, vectors_for};
use ledger::{
    checkpoint::{Checkpoint, SignedCheckpoint},
    merkle::{ConsistencyProof, TreeHead, TreeSize, leaf_hash, root_of},
    note::{Note, NoteSignature, SignerKey},
};
use ledger_node::Seed;
use reqwest::Response;
use schemas::Hash;
use serde::Deserialize;

/// The log that the witness knows, with as many leaves as are asked for.
struct Fake {
    members: Cooperative,
    key: SignerKey,
    leaves: Vec<Hash>,
}

impl Fake {
    async fn new() -> Self {
        Self::with_rate(1_000).await
    }

    async fn with_rate(checkpoints_per_second: u32) -> Self {
        let mut members = Cooperative::new(1, 1).await;
        members.witnesses[0].config.checkpoints_per_second = checkpoints_per_second;
        members.witnesses[0].start().await;
        let seed = Seed::read(&members.folder.path().join("log.key")).unwrap();
        let name = members.log_key.name().clone();
        Self {
            members,
            key: SignerKey::from_seed(name, seed.as_bytes()),
            leaves: (0..500u32).map(|n| leaf_hash(&n.to_be_bytes())).collect(),
        }
    }

    fn head(&self, size: usize) -> TreeHead {
        TreeHead {
            size: TreeSize(size as u64),
            root: root_of(&self.leaves[..size]),
        }
    }

    fn signed(&self, head: TreeHead) -> SignedCheckpoint {
        Checkpoint::new(self.key.verifier().name(), head).sign(&self.key)
    }

    /// A request that is right if the witness is at `old`.
    fn request(&self, old: usize, new: usize) -> String {
        let proof = match old {
            0 => ConsistencyProof::default(),
            _ => ConsistencyProof::generate(&self.leaves[..], TreeSize(old as u64), TreeSize(new as u64))
                .unwrap(),
        };
        let proof: Vec<String> = proof
            .0
            .iter()
            .map(|hash| BASE64.encode(hash.as_bytes()))
            .collect();
        body(old as u64, &proof, &self.signed(self.head(new)).to_string())
    }

    async fn post(&self, body: impl Into<reqwest::Body>) -> Response {
        let url = format!("http://{}/add-checkpoint", self.members.witnesses[0].address);
        self.members.http.post(url).body(body).send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        let url = format!("http://{}/{path}", self.members.witnesses[0].address);
        self.members.http.get(url).send().await.unwrap()
    }

    /// Status, content type and body of the answer.
    async fn answer(&self, body: impl Into<reqwest::Body>) -> (u16, String, String) {
        let response = self.post(body).await;
        let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        (
            response.status().as_u16(),
            content_type,
            response.text().await.unwrap(),
        )
    }

    async fn status(&self, body: impl Into<reqwest::Body>) -> u16 {
        self.post(body).await.status().as_u16()
    }

    /// A checkpoint with the cosignature lines that the witness answered.
    fn adopt(&self, head: TreeHead, lines: &str) -> SignedCheckpoint {
        let mut checkpoint = self.signed(head);
        let lines = NoteSignature::parse_lines(lines).unwrap();
        assert!(self.members.policy.adopt(&mut checkpoint, &lines).unwrap());
        checkpoint
    }
}

/// The body of a request, written without our own types, since some cases could not be written with them.
fn body(old: u64, proof: &[String], checkpoint: &str) -> String {
    let lines: String = proof.iter().map(|line| format!("{line}\n")).collect();
    format!("old {old}\n{lines}\n{checkpoint}")
}

fn signed_text(key: &SignerKey, size: u64, root: &str) -> String {
    let mut note = Note::new(format!("{}\n{size}\n{root}\n", key.verifier().name())).unwrap();
    note.add(key.sign(&note)).unwrap();
    note.to_string()
}

#[tokio::test]
async fn it_follows_a_log_that_grows() {
    let witness = Fake::new().await;
    for (old, new) in [(0, 1), (1, 1), (1, 3), (3, 300), (300, 300), (300, 499)] {
        let (status, content_type, lines) = witness.answer(witness.request(old, new)).await;
        assert_eq!(
            (status, content_type.as_str()),
            (200, "text/plain; charset=utf-8")
        );
        assert!(
            lines.starts_with("\u{2014} member-0.example/witness ") && lines.ends_with("=\n"),
            "{lines}"
        );
        let cosigned = witness.adopt(witness.head(new), &lines);
        let _ = witness.members.policy.verify(&cosigned).unwrap();
    }
}

#[tokio::test]
async fn it_answers_with_the_status_of_the_specification() {
    let witness = Fake::new().await;
    assert_eq!(witness.status(witness.request(0, 5)).await, 200);
    let at_five = (409, "text/x.tlog.size".to_owned(), "5\n".to_owned());

    // Another size than the one on record, also a larger one.
    assert_eq!(witness.answer(witness.request(0, 8)).await, at_five);
    assert_eq!(witness.answer(witness.request(4, 8)).await, at_five);
    assert_eq!(witness.answer(witness.request(7, 8)).await, at_five);
    // The size on record with another root.
    let fork = TreeHead {
        root: leaf_hash(b"other"),
        ..witness.head(5)
    };
    let fork = body(5, &[], &witness.signed(fork).to_string());
    assert_eq!(witness.answer(fork).await, at_five);
    // An old size above the new one.
    let back = body(5, &[], &witness.signed(witness.head(4)).to_string());
    assert_eq!(witness.status(back).await, 400);
    // No proof, a proof too many, another proof.
    let unproven = body(5, &[], &witness.signed(witness.head(8)).to_string());
    assert_eq!(witness.status(unproven).await, 422);
    let hash = BASE64.encode([7; 32]);
    let idle = body(
        5,
        std::slice::from_ref(&hash),
        &witness.signed(witness.head(5)).to_string(),
    );
    assert_eq!(witness.status(idle).await, 422);
    // Somebody else's key, and somebody else's log.
    let name = witness.members.log_key.name().clone();
    let impostor = SignerKey::from_seed(name, &[9; 32]);
    let forged = Checkpoint::new(impostor.verifier().name(), witness.head(8)).sign(&impostor);
    assert_eq!(witness.status(body(5, &[], &forged.to_string())).await, 403);
    let stranger = SignerKey::from_seed("stranger.example/log".parse().unwrap(), &[9; 32]);
    let strange = Checkpoint::new(stranger.verifier().name(), witness.head(8)).sign(&stranger);
    assert_eq!(witness.status(body(5, &[], &strange.to_string())).await, 404);
    // What is no request.
    let good = witness.request(5, 8);
    let too_many = body(5, &vec![hash; 64], &witness.signed(witness.head(8)).to_string());
    for bad in [
        String::new(),
        "old 5\n".into(),
        good.replacen("old 5", "old 05", 1),
        good.replacen("old 5", "old +5", 1),
        good.replacen("old ", "", 1),
        good.replacen("\n\n", "\n", 1),
        good.replace('\n', "\r\n"),
        good.trim_end().to_owned(),
        too_many,
    ] {
        assert_eq!(witness.status(bad.clone()).await, 400, "{bad}");
    }
    assert_eq!(witness.status(vec![0xff; 10]).await, 400);
    assert_eq!(witness.status(vec![b'x'; 1_000_000]).await, 413);

    // None of which changed the record.
    assert_eq!(witness.status(good).await, 200);
    let url = format!("http://{}/add-checkpoint", witness.members.witnesses[0].address);
    assert_eq!(witness.members.http.get(url).send().await.unwrap().status(), 405);
}

/// What it cosigned last is there for whoever asks, also after a restart, for which no cosignature was written down.
#[tokio::test]
async fn it_shows_what_it_cosigned_last() {
    let mut witness = Fake::new().await;
    let origin = witness.key.verifier().name().to_string();
    let path = format!("{}/checkpoint", Hash::of(&[origin.as_bytes()]));
    let unknown = format!("{}/checkpoint", Hash([0; 32]));
    for missing in [&*path, &unknown, "log/checkpoint", &path.to_uppercase()] {
        assert_eq!(witness.get(missing).await.status(), 404, "{missing}");
    }
    // Lines of others are not handed on.
    let mut checkpoint = witness.signed(witness.head(5));
    let stranger = SignerKey::from_seed("example.com/stranger".parse().unwrap(), &[9; 32]);
    checkpoint.add(stranger.sign(checkpoint.note())).unwrap();
    let cosignature = witness.answer(body(0, &[], &checkpoint.to_string())).await.2;
    let shown = witness.get(&path).await;
    assert_eq!(shown.headers()["cache-control"], "no-cache");
    let expected = format!("{}{cosignature}", witness.signed(witness.head(5)));
    assert_eq!(shown.text().await.unwrap(), expected);

    witness.members.witnesses[0].stop().await;
    witness.members.witnesses[0].start().await;
    let shown = witness.get(&path).await.text().await.unwrap();
    let shown = SignedCheckpoint::parse(shown.as_bytes()).unwrap();
    let cosigned = witness.members.policy.verify(&shown).unwrap();
    assert_eq!(cosigned.checkpoint().head(), witness.head(5));
    // It is the same one until the log asks again.
    let again = witness.get(&path).await.text().await.unwrap();
    assert_eq!(again, shown.to_string());
    assert_eq!(witness.status(witness.request(5, 9)).await, 200);
    let grown = witness.get(&path).await.text().await.unwrap();
    assert!(grown.starts_with(&format!("{origin}\n9\n")), "{grown}");
}

#[tokio::test]
async fn it_remembers_after_a_restart() {
    let mut witness = Fake::new().await;
    assert_eq!(witness.status(witness.request(0, 5)).await, 200);
    witness.members.witnesses[0].stop().await;
    witness.members.witnesses[0].start().await;
    assert_eq!(witness.answer(witness.request(0, 9)).await.2, "5\n");
    assert_eq!(witness.status(witness.request(5, 9)).await, 200);

    // A damaged record is found.
    witness.members.witnesses[0].stop().await;
    let member = &witness.members.witnesses[0];
    let record = std::fs::read_dir(member.folder.join("log"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let good = std::fs::read(&record).unwrap();
    for at in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&record, bad).unwrap();
        let storage = std::sync::Arc::new(ledger_node::storage::LocalFiles::open(&member.folder).unwrap());
        let refused = ledger_node::Witness::open(&member.config, storage).err().unwrap();
        assert_eq!(refused.code(), "storage-damaged", "byte {at}");
    }
}

#[tokio::test]
async fn one_of_many_concurrent_requests_wins_each_step() {
    let witness = std::sync::Arc::new(Fake::new().await);
    for step in 0..20 {
        let old = if step == 0 { 0 } else { step * 10 };
        let requests = (1..=9).map(|ahead| {
            let witness = std::sync::Arc::clone(&witness);
            tokio::spawn(async move {
                (
                    old + ahead,
                    witness.status(witness.request(old, old + ahead)).await,
                )
            })
        });
        let mut cosigned = Vec::new();
        for request in requests.collect::<Vec<_>>() {
            match request.await.unwrap() {
                (size, 200) => cosigned.push(size),
                (_, status) => assert_eq!(status, 409),
            }
        }
        // Exactly one of them found the record as it said.
        let [size] = cosigned[..] else {
            panic!("{cosigned:?} from {old}")
        };
        assert_eq!(witness.status(witness.request(size, old + 10)).await, 200);
    }
}

#[tokio::test]
async fn a_log_that_grows_too_fast_waits() {
    let witness = Fake::with_rate(1).await;
    let mut at = 0;
    let mut refused = 0;
    while refused == 0 {
        match witness.status(witness.request(at, at + 1)).await {
            200 => at += 1,
            status => {
                assert_eq!(status, 429);
                refused += 1;
            }
        }
        assert!(at < 10);
    }
    // The same tree again costs nothing, and later it may grow.
    assert_eq!(witness.status(witness.request(at, at)).await, 200);
    until("a permit", || async {
        (witness.status(witness.request(at, at + 1)).await == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn siglog_cases() {
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
    let Some(vectors) = vectors_for(19) else { return };
    let (mut total, mut corrected) = (0, 0);
    for file in std::fs::read_dir(vectors.join("tlog/witness-conformance/cases")).unwrap() {
        let path = file.unwrap().path();
        let case: Case = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let witness = Fake::new().await;
        // The cases' leaves: 2a, the index, zeros.
        let leaf = |index: u64| {
            let mut leaf = [0; 32];
            (leaf[0], leaf[1]) = (0x2a, u8::try_from(index).unwrap());
            Hash(leaf)
        };
        if case.old_size > 0 {
            let leaves: Vec<Hash> = (0..case.old_size).map(leaf).collect();
            let head = TreeHead {
                size: TreeSize(case.old_size),
                root: root_of(&leaves),
            };
            assert_eq!(
                witness
                    .status(body(0, &[], &witness.signed(head).to_string()))
                    .await,
                200
            );
        }
        let impostor = SignerKey::from_seed(witness.members.log_key.name().clone(), &[9; 32]);
        let key = if case.checkpoint_valid == Some(false) {
            &impostor
        } else {
            &witness.key
        };
        let checkpoint = signed_text(key, case.new_size, &case.root_hash);
        let (status, _, answer) = witness
            .answer(body(case.old_size, &case.proof, &checkpoint))
            .await;

        // "If they don't match, the witness MUST respond with a 409 Conflict" (tlog-witness, add-checkpoint).
        let fork = case.old_size == case.new_size && case.should_fail && !case.root_hash.is_empty();
        let expected = if fork { Some(409) } else { case.expected_status };
        corrected += u32::from(expected != case.expected_status);
        assert_eq!(status, expected.unwrap_or(400), "{}: {answer}", path.display());
        assert_eq!(status != 200, case.should_fail, "{}", path.display());
        total += 1;
    }
    assert_eq!(total, 19);
    println!(
        "witness-conformance over HTTP: {total} of {total} cases met, {corrected} by the specification's status"
    );
}
