//! Signed heads: what a log takes, and what it keeps.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::{Cooperative, Issuer, PACE, Signed, head, issuer_key, registrar_key};
use ledger::heads::{Chain, Heads, MAX_HEAD_BYTES};
use ledger_node::{Error, Log, Source, Trust, mirror, storage::LocalFiles};
use reqwest::StatusCode;
use schemas::IssuerNumber;

async fn heads(members: &Cooperative) -> Heads {
    let (status, bytes) = members.get("/heads").await;
    assert_eq!(status, StatusCode::OK);
    Heads::decode(&bytes).unwrap()
}

fn times(heads: &Heads) -> Vec<(Chain, i64)> {
    heads
        .iter()
        .map(|head| (head.unverified().chain, head.unverified().time.0))
        .collect()
}

/// The files of the log, for a mirror.
struct Folder(std::path::PathBuf);

impl Source for Folder {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(std::fs::read(self.0.join(path)).ok())
    }
}

#[tokio::test]
async fn a_log_takes_newer_heads_of_what_it_has() {
    let (members, log) = Cooperative::running(1, 1).await;
    assert_eq!(heads(&members).await, Heads::default());
    let (mut issuer, event) = Issuer::new(&members.registrar, 1);
    members.appended(&event).await;
    let batches: Vec<Signed> = (0..3).map(|_| issuer.batch()).collect();
    let (status, _) = members.append(&batches).await;
    assert_eq!(status, StatusCode::OK);
    let (ours, registrar) = (issuer_key(1), registrar_key());
    let send = async |head: ledger::heads::SignedHead| members.send_head(&head.encode()).await;
    let refused = |status: StatusCode, code: &str| (status, code.to_owned());

    // 1. What is refused changes nothing.
    let (forbidden, conflict) = (StatusCode::FORBIDDEN, StatusCode::CONFLICT);
    let mut later = issuer.batch();
    assert_eq!(
        send(head(&batches[1], 10, &registrar)).await,
        refused(forbidden, "head-unsigned")
    );
    assert_eq!(
        send(head(&event, 10, &ours)).await,
        refused(forbidden, "head-unsigned")
    );
    assert_eq!(
        send(head(&later, 10, &ours)).await,
        refused(forbidden, "head-unknown")
    );
    let (stranger, _) = Issuer::new(&members.registrar, 2);
    let theirs = stranger.with_root(schemas::Hash([1; 32]));
    assert_eq!(
        send(head(&theirs, 10, &ours)).await,
        refused(forbidden, "issuer-unknown")
    );
    let bytes = head(&batches[1], 10, &ours).encode();
    let (status, code) = members.send_head(&bytes[1..]).await;
    assert_eq!((status, &*code), (StatusCode::BAD_REQUEST, "head-malformed"));
    let (status, code) = members.send_head(&vec![0; MAX_HEAD_BYTES + 1]).await;
    assert_eq!((status, &*code), (StatusCode::PAYLOAD_TOO_LARGE, "too-long"));
    assert_eq!(heads(&members).await, Heads::default());

    // 2. Newer ones replace older ones, and never the other way round.
    let taken = (StatusCode::OK, String::new());
    assert_eq!(send(head(&event, 10, &registrar)).await, taken);
    assert_eq!(send(head(&batches[1], 10, &ours)).await, taken);
    assert_eq!(send(head(&batches[1], 10, &ours)).await, taken);
    assert_eq!(
        send(head(&batches[0], 11, &ours)).await,
        refused(conflict, "head-superseded")
    );
    assert_eq!(
        send(head(&batches[2], 9, &ours)).await,
        refused(conflict, "head-superseded")
    );
    assert_eq!(send(head(&batches[2], 20, &ours)).await, taken);
    assert_eq!(
        send(head(&batches[1], 10, &ours)).await,
        refused(conflict, "head-superseded")
    );
    let shown = heads(&members).await;
    assert_eq!(times(&shown), [(Chain::Batches, 20), (Chain::KeyEvents, 10)]);
    shown
        .get(IssuerNumber(1), Chain::Batches)
        .unwrap()
        .verify(&ours.public())
        .unwrap();

    // 3. They survive a restart, and what was older is older still.
    log.stop().await;
    let log = members.start_log(PACE).await;
    assert_eq!(heads(&members).await, shown);
    assert_eq!(
        send(head(&batches[1], 30, &ours)).await,
        refused(conflict, "head-superseded")
    );
    later = issuer.batch();
    assert_eq!(
        send(head(&later, 30, &ours)).await,
        refused(forbidden, "head-unknown")
    );

    // 4. Too many in a second are not looked at.
    let mut busy = false;
    for _ in 0..1_000 {
        let (status, code) = send(head(&batches[1], 10, &registrar)).await;
        busy |= (status, &*code) == (StatusCode::TOO_MANY_REQUESTS, "heads-too-many");
        if busy {
            break;
        }
    }
    assert!(busy, "a thousand forged heads were looked at");
    log.stop().await;

    // 5. A mirror has them, with the checkpoint of all cosignatures.
    let copy = members.folder.path().join("mirror");
    let storage = LocalFiles::open(&copy).unwrap();
    let from = Folder(members.log_folder());
    let trust = Trust::Policy(members.policy.clone());
    mirror(&from, &trust, &storage).unwrap();
    for file in ["heads", "checkpoint-post-quantum", "checkpoint"] {
        assert_eq!(
            std::fs::read(copy.join(file)).unwrap(),
            from.read(file).unwrap().unwrap(),
            "{file}"
        );
    }

    // 6. Damage is found at the start, and its cure is named.
    let file = members.log_folder().join("heads");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    let said = Log::open(&members.log_config(), members.log_storage())
        .err()
        .unwrap();
    assert_eq!(said.code(), "storage-damaged");
    assert!(said.to_string().contains("remove it"), "{said}");
}
