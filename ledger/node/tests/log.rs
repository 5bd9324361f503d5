//! A log over HTTP, as readers and issuers see it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::{Cooperative, Issuer, PACE, Signed, place, until};
use ledger::entry::{Entry, PolicyNumber, Subject};
use ledger::{
    merkle::{InclusionProof, LeafIndex, leaf_hash},
    tile::{Level, Tile, TileSource},
};
use ledger_node::{Log, LogConfig, Pace};
use reqwest::StatusCode;
use schemas::{
    BatchNumber, Day, Hash, Place, Slot,
    status::{Delta, Snapshot, SnapshotNumber, Window},
};
use serde_json::json;

#[tokio::test]
async fn an_entry_goes_in_and_everybody_can_check_it() {
    let (members, log) = Cooperative::running(10, 7).await;
    // The null entry is published at once.
    let empty = until("the first checkpoint", || members.checkpoint()).await;
    assert_eq!(empty.checkpoint().head().size.0, 1);

    let mut issuer = members.register(7).await;
    let batch = issuer.batch();
    let (index, size) = members.appended(&batch).await;
    assert_eq!((index, size), (2, 3));

    // The acknowledged entry is in the published tree, which seven witnesses and the log signed.
    let cosigned = members.checkpoint().await.unwrap();
    let head = cosigned.checkpoint().head();
    assert_eq!(head.size.0, 3);
    assert!(cosigned.cosigners().len() >= 7);
    let (status, tile) = members.get("/tile/0/000.p/3").await;
    assert_eq!(status, StatusCode::OK);
    let source = TileSource::new(head.size, |wanted: Tile| wanted.hashes(&tile));
    let proof = InclusionProof::generate(&source, LeafIndex(index), head.size).unwrap();
    let _ = proof
        .verify(&leaf_hash(&batch.entry.encode()), LeafIndex(index), &head)
        .unwrap();
    let (_, bundle) = members.get("/tile/entries/000.p/3").await;
    let entries = Tile::in_tree(Level::Entries, 0, head.size).unwrap();
    assert_eq!(entries.entries(&bundle).unwrap()[2], batch.entry.encode());
    log.stop().await;
}

#[tokio::test]
async fn files_are_served_as_tlog_tiles_says() {
    let (members, log) = Cooperative::running(1, 1).await;
    let (_, event) = Issuer::new(&members.registrar, 1);
    members.appended(&event).await;
    let object = format!("/object/{}", event.entry.unverified().root());

    let immutable = "public, max-age=31536000, immutable";
    let binary = "application/octet-stream";
    for (path, content_type, cache) in [
        ("/checkpoint", "text/plain; charset=utf-8", "no-cache"),
        ("/tile/0/000.p/2", binary, immutable),
        ("/tile/entries/000.p/2", binary, immutable),
        (object.as_str(), binary, immutable),
    ] {
        let got = members.http.get(members.url(path)).send().await.unwrap();
        assert_eq!(got.status(), StatusCode::OK, "{path}");
        let headers = got.headers().clone();
        assert_eq!(headers["content-type"], content_type, "{path}");
        assert_eq!(headers["cache-control"], cache, "{path}");
        assert_eq!(headers["access-control-allow-origin"], "*", "{path}");
        let head = members.http.head(members.url(path)).send().await.unwrap();
        assert_eq!(head.status(), StatusCode::OK, "{path}");
        assert_eq!(
            head.headers()["content-length"],
            headers["content-length"],
            "{path}"
        );
        assert_eq!(head.bytes().await.unwrap().len(), 0, "{path}");
        let post = members.http.post(members.url(path)).send().await.unwrap();
        assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    assert_eq!(members.get(&object).await.1, event.object.unwrap());

    let unknown = format!("/object/{}", Hash::of(&[]));
    for path in [
        "/tile/0/000",
        "/tile/0/000.p/0",
        "/tile/0/000.p/256",
        "/tile/0/000.p/02",
        "/tile/0/0",
        "/tile/64/000",
        "/tile/0/x000/000",
        "/tile/00/000.p/2",
        "/tile/entries/001",
        "/tile/0/000.p/2/",
        "/tile/data/000.p/2",
        "/object/00",
        "/object/..%2fhead",
        "/head",
        "/lock",
        "/tile/../head",
        "/tile/0/%2e%2e/head",
        &unknown,
        &object.to_uppercase().replace("/OBJECT/", "/object/"),
    ] {
        assert_eq!(members.get(path).await.0, StatusCode::NOT_FOUND, "{path}");
    }

    assert_eq!(members.get("/healthz").await, (StatusCode::OK, b"ok\n".to_vec()));
    assert_eq!(members.get("/readyz").await, (StatusCode::OK, b"ok\n".to_vec()));
    let metrics = String::from_utf8(members.get("/metrics").await.1).unwrap();
    for line in [
        "attest_log_entries 2",
        "attest_log_published_entries 2",
        "attest_log_cosigners 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
    }
    log.stop().await;
}

#[tokio::test]
async fn refusals_say_why() {
    let (members, log) = Cooperative::running(1, 1).await;
    let (mut stranger, event) = Issuer::new(&members.registrar, 9);
    let mut issuer = members.register(7).await;
    let first = issuer.batch();
    assert_eq!(members.appended(&first).await.0, 2);

    let (forger, _) = Issuer::new(&members.registrar, 7);
    let forged = forger.with_root(Hash::of(&[b"forged"]));
    let object = |object: Option<&[u8]>| Signed {
        object: object.map(<[u8]>::to_vec),
        ..event.clone()
    };
    let with_object = Signed {
        object: Some(vec![1]),
        ..issuer.with_root(Hash::of(&[b"x"]))
    };
    for (entry, status, code) in [
        (stranger.batch(), StatusCode::FORBIDDEN, "issuer-unknown"),
        (forged, StatusCode::FORBIDDEN, "entry-unsigned"),
        (object(None), StatusCode::BAD_REQUEST, "object-missing"),
        (object(Some(b"{}")), StatusCode::BAD_REQUEST, "object-mismatch"),
        (with_object, StatusCode::BAD_REQUEST, "object-mismatch"),
    ] {
        let (answered, answer) = members.append(&[entry]).await;
        assert_eq!(
            (answered, &answer["entries"][0]["error"]),
            (status, &json!(code)),
            "{answer}"
        );
    }

    // The same entry again has the place of the first, also when it is signed again.
    assert_eq!(members.appended(&first).await.0, 2);
    let again = first.entry.unverified().sign(&issuer.key).unwrap();
    assert_ne!(again.encode(), first.entry.encode());
    assert_eq!(
        members
            .appended(&Signed {
                entry: again,
                object: None
            })
            .await
            .0,
        2
    );

    // The rest of a request goes in beside an entry that is refused.
    let (status, answer) = members.append(&[stranger.batch(), issuer.batch()]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(answer["entries"][0]["error"], "issuer-unknown");
    assert_eq!(place(&answer["entries"][1]).0, 3);

    // Another root for a known number: refused with what shows it, and from here on the issuer is frozen.
    let (mut twin, _) = Issuer::new(&members.registrar, 7);
    twin.key = issuer.key;
    let (status, answer) = members.append(&[twin.with_root(Hash::of(&[b"another"]))]).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let answer = &answer["entries"][0];
    assert_eq!(answer["error"], "entry-contradicts");
    assert_eq!(answer["evidence"]["code"], "evidence-forked");
    assert_eq!(answer["evidence"]["index"], 2);
    assert_eq!(answer["evidence"]["entry"], first.to_json()["entry"]);
    assert_eq!(
        std::fs::read_dir(members.log_folder().join("evidence"))
            .unwrap()
            .count(),
        1
    );
    log.stop().await;

    // Also after a restart.
    let log = members.start_log(PACE).await;
    issuer = twin;
    issuer.batch();
    issuer.batch();
    let (status, answer) = members.append(&[issuer.batch()]).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{answer}");
    assert_eq!(answer["entries"][0]["error"], "issuer-frozen");
    log.stop().await;
}

#[tokio::test]
async fn a_policy_that_could_never_publish_is_refused() {
    let members = Cooperative::new(3, 2).await;
    Log::create(&members.log_config(), members.log_storage()).unwrap();
    let open = |config: &LogConfig| {
        Log::open(config, members.log_storage())
            .err()
            .map(|error| error.code())
    };
    assert_eq!(open(&members.log_config()), None);

    let file = members.folder.path().join("policy");
    let good = std::fs::read_to_string(&file).unwrap();
    let line_by_line = |edit: fn(&str) -> String| good.lines().map(edit).collect::<String>();
    for (text, code) in [
        (
            good.lines().skip(1).collect::<Vec<_>>().join("\n") + "\n",
            "policy-unfit",
        ),
        (
            line_by_line(|line| line.split(" http").next().unwrap().to_owned() + "\n"),
            "policy-unfit",
        ),
        (good.replace(" http://", " ftp://"), "policy-unfit"),
        (good.replace(" http://", " http//"), "policy-unfit"),
        (good.replace("members 2", "members 1"), "config"),
    ] {
        std::fs::write(&file, &text).unwrap();
        assert_eq!(open(&members.log_config()), Some(code), "{text}");
    }
    let elsewhere = LogConfig {
        policy_file: members.folder.path().join("none"),
        ..members.log_config()
    };
    assert_eq!(open(&elsewhere), Some("policy-file"));
    let unregistered = LogConfig {
        registrar: "02".repeat(32),
        ..members.log_config()
    };
    std::fs::write(&file, good).unwrap();
    assert_eq!(open(&unregistered), Some("config"));
}

#[tokio::test]
async fn snapshots_and_policies_bring_their_objects() {
    let (members, log) = Cooperative::running(1, 1).await;
    let mut issuer = members.register(7).await;
    members.appended(&issuer.batch()).await;
    let window = Window::new(BatchNumber(0), 1).unwrap();
    let snapshot = |number, slots: &[u8]| {
        let place = |slot: &u8| Place {
            issuer: issuer.number,
            batch: BatchNumber(0),
            slot: Slot(*slot),
        };
        Snapshot::new(
            issuer.number,
            SnapshotNumber(number),
            window,
            slots.iter().map(place),
        )
        .unwrap()
    };
    let announce = |number, previous, object: Vec<u8>| {
        let subject = Subject::Snapshot(issuer.number, SnapshotNumber(number));
        let entry = Entry::new(subject, Day(20_000), Hash::of(&[&object]), previous).unwrap();
        Signed {
            entry: entry.sign(&issuer.key).unwrap(),
            object: Some(object),
        }
    };

    // An object that is none is refused, and does not stand in the way of the one that is.
    let (status, answer) = members
        .append(&[announce(0, None, b"no snapshot".to_vec())])
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    let first = announce(0, None, snapshot(0, &[3]).encode().unwrap());
    assert_eq!(members.appended(&first).await.0, 3);
    // A revocation is not taken back.
    let id = Some(first.entry.unverified().id());
    let (status, answer) = members
        .append(&[announce(1, id, snapshot(1, &[]).encode().unwrap())])
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    assert_eq!(answer["entries"][0]["evidence"]["code"], "evidence-taken-back");

    let policy = b"any bytes".to_vec();
    let entry = Entry::new(
        Subject::Policy(PolicyNumber(0)),
        Day(46_000),
        Hash::of(&[&policy]),
        None,
    )
    .unwrap();
    let entry = Signed {
        entry: entry.sign(&members.registrar).unwrap(),
        object: Some(policy.clone()),
    };
    assert_eq!(members.appended(&entry).await.0, 4);
    let object = format!("/object/{}", Hash::of(&[&policy]));
    assert_eq!(members.get(&object).await, (StatusCode::OK, policy));
    log.stop().await;

    // A log whose object is gone or another one does not start.
    let path = members.log_folder().join(&object[1..]);
    std::fs::rename(&path, path.with_extension("away")).unwrap();
    let refused = || {
        Log::open(&members.log_config(), members.log_storage())
            .err()
            .unwrap()
    };
    assert!(refused().to_string().contains(&object[1..]), "{}", refused());
    std::fs::rename(path.with_extension("away"), &path).unwrap();
    members.start_log(PACE).await.stop().await;
    let event = members.log_folder().join("object");
    for file in std::fs::read_dir(event).unwrap() {
        let (path, good) = (
            file.as_ref().unwrap().path(),
            std::fs::read(file.unwrap().path()).unwrap(),
        );
        std::fs::write(&path, &good[1..]).unwrap();
        assert_eq!(refused().code(), "storage-damaged");
        std::fs::write(&path, good).unwrap();
    }
}

#[tokio::test]
async fn deltas_lead_from_one_snapshot_to_the_next() {
    let (members, log) = Cooperative::running(1, 1).await;
    let mut issuer = members.register(7).await;
    members.appended(&issuer.batch()).await;
    let window = Window::new(BatchNumber(0), 1).unwrap();
    let mut previous = None;
    let mut snapshots: Vec<Snapshot> = Vec::new();
    for number in 0..3 {
        let place = |slot| Place {
            issuer: issuer.number,
            batch: BatchNumber(0),
            slot: Slot(slot),
        };
        // Far apart, so that the codes of a few are shorter than those of all.
        let slots = (0..=254).filter(|slot| slot % 2 == 0 && (number > 0 || *slot > 2));
        let slots = slots.chain((number == 2).then_some(255));
        let number = SnapshotNumber(number);
        let snapshot = Snapshot::new(issuer.number, number, window, slots.map(place)).unwrap();
        let object = snapshot.encode().unwrap();
        let subject = Subject::Snapshot(issuer.number, number);
        let entry = Entry::new(subject, Day(20_000), Hash::of(&[&object]), previous).unwrap();
        previous = Some(entry.id());
        let entry = Signed {
            entry: entry.sign(&issuer.key).unwrap(),
            object: Some(object),
        };
        members.appended(&entry).await;
        snapshots.push(snapshot);
    }
    let path = |earlier: usize, later: usize| {
        let root = |at: usize| snapshots[at].root().unwrap();
        format!("/{}", Delta::path(root(earlier), root(later)))
    };
    for (earlier, later) in [(0, 1), (0, 2), (1, 2)] {
        let path = path(earlier, later);
        let delta = until("the delta", || async {
            let (status, bytes) = members.get(&path).await;
            (status == StatusCode::OK).then_some(bytes)
        })
        .await;
        let delta = Delta::decode(&delta).unwrap();
        assert_eq!(snapshots[earlier].after(&delta).as_ref(), Ok(&snapshots[later]));
        let got = members.http.get(members.url(&path)).send().await.unwrap();
        let headers = got.headers();
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(headers["access-control-allow-origin"], "*");
    }
    let good = path(1, 2);
    for path in [
        &path(2, 1),
        &path(2, 2),
        &good.replace('-', ""),
        &good.to_uppercase().replace("/DELTA/", "/delta/"),
        &good[..good.len() - 1],
        &format!("{good}0"),
        "/delta/",
        "/delta/..%2fhead-00",
    ] {
        assert_eq!(members.get(path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    log.stop().await;

    // They are nothing that a log needs, and whoever looks after its files passes over them.
    let folder = members.log_folder().join("delta");
    for file in std::fs::read_dir(&folder).unwrap() {
        std::fs::write(file.unwrap().path(), b"damaged").unwrap();
    }
    let survey = Log::check(&members.log_config(), &*members.log_storage()).unwrap();
    assert_eq!(survey.faults, []);
    let log = members.start_log(PACE).await;
    assert_eq!(members.get(&good).await, (StatusCode::OK, b"damaged".to_vec()));
    log.stop().await;
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let (members, log) = Cooperative::running(1, 1).await;
    let too_many = json!({ "entries": vec![json!({ "entry": "" }); 257] }).to_string();
    let too_long = vec![b' '; 6 * 1024 * 1024 + 1];
    let null = json!({ "entries": [{ "entry": format!("AQ{}==", "A".repeat(188)) }] }).to_string();
    for (body, status, code) in [
        (&b"{}"[..], 400, "request-malformed"),
        (b"", 400, "request-malformed"),
        (br#"{"entries":[]}"#, 400, "request-malformed"),
        (br#"{"entries":[{"entry":"!"}]}"#, 400, "request-malformed"),
        (br#"{"entries":[{"entry":"","x":1}]}"#, 400, "request-malformed"),
        (too_many.as_bytes(), 400, "request-malformed"),
        (&too_long, 413, "too-long"),
        (br#"{"entries":[{"entry":""}]}"#, 400, "entry-malformed"),
        (null.as_bytes(), 400, "entry-malformed"),
    ] {
        let response = members
            .http
            .post(members.url("/entries"))
            .body(body.to_vec())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), status);
        let answer: serde_json::Value = response.json().await.unwrap();
        let found = answer.get("error").unwrap_or(&answer["entries"][0]["error"]);
        assert_eq!(found, code, "{answer}");
    }
    assert_eq!(members.get("/entries").await.0, StatusCode::METHOD_NOT_ALLOWED);
    log.stop().await;
}

#[tokio::test]
async fn concurrent_appends_share_a_checkpoint() {
    let (members, log) = Cooperative::running(10, 7).await;
    log.stop().await;
    let log = members
        .start_log(Pace {
            gather_ms: 500,
            ..PACE
        })
        .await;
    let (issuers, events): (Vec<_>, Vec<_>) = (1..=40).map(|n| Issuer::new(&members.registrar, n)).unzip();
    members.append(&events).await;
    let batches: Vec<Signed> = issuers.into_iter().map(|mut issuer| issuer.batch()).collect();
    let appends = batches.iter().map(|batch| {
        let (members, batch) = (&members, batch);
        async move { members.appended(batch).await }
    });
    let places = join_all(appends).await;
    let mut indices: Vec<u64> = places.iter().map(|(index, _)| *index).collect();
    indices.sort_unstable();
    assert_eq!(indices, (41..81).collect::<Vec<u64>>());
    assert!(places.iter().all(|(_, size)| *size == 81), "{places:?}");
    log.stop().await;
}

async fn join_all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    // Polled together: each future is pinned, and all are polled until all are done.
    let mut pinned: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, done) in &mut pinned {
            if done.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *done = Some(value);
            }
        }
        match pinned.iter().all(|(_, done)| done.is_some()) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    pinned.into_iter().map(|(_, done)| done.unwrap()).collect()
}
