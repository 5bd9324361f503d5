//! Publication with a quorum, and none without.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::{Cooperative, PACE, Signed, place, until};
use ledger::checkpoint::SignedCheckpoint;
use ledger_node::{Log, Pace};
use reqwest::StatusCode;
use serde_json::json;
use std::{fs, path::Path};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

#[tokio::test]
async fn three_down_go_unnoticed_and_four_stop_publication() {
    let (mut members, log) = Cooperative::running(10, 7).await;
    let mut issuer = members.register(1).await;
    for down in [2, 5, 9] {
        members.witnesses[down].stop().await;
        members.appended(&issuer.batch()).await;
    }
    let before = members.checkpoint().await.unwrap().checkpoint().head();
    assert_eq!(before.size.0, 5);
    log.stop().await;

    // Without a quorum the log takes entries and tells that they are not published.
    let log = members
        .start_log(Pace {
            append_ms: 300,
            ..PACE
        })
        .await;
    members.witnesses[7].stop().await;
    let mut waiting = Vec::new();
    for index in 5..8 {
        let batch = issuer.batch();
        let (status, answer) = members.append(std::slice::from_ref(&batch)).await;
        assert_eq!(status, StatusCode::GATEWAY_TIMEOUT, "{answer}");
        assert_eq!(answer["entries"][0]["error"], "not-yet-published");
        assert_eq!(answer["entries"][0]["index"], index);
        waiting.push(batch);
    }
    assert_eq!(members.checkpoint().await.unwrap().checkpoint().head(), before);
    until("the log to say so", || async {
        (members.get("/readyz").await.0 == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;

    // It resumes by itself, and repeating finds the places.
    members.witnesses[2].start().await;
    until("publication", || async {
        let size = members.checkpoint().await?.checkpoint().head().size.0;
        (size == 8).then_some(())
    })
    .await;
    let (status, answer) = members.append(&waiting).await;
    assert_eq!(status, StatusCode::OK);
    for (at, index) in (5..8).enumerate() {
        assert_eq!(place(&answer["entries"][at]), (index, 8));
    }
    assert_eq!(members.get("/readyz").await.0, StatusCode::OK);
    log.stop().await;
}

#[tokio::test]
async fn post_quantum_cosignatures_are_on_a_copy_of_their_own() {
    let (members, log) = Cooperative::running(4, 3).await;
    let mut issuer = members.register(1).await;
    members.appended(&issuer.batch()).await;
    let usual = members.checkpoint().await.unwrap();
    assert_eq!(usual.post_quantum(), None);
    let copy = until("a copy of the same tree", || async {
        let copy = members.checkpoint_at("/checkpoint-post-quantum").await?;
        (copy.checkpoint().head().size.0 == 3).then_some(copy)
    })
    .await;
    assert!(copy.post_quantum().unwrap().cosigners().len() >= 3);
    assert!(copy.cosigners().len() >= 3);

    // Mirrors find both among the files.
    let file = |name| fs::read(members.log_folder().join(name)).unwrap();
    assert!(file("checkpoint").len() < 2_000);
    let copy = SignedCheckpoint::parse(&file("checkpoint-post-quantum")).unwrap();
    assert!(members.policy.verify(&copy).unwrap().post_quantum().is_some());
    log.stop().await;
}

#[tokio::test]
async fn late_cosignatures_are_published_too_and_idle_logs_stay_fresh() {
    let (mut members, log) = Cooperative::running(10, 7).await;
    until("all ten", || async {
        (members.checkpoint().await?.cosigners().len() == 10).then_some(())
    })
    .await;
    log.stop().await;
    members.witnesses[0].stop().await;
    members.witnesses[1].stop().await;
    let pace = Pace {
        idle_ms: 1_500,
        late_ms: 1_500,
        ..PACE
    };
    let log = members.start_log(pace).await;
    let mut issuer = members.register(1).await;
    members.appended(&issuer.batch()).await;
    let cosigned = members.checkpoint().await.unwrap();
    assert!(cosigned.cosigners().len() <= 8);
    let size = cosigned.checkpoint().head().size;
    // They come back, and are asked again after a pause.
    members.witnesses[0].start().await;
    members.witnesses[1].start().await;
    until("the late ones", || async {
        (members.checkpoint().await?.cosigners().len() == 10).then_some(())
    })
    .await;
    // Nothing is appended, and the cosignatures become newer.
    let before = members.checkpoint().await.unwrap();
    assert_eq!(before.checkpoint().head().size, size);
    until("newer cosignatures", || async {
        let now = members.checkpoint().await?;
        (now.freshness().since(before.freshness()) >= 2 && now.checkpoint().head().size == size).then_some(())
    })
    .await;
    log.stop().await;
}

#[tokio::test]
async fn a_witness_that_answers_nonsense_or_nothing_costs_nobody_else() {
    let mut members = Cooperative::new(4, 3).await;
    for witness in &mut members.witnesses[1..] {
        witness.start().await;
    }
    // Takes connections and never answers, or answers with what is no cosignature.
    let silent = TcpListener::bind(members.witnesses[0].address).await.unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        for connection in 0.. {
            let (mut stream, _) = silent.accept().await.unwrap();
            if connection % 2 == 1 {
                let _ = stream.read(&mut [0; 4096]).await;
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\n\u{2014} member-0 AAAA\n";
                let _ = stream.write_all(answer.as_bytes()).await;
            }
            open.push(stream);
        }
    });
    Log::create(&members.log_config(), members.log_storage()).unwrap();
    let log = members
        .start_log(Pace {
            witness_ms: 200,
            ..PACE
        })
        .await;
    let mut issuer = members.register(1).await;
    for index in 2..12 {
        assert_eq!(members.appended(&issuer.batch()).await.0, index);
    }
    assert_eq!(members.checkpoint().await.unwrap().cosigners().len(), 3);
    log.stop().await;
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let (mut members, mut log) = Cooperative::running(3, 3).await;
    let mut issuer = members.register(1).await;
    let mut batches = Vec::new();
    for round in 0..4u64 {
        for _ in 0..100 {
            batches.push(issuer.batch());
        }
        let (status, answer) = members.append(&batches[batches.len() - 100..]).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        log.stop().await;
        if round == 1 {
            for witness in &mut members.witnesses {
                witness.stop().await;
                witness.start().await;
            }
        }
        log = members.start_log(PACE).await;
        let first = members.appended(&batches[0]).await;
        assert_eq!(first.0, 2);
        assert_eq!(
            members.appended(batches.last().unwrap()).await.0,
            round * 100 + 101
        );
    }
    assert_eq!(
        members.checkpoint().await.unwrap().checkpoint().head().size.0,
        402
    );
    log.stop().await;
}

#[tokio::test]
async fn a_log_restored_from_an_old_copy_signs_nothing_and_ends() {
    let (members, log) = Cooperative::running(3, 3).await;
    let mut issuer = members.register(1).await;
    members.appended(&issuer.batch()).await;
    log.stop().await;
    let copy = members.folder.path().join("copy");
    copy_folder(&members.log_folder(), &copy);

    let log = members.start_log(PACE).await;
    for _ in 0..3 {
        members.appended(&issuer.batch()).await;
    }
    log.stop().await;
    fs::remove_dir_all(members.log_folder()).unwrap();
    copy_folder(&copy, &members.log_folder());

    // It starts, since nothing in it is wrong by itself. The witnesses know better, and show what its key has signed.
    let log = members.start_log(PACE).await;
    let (mut other, event) = common::Issuer::new(&members.registrar, 2);
    let entries = [event, other.batch()].each_ref().map(Signed::to_json);
    let posted = members.http.post(members.url("/entries"));
    let posted = posted.body(json!({ "entries": entries }).to_string()).send();
    let (error, _) = tokio::join!(log.ended(), posted);
    assert_eq!(error.code(), "log-behind");
    let head = |folder: &Path| fs::read(folder.join("head")).unwrap();
    assert_eq!(head(&members.log_folder()), head(&copy), "nothing was signed");
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}
