//! The contract on a development chain: what it keeps, what it refuses, and what it costs.

#![cfg(feature = "evm")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{DevelopmentChain, ID, KEYS, installed};
use ledger::{
    chain::Address,
    merkle::{TreeHead, TreeSize},
};
use ledger_evm::{Chain, ChainKey, Error};
use schemas::Hash;
use serde_json::{Value, json};
use std::{path::Path, process::Command};

const LOG: &str = "ledger.example/log";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/contract");

fn key(number: usize) -> ChainKey {
    let mut bytes = [0; 32];
    hex::decode_to_slice(KEYS[number], &mut bytes).unwrap();
    ChainKey::from_bytes(&bytes).unwrap()
}

fn head(size: u64, root: u8) -> TreeHead {
    TreeHead {
        size: TreeSize(size),
        root: Hash([root; 32]),
    }
}

async fn rpc(url: &str, method: &str, params: Value) -> Value {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let answer = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
    answer.json().await.unwrap()
}

/// The call `anchor`, as anybody can make it without this crate.
fn anchor_data(origin: &str, head: &TreeHead) -> String {
    let name = hex::encode(ledger::chain::name(origin).as_bytes());
    let root = hex::encode(head.root.as_bytes());
    format!("0x70c127c6{name}{:064x}{root}", head.size.0)
}

#[tokio::test]
async fn the_contract_keeps_what_grows_and_refuses_the_rest() {
    let Some(node) = DevelopmentChain::start(1) else {
        return;
    };
    let (log, stranger) = (key(0), key(1));
    let deployed = Chain::deploy(&node.url, ID, &log).await.unwrap();
    let chain = Chain::open(&node.url, ID, deployed.result).unwrap();
    let by = log.address();
    assert_eq!(chain.latest(by, LOG).await.unwrap(), None);

    // What grows, and the same again.
    let first = chain.anchor(&log, LOG, head(7, 1)).await.unwrap();
    assert_eq!(chain.latest(by, LOG).await.unwrap(), Some(first.result));
    assert_eq!(first.result.head, head(7, 1));
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!(first.result.time.0.abs_diff(now.try_into().unwrap()) < 60);
    let later = chain.anchor(&log, LOG, head(300, 2)).await.unwrap();
    rpc(&node.url, "evm_increaseTime", json!([3_600])).await;
    let renewed = chain.anchor(&log, LOG, head(300, 2)).await.unwrap();
    assert!(renewed.result.time.since(later.result.time) >= 3_600);

    // Fewer entries and another root are refused before they are sent, and by the contract.
    let smaller = chain.anchor(&log, LOG, head(299, 3)).await.unwrap_err();
    assert_eq!(smaller.code(), "chain-ahead");
    let other = chain.anchor(&log, LOG, head(300, 3)).await.unwrap_err();
    assert_eq!(other.code(), "chain-differs");
    for refused in [head(299, 2), head(300, 3), head(0, 0)] {
        let call = json!({ "from": by.to_string(), "to": deployed.result.to_string(), "data": anchor_data(LOG, &refused) });
        let answer = rpc(&node.url, "eth_call", json!([call, "latest"])).await;
        assert!(answer["error"].is_object(), "{refused:?}: {answer}");
        // By force, past what the node thinks of it.
        let mut forced = call.clone();
        forced["gas"] = "0x30d40".into();
        let sent = rpc(&node.url, "eth_sendTransaction", json!([forced])).await;
        let receipt = rpc(&node.url, "eth_getTransactionReceipt", json!([sent["result"]])).await;
        assert_ne!(receipt["result"]["status"], "0x1", "{sent} {receipt}");
        assert_eq!(chain.latest(by, LOG).await.unwrap(), Some(renewed.result));
    }
    // The call is well formed: what is to be refused is, for what it says.
    let taken = json!({ "from": by.to_string(), "to": deployed.result.to_string(), "data": anchor_data(LOG, &head(301, 2)) });
    assert_eq!(
        rpc(&node.url, "eth_call", json!([taken, "latest"])).await["result"],
        "0x"
    );

    // A stranger has records of its own, and blocks nobody's.
    chain.anchor(&stranger, LOG, head(u64::MAX, 9)).await.unwrap();
    assert_eq!(chain.latest(by, LOG).await.unwrap(), Some(renewed.result));
    let grown = chain.anchor(&log, LOG, head(301, 4)).await.unwrap();
    // Nor does one log of a sender another one.
    let second = chain
        .anchor(&log, "ledger.example/log-2", head(1, 1))
        .await
        .unwrap();
    assert_eq!(chain.latest(by, LOG).await.unwrap(), Some(grown.result));

    // A chain that takes blocks back takes anchors with them; nothing but what it says now counts.
    let before = rpc(&node.url, "evm_snapshot", json!([])).await["result"].clone();
    chain.anchor(&log, LOG, head(400, 5)).await.unwrap();
    assert_eq!(
        rpc(&node.url, "evm_revert", json!([before])).await["result"],
        true
    );
    assert_eq!(chain.latest(by, LOG).await.unwrap(), Some(grown.result));
    chain.anchor(&log, LOG, head(399, 6)).await.unwrap();

    // Every anchor stands in the chain's logs too.
    let filter = json!([{ "address": deployed.result.to_string(), "fromBlock": "0x0" }]);
    let events = rpc(&node.url, "eth_getLogs", filter).await;
    assert_eq!(events["result"].as_array().unwrap().len(), 7);

    println!(
        "gas: deploy {}, first anchor {}, later {} and {}, the same again {}, first of another log {}",
        deployed.gas, first.gas, later.gas, grown.gas, renewed.gas, second.gas
    );
    // What docs/chain.md says.
    assert!(deployed.gas < 250_000, "{}", deployed.gas);
    assert!(first.gas.max(second.gas) < 71_000, "{}", first.gas);
    assert!(later.gas.max(grown.gas) < 40_000, "{}", later.gas);
}

#[tokio::test]
async fn the_wrong_chain_contract_or_purse_is_said() {
    let Some(mut node) = DevelopmentChain::start(1) else {
        return;
    };
    let log = key(0);
    let nothing = Address([7; 20]);
    let refused = |chain: Chain| async move { chain.latest(nothing, LOG).await.unwrap_err().code() };
    let url = node.url.clone();
    let open = |id, contract| Chain::open(&url, id, contract).unwrap();
    assert_eq!(refused(open(ID + 1, nothing)).await, "chain-id-differs");
    assert_eq!(refused(open(ID, nothing)).await, "chain-no-contract");
    assert_eq!(
        Chain::deploy(&node.url, ID + 1, &log).await.unwrap_err().code(),
        "chain-id-differs"
    );

    let poor = ChainKey::from_bytes(&[7; 32]).unwrap();
    let error = Chain::deploy(&node.url, ID, &poor).await.unwrap_err();
    assert_eq!(error.code(), "chain-refused");
    assert!(error.to_string().to_lowercase().contains("funds"), "{error}");

    rpc(
        &node.url,
        "anvil_setNextBlockBaseFeePerGas",
        json!(["0xe8d4a51000"]),
    )
    .await;
    rpc(&node.url, "evm_mine", json!([])).await;
    assert_eq!(
        Chain::deploy(&node.url, ID, &log).await.unwrap_err().code(),
        "chain-too-dear"
    );

    node.stop();
    assert_eq!(refused(open(ID, nothing)).await, "chain-unreachable");
}

#[test]
fn keys_and_urls_are_refused_with_a_code() {
    for bytes in [[0; 32], [0xff; 32]] {
        assert_eq!(ChainKey::from_bytes(&bytes).unwrap_err(), Error::KeyMalformed);
    }
    assert_eq!(format!("{:?}", key(0)), "ChainKey(…)");
    assert_eq!(
        key(0).address().to_string(),
        "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
    );
    for url in ["", "example.com", "ftp://example.com", "http://", "/etc/passwd"] {
        assert_eq!(
            Chain::open(url, ID, Address([7; 20])).unwrap_err(),
            Error::UrlMalformed,
            "{url}"
        );
    }
}

/// The code that is kept is what the compiler makes of the source.
#[test]
fn the_kept_code_is_compiled_from_the_source() {
    let Some(packages) = installed() else {
        println!("left out: 1 comparison of the contract's code (needs npm, for solc)");
        return;
    };
    let output = Command::new("node")
        .arg(Path::new(ROOT).join("compile.cjs"))
        .arg(packages)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let kept = std::fs::read(Path::new(ROOT).join("Checkpoints.hex")).unwrap();
    assert!(
        output.stdout == kept,
        "compile it: node compile.cjs <folder with solc> > Checkpoints.hex"
    );
}
