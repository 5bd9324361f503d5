//! A log anchors its checkpoints on a chain, a monitor and doors hold them against it, and a chain that ends stops nothing.

#[path = "../../../ledger/evm/tests/common/mod.rs"]
mod development;

use super::{monitor::until, world::*};
use development::{DevelopmentChain, ID, KEYS};
use ledger::merkle::{TreeHead, TreeSize};
use ledger_evm::{Chain, ChainKey};
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt as _};

const ORIGIN: &str = "attest.example/log";
/// People enough that their batch closes at once.
const PEOPLE: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn a_log_stands_on_a_chain_and_goes_on_without_it() {
    let Some(mut node) = DevelopmentChain::start(1) else {
        return;
    };
    let place = Place::new();
    let cooperative = found(&place);
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build();
    let client = client.expect("a client");

    // The operator makes a key, or has one that has funds, and puts the contract on the chain.
    let made = place.ok(&["chain", "key", "log/made.key"]);
    assert_eq!(
        made,
        place.ok(&["chain", "key", "log/made.key"]),
        "the same again"
    );
    for (name, key) in [("log/chain.key", KEYS[0]), ("stranger.key", KEYS[1])] {
        place.write(name, key);
        fs::set_permissions(place.path(name), fs::Permissions::from_mode(0o600)).expect("its mode");
    }
    let [log, stranger] = ["log/chain.key", "stranger.key"].map(|key| place.ok(&["chain", "key", key]));
    let (log, stranger) = (log.trim(), stranger.trim());
    let secret = "a-secret-of-the-url";
    place.write("log/chain.url", format!("{}/?key={secret}\n", node.url));
    let deploy = |key, id| {
        [
            "chain",
            "deploy",
            "--key-file",
            key,
            "--url-file",
            "log/chain.url",
            "--chain-id",
            id,
        ]
    };
    place.refused(&deploy("log/chain.key", "1"), "chain-id-differs");
    let said = place.refused(&deploy("log/made.key", "31337"), "chain-refused");
    assert!(!said.contains(secret), "{said}");
    let contract = place.ok(&deploy("log/chain.key", "31337")).trim().to_owned();

    // The log is started again with it, where it was.
    let config = fs::read_to_string(place.path("log/log.toml")).expect("a file");
    let address = cooperative.log_url.strip_prefix("http://").expect("a URL");
    let config = config
        .replace("127.0.0.1:0", address)
        .replace("#[log.chain]", "[log.chain]");
    let config = config
        .replace("#url_file", "url_file")
        .replace("#key_file = \"chain.key\"", "key_file = \"chain.key\"");
    let config = config.replace(
        "#chain_id = 1337",
        "chain_id = 31337\nevery_entries = 1\nevery_ms = 3000",
    );
    place.write(
        "log/log.toml",
        config.replace("#contract = \"0x...\"", &format!("contract = \"{contract}\"")),
    );
    let printed = place.ok(&["ledger", "--config", "log/log.toml", "--print-config"]);
    assert!(printed.contains("every_ms = 3000"), "{printed}");
    assert!(
        !printed.contains(secret) && !printed.contains(KEYS[0]),
        "{printed}"
    );
    assert!(cooperative.log.stop().success());
    let (running, url) = place.start(&["ledger", "--config", "log/log.toml"]);
    assert_eq!(url, cooperative.log_url);
    let cooperative = Cooperative {
        log: running,
        ..cooperative
    };
    let issuer = open_issuer(&place, &cooperative);
    let mut results = Vec::new();
    for number in 0..PEOPLE {
        results.push(submit(&client, &issuer.url, &issuer.station, number).await);
    }
    let paper = certificate(&client, &issuer.url, &issuer.station, &results[0]).await;
    place.write("paper.txt", &paper);
    let caught_up = |text: &str| {
        let entries = |name| metric(text, name).filter(|entries| *entries > 2);
        entries("attest_log_chain_entries")
            .is_some_and(|there| entries("attest_log_published_entries") == Some(there))
    };
    let metrics = format!("{url}/metrics");
    let counted = until(&client, &metrics, |_, text| caught_up(text)).await;
    println!(
        "gas: {} for all anchors",
        metric(&counted, "attest_log_chain_gas_total").expect("gas")
    );
    // An idle log is anchored again after a while, which renews the time.
    let spent = |text: &str| metric(text, "attest_log_chain_gas_total").expect("gas");
    let before = spent(&counted);
    let renewed = until(&client, &metrics, |_, text| spent(text) > before).await;
    assert!(caught_up(&renewed), "{renewed}");
    assert_eq!(
        client
            .get(format!("{url}/readyz"))
            .send()
            .await
            .expect("it answers")
            .text()
            .await
            .expect("a text"),
        "ok\n"
    );

    // A stranger anchors another history, under its own address.
    let mut key = [0; 32];
    key.copy_from_slice(
        &(0..32)
            .map(|at| u8::from_str_radix(&KEYS[1][2 * at..2 * at + 2], 16).expect("digits"))
            .collect::<Vec<_>>(),
    );
    let key = ChainKey::from_bytes(&key).expect("a key");
    let chain = Chain::open(&node.url, ID, contract.parse().expect("an address")).expect("a chain");
    let head = TreeHead {
        size: TreeSize(2),
        root: schemas::Hash([7; 32]),
    };
    chain.anchor(&key, ORIGIN, head).await.expect("its own record");

    // Doors whose policy requires the chain.
    let door = |by: &str, url_file: &str, at: Option<&str>| {
        let policy = format!(
            "[ledger]\nmax-view-age = \"72h\"\n[ledger.chain.required]\nid = {ID}\ncontract = \"{contract}\"\nmax-age = \"1h\"\n\
             anchored-by = {{ \"{ORIGIN}\" = \"{by}\" }}\n"
        );
        place.write("policy.toml", policy);
        let door = [
            "verify",
            "--json",
            "--network",
            "network/network.toml",
            "--policy",
            "policy.toml",
        ];
        let more = ["--chain-url-file", url_file, "paper.txt"];
        let output = place.run(&[&door[..], &at.map_or(vec![], |at| vec!["--at", at]), &more].concat());
        let said = text(&output.stderr);
        assert!(!said.contains(secret), "{said}");
        let verdict: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
        match verdict["verdict"].as_str() {
            Some("indeterminate") => verdict["missing"][0]["code"].as_str().expect("a code").to_owned(),
            _ => verdict["verdict"].to_string(),
        }
    };
    assert_eq!(door(log, "log/chain.url", None), "\"accept\"");
    assert_eq!(door(stranger, "log/chain.url", None), "chain-differs");
    assert_eq!(door(made.trim(), "log/chain.url", None), "chain-unknown");
    let later = time::OffsetDateTime::from_unix_timestamp(verifier_server::now().0 + 7_200).expect("a time");
    let later = later
        .format(&time::format_description::well_known::Rfc3339)
        .expect("a time");
    assert_eq!(door(log, "log/chain.url", Some(&later)), "chain-stale");
    let unnamed = place.run(&[
        "verify",
        "--network",
        "network/network.toml",
        "--policy",
        "policy.toml",
        "paper.txt",
    ]);
    assert!(
        text(&unnamed.stderr).contains("[chain-not-named]"),
        "{}",
        text(&unnamed.stderr)
    );

    // Monitors: one that looks at the log's records, and one that was told of the stranger's.
    let mut monitors = Vec::new();
    for (name, by) in [("good", log), ("other", stranger)] {
        place.ok(&[
            "monitor",
            "init",
            name,
            "--registrar",
            &cooperative.registrar,
            "--listen",
            "127.0.0.1:0",
        ]);
        fs::copy(
            place.path("network/members.policy"),
            place.path(&format!("{name}/members.policy")),
        )
        .expect("a copy");
        let file = format!("{name}/monitor.toml");
        let config = fs::read_to_string(place.path(&file)).expect("a file");
        let pace = "[monitor.pace]\npoll_ms = 300\nretry_ms = 1000\nidle_ms = 2000";
        let chain = format!(
            "[monitor.chain]\nurl_file = \"../log/chain.url\"\nchain_id = {ID}\ncontract = \"{contract}\"\n\
             anchored_by = {{ \"{ORIGIN}\" = \"{by}\" }}"
        );
        place.write(
            &file,
            config
                .replace("#[monitor.pace]", pace)
                .replace("#[monitor.chain]", &chain),
        );
        monitors.push(place.start(&["monitor", "--config", &file]));
    }
    let page = |at: usize| format!("{}/?lang=en", monitors[at].1);
    until(&client, &page(1), |_, page| page.contains("chain-differs")).await;
    let good = until(&client, &page(0), |status, _| status == 200).await;
    assert!(!good.contains("chain-"), "{good}");

    // The chain ends. The log publishes on and says so, the monitor says so, and the door is not sure any more.
    node.stop();
    for number in PEOPLE..2 * PEOPLE {
        results.push(submit(&client, &issuer.url, &issuer.station, number).await);
    }
    certificate(&client, &issuer.url, &issuer.station, &results[PEOPLE]).await;
    let ready = until(&client, &format!("{url}/readyz"), |_, text| {
        text.contains("chain-unreachable")
    })
    .await;
    assert!(ready.starts_with("ok\n"), "{ready}");
    let failures = "attest_log_chain_failures_total{code=\"chain-unreachable\"}";
    until(&client, &metrics, |_, text| metric(text, failures).is_some()).await;
    until(&client, &page(0), |_, page| page.contains("chain-silent")).await;
    assert_eq!(door(log, "log/chain.url", None), "chain-unknown");
    assert!(cooperative.log.stop().success());
}

fn metric(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}
