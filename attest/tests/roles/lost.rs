//! A phone is lost: what its backup restores, and what becomes of the copies on it.

use super::world::*;
use serde_json::Value;
use std::{fs, process::Stdio, time::Duration};

const NETWORK: &str = "network/network.toml";
/// How long until doors know of it: a snapshot, its entry on the log, and the quorum.
const PUBLISHED: u32 = 240;

fn wallet<'a>(vault: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&["wallet", "--vault", vault][..], rest].concat()
}

fn refresh(vault: &str) -> Vec<&str> {
    wallet(vault, &["refresh", "0", "--network", NETWORK])
}

/// What a door says of a new showing.
fn shown(place: &Place, vault: &str, picture: &str) -> (Option<i32>, String) {
    place.ok(&wallet(vault, &["show", "0", "--reuse", "--png", picture]));
    let verdict = place.run(&["verify", "--network", NETWORK, picture]);
    (verdict.status.code(), text(&verdict.stdout))
}

/// `wallet.age` is the phone, and `lost.age` the same one in the hands of who finds it.
pub async fn a_backup_moves_the_result(
    place: &Place,
    client: &reqwest::Client,
    issuer: &Issuer,
    mut number: usize,
) {
    place.ok(&wallet("wallet.age", &["export", "backup.age"]));
    fs::copy(place.path("wallet.age"), place.path("lost.age")).expect("a copy");
    place.ok(&wallet("new.age", &["create"]));
    place.ok(&wallet("late.age", &["create"]));
    let restored = place.run(&wallet("new.age", &["restore", "backup.age"]));
    let said = text(&restored.stderr);
    assert!(
        restored.status.success() && said.contains("moves the result here"),
        "{said}"
    );
    place.ok(&wallet("late.age", &["restore", "backup.age"]));
    assert_eq!(shown(place, "lost.age", "before.png").0, Some(0));

    // The first order of the new phone, while others come in.
    let moving = refresh("new.age");
    let mut moving = place.command(&moving);
    let mut moving = Process(moving.stderr(Stdio::piped()).spawn().expect("the binary runs"));
    let moved = loop {
        if let Some(status) = moving.0.try_wait().expect("it is ours") {
            break status;
        }
        for _ in 0..8 {
            number += 1;
            submit(client, &issuer.url, &issuer.station, number).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let mut said = String::new();
    let stderr = moving.0.stderr.as_mut().expect("it is piped");
    std::io::Read::read_to_string(stderr, &mut said).expect("text");
    assert!(moved.success() && said.contains("save a new one"), "{said}");

    // The copies on the lost phone are revoked, and doors say so once it is published.
    let publish = client.post(format!("{}/v1/status/publish", issuer.url));
    let publish = publish.bearer_auth(&issuer.supervisor).json(&Value::Null).send();
    assert!(publish.await.expect("an answer").status().is_success());
    let mut seconds = 0;
    let said = loop {
        let (code, said) = shown(place, "lost.age", &format!("lost-{seconds}.png"));
        if code != Some(0) || seconds >= PUBLISHED {
            break said;
        }
        seconds += 2;
        tokio::time::sleep(Duration::from_secs(2)).await;
    };
    assert!(said.contains("revoked"), "{said}");
    let (code, said) = shown(place, "new.age", "new.png");
    assert_eq!(code, Some(0), "{said}");
    place.ok(&["verify", "--network", NETWORK, "paper.txt"]);

    // Neither the lost phone nor the backup gets anything more, and both say why.
    for vault in ["lost.age", "late.age"] {
        let said = place.refused(&refresh(vault), "issuer-receipt-moved");
        assert!(said.contains("restored on another device"), "{said}");
        let list = place.ok(&wallet(vault, &["list"]));
        assert!(list.contains("restored on another device"), "{list}");
        place.refused(&wallet(vault, &["show", "0", "--reuse"]), "issuer-receipt-moved");
        place.refused(&refresh(vault), "issuer-receipt-moved");
    }
    // A backup from before, where the result is, brings nothing twice.
    let again = place.run(&wallet("new.age", &["restore", "backup.age"]));
    assert!(
        text(&again.stderr).contains("in the wallet before: 1"),
        "{}",
        text(&again.stderr)
    );
}
