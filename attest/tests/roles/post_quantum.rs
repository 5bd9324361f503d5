//! A door that counts nothing but hashes and ML-DSA-44, with everybody else as a process.

use super::world::*;
use std::{fs, time::Duration};

/// People enough that their batch closes at once.
const PEOPLE: usize = 40;
/// How long anything may take on a busy machine.
const PATIENCE: u32 = 120;

const POLICY: &str = "[ledger]\nsignatures = \"post-quantum\"\n";

/// What `attest verify` says, and its exit code.
fn verify(place: &Place, more: &[&str]) -> (Option<i32>, String) {
    let command = [
        "verify",
        "--network",
        "network/network.toml",
        "--policy",
        "post-quantum.toml",
    ];
    let output = place.run(&[&command[..], more].concat());
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

/// Asks again until it says this.
async fn says(place: &Place, more: &[&str], code: i32, word: &str) -> String {
    let mut last = String::new();
    for _ in 0..PATIENCE {
        let (ended, said) = verify(place, more);
        if ended == Some(code) && said.contains(word) {
            return said;
        }
        last = said;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("{more:?} never says {word}: {last}");
}

#[tokio::test]
async fn a_door_counts_ml_dsa_alone() {
    let place = Place::new();
    place.write("post-quantum.toml", POLICY);
    let cooperative = found(&place);
    let issuer = open_issuer(&place, &cooperative);
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build();
    let client = client.expect("a client");
    let (url, key) = (&*issuer.url, &*issuer.station);
    let day = async |first: usize| {
        let mut results = Vec::new();
        for number in first..first + PEOPLE {
            results.push(submit(&client, url, key, number).await);
        }
        results
    };

    // 1. The first batch is signed as soon as it is published, and so are keys and status.
    let first = day(0).await;
    place.write("first.txt", certificate(&client, url, key, &first[0]).await);
    let said = says(&place, &["first.txt"], 0, "ACCEPT").await;
    assert!(
        !said.contains("holder-binding-classical"),
        "paper has no holder: {said}"
    );
    let json = place.ok(&[
        "verify",
        "--network",
        "network/network.toml",
        "--policy",
        "post-quantum.toml",
        "--json",
        "first.txt",
    ]);
    assert!(json.contains("\"post-quantum\""), "{json}");

    // 2. What comes after it is not, for an hour; whoever counts ES256 accepts it.
    let second = day(PEOPLE).await;
    place.write("second.txt", certificate(&client, url, key, &second[0]).await);
    let said = says(&place, &["second.txt"], 3, "batch-not-signed").await;
    assert!(said.contains("try again in ") && said.contains(" min"), "{said}");
    place.ok(&["verify", "--network", "network/network.toml", "second.txt"]);

    // 3. A copy on a stick has all that such a door reads, and nothing is missing in it.
    let sync = [
        "verify",
        "sync",
        "--network",
        "network/network.toml",
        "--into",
        "stick",
    ];
    place.ok(&sync);
    place.ok(&sync);
    let stick = ["--ledger", "stick", "first.txt"];
    says(&place, &stick, 0, "ACCEPT").await;
    let spoilt = |file: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let path = place.path("stick").join(file);
        let whole = fs::read(&path).expect("it is there");
        let mut bytes = whole.clone();
        change(&mut bytes);
        fs::write(&path, bytes).expect("it can be written");
        let said = verify(&place, &stick);
        fs::write(&path, whole).expect("it can be written");
        said
    };
    // Without heads; with forged ones; with cosignatures of Ed25519 alone; too old.
    let (code, said) = spoilt("heads", &|bytes| *bytes = vec![0x80]);
    assert!(code == Some(3) && said.contains("keys-not-signed"), "{said}");
    let (code, said) = spoilt("heads", &|bytes| {
        // A bit of each signature: the last byte of each head is its signature's.
        let heads = ledger::heads::Heads::decode(bytes).expect("heads");
        let all = heads.iter().map(|head| {
            let mut head = head.encode();
            let at = head.len() - 2_000;
            head[at] ^= 1;
            schemas::cbor::Item::Bytes(head.into())
        });
        *bytes = schemas::cbor::Item::Array(all.collect()).encode();
    });
    assert!(code == Some(3) && said.contains("keys-not-signed"), "{said}");
    let classical = fs::read(place.path("stick/checkpoint")).expect("it is there");
    let (code, said) = spoilt("checkpoint-post-quantum", &|bytes| bytes.clone_from(&classical));
    assert!(
        code == Some(3) && said.contains("post-quantum-quorum-missing"),
        "{said}"
    );
    let later = verifier_server::now().plus(2 * 3_600);
    let later = time::OffsetDateTime::from_unix_timestamp(later.0).expect("a time");
    let later = later
        .format(&time::format_description::well_known::Rfc3339)
        .expect("a time");
    let (code, said) = verify(&place, &[&["--at", &later], &stick[..]].concat());
    assert!(code == Some(3) && said.contains("view-too-old"), "{said}");

    // 4. So has a mirror.
    let mirror = [
        "ledger",
        "mirror",
        &cooperative.log_url,
        "--network",
        "network/network.toml",
        "--into",
        "mirror",
    ];
    place.ok(&mirror);
    says(&place, &["--ledger", "mirror", "first.txt"], 0, "ACCEPT").await;

    // 5. The issuer signs anew when it starts: what was too young is old enough, also in a wallet.
    place.write("offer.json", second[1]["offer"].to_string());
    let code = second[1]["tx_code"].as_str().expect("a code");
    place.ok(&["wallet", "--vault", "wallet.age", "create"]);
    let pick_up = [
        "wallet",
        "--vault",
        "wallet.age",
        "pick-up",
        "offer.json",
        "--network",
        "network/network.toml",
    ];
    let mut picking_up = place.command(&[&pick_up[..], &["--code", code]].concat());
    let mut picking_up = Process(
        picking_up
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("the binary runs"),
    );
    let mut number = 2 * PEOPLE;
    while picking_up.0.try_wait().expect("it is ours").is_none() {
        day(number).await;
        number += PEOPLE;
    }
    assert!(issuer.process.stop().success());
    let (_again, _) = place.start(&["issuer", "--config", "issuer/issuer.toml"]);
    says(&place, &["second.txt"], 0, "ACCEPT").await;
    place.ok(&[
        "wallet",
        "--vault",
        "wallet.age",
        "show",
        "0",
        "--png",
        "code.png",
    ]);
    let said = says(&place, &["code.png"], 0, "ACCEPT").await;
    assert!(said.contains("[holder-binding-classical]"), "{said}");
}
