//! Nodes that answer nonsense: each is an error with a code, in bounded time and memory, and tells no secret.

#![cfg(feature = "evm")]
#![allow(clippy::unwrap_used, reason = "tests")]

use ledger::chain::Address;
use ledger_evm::{Chain, ChainKey, Error};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    time::timeout,
};

const SECRET: &str = "s3cr3t-0f-the-url";

/// A server that answers each request with what `answer` makes of it, and then closes the connection.
async fn node(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let mut request = String::new();
                let mut buffer = [0; 4096];
                while !request.contains("\"params\":") || !request.ends_with('}') {
                    match stream.read(&mut buffer).await {
                        Ok(length @ 1..) => request.push_str(&String::from_utf8_lossy(&buffer[..length])),
                        _ => return,
                    }
                }
                let _ = stream.write_all(&answer(&request)).await;
            });
        }
    });
    format!("http://user:{SECRET}@{address}/v3/{SECRET}?key={SECRET}")
}

fn http(body: &str) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

fn result(value: &str) -> Vec<u8> {
    http(&format!(r#"{{"jsonrpc":"2.0","id":1,"result":{value}}}"#))
}

async fn asked(url: &str) -> Error {
    let chain = Chain::open(url, 7, Address([1; 20])).unwrap();
    assert!(!format!("{chain:?}").contains(SECRET));
    let latest = timeout(Duration::from_secs(15), chain.latest(Address([2; 20]), "log")).await;
    let error = latest.expect("in time").unwrap_err();
    assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
    error
}

#[tokio::test]
async fn an_answer_that_is_none_is_an_error() {
    for (said, code) in [
        (b"".to_vec(), "chain-unreachable"),
        (b"SSH-2.0-x\r\n".to_vec(), "chain-unreachable"),
        (
            b"HTTP/1.1 503 No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_vec(),
            "chain-unreachable",
        ),
        (
            b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n".to_vec(),
            "chain-unreachable",
        ),
        (http("<html>"), "chain-answer-malformed"),
        (http("[]"), "chain-answer-malformed"),
        (http("{}"), "chain-answer-malformed"),
        (result("null"), "chain-answer-malformed"),
        (result("7"), "chain-answer-malformed"),
        (result(r#""7""#), "chain-answer-malformed"),
        (result(r#""0x""#), "chain-answer-malformed"),
        (result(r#""0x+7""#), "chain-answer-malformed"),
        (result(r#""0x10000000000000000""#), "chain-answer-malformed"),
        (result(r#""0x8""#), "chain-id-differs"),
        (http(&"[".repeat(10_000)), "chain-answer-malformed"),
        (http(&" ".repeat(70_000)), "chain-answer-malformed"),
        (
            http(r#"{"error":{"code":-32000,"message":"no"}}"#),
            "chain-refused",
        ),
        (http(r#"{"error":7}"#), "chain-refused"),
    ] {
        let shown = String::from_utf8_lossy(&said[..said.len().min(80)]).into_owned();
        let url = node(move |_| said.clone()).await;
        assert_eq!(asked(&url).await.code(), code, "{shown}");
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_off() {
    let url = node(|_| [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &vec![b'x'; 32 << 20]].concat()).await;
    assert_eq!(asked(&url).await.code(), "chain-answer-malformed");
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    assert_eq!(asked(&url).await.code(), "chain-unreachable");
}

#[tokio::test]
async fn what_a_node_says_is_cut_and_keeps_no_secret() {
    let message = format!("unknown project {SECRET}\\n\\u001b[31m{}", "x".repeat(9_000));
    let url = node(move |_| http(&format!(r#"{{"error":{{"message":"{message}"}}}}"#))).await;
    let error = asked(&url).await.to_string();
    assert!(
        error.contains("unknown project …") && error.len() < 500,
        "{error}"
    );
    assert!(!error.contains(['\n', '\u{1b}']), "{error:?}");
}

/// The chain's number is right, and everything else is not what was asked for.
#[tokio::test]
async fn a_checkpoint_that_looks_otherwise_is_an_error() {
    let word = |last: &str| format!("{last:0>64}");
    let record = |size: &str, time: &str| format!("{}{}{}", word(size), "ab".repeat(32), word(time));
    for (said, code) in [
        ("".into(), "chain-no-contract"),
        (word("1"), "chain-answer-malformed"),
        (record("10000000000000000", "1"), "chain-answer-malformed"),
        (record("1", "ffffffffffffffff"), "chain-answer-malformed"),
        ("1".into(), "chain-answer-malformed"),
    ] {
        let shown = said.clone();
        let url = node(move |request| match request.contains("eth_chainId") {
            true => result(r#""0x7""#),
            false => result(&format!(r#""0x{said}""#)),
        });
        assert_eq!(asked(&url.await).await.code(), code, "{shown}");
    }
}

/// A node that takes everything, and puts nothing where it was told to.
#[tokio::test]
async fn a_node_that_pretends_is_found_out() {
    let nothing = format!(r#""0x{}""#, "00".repeat(96));
    for (hash_is_ours, code) in [
        (false, "chain-answer-malformed"),
        (true, "chain-answer-malformed"),
    ] {
        let nothing = nothing.clone();
        let url = node(move |request| {
            let method = |name: &str| request.contains(name);
            match () {
                () if method("eth_chainId") => result(r#""0x7""#),
                () if method("eth_call") => result(&nothing),
                () if method("eth_getTransactionReceipt") => result(r#"{"status":"0x1","gasUsed":"0x1"}"#),
                () if method("eth_sendRawTransaction") && hash_is_ours => {
                    let raw = request.split("\"0x").nth(1).unwrap().split('"').next().unwrap();
                    let hash = alloy::primitives::keccak256(hex::decode(raw).unwrap());
                    result(&format!("\"{hash}\""))
                }
                () if method("eth_sendRawTransaction") => result(&format!(r#""0x{}""#, "ab".repeat(32))),
                () => result(r#""0x1""#),
            }
        });
        let chain = Chain::open(&url.await, 7, Address([1; 20])).unwrap();
        let key = ChainKey::from_bytes(&[7; 32]).unwrap();
        let head = ledger::merkle::TreeHead {
            size: ledger::merkle::TreeSize(7),
            root: schemas::Hash([7; 32]),
        };
        let error = chain.anchor(&key, "log", head).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        let expected = if hash_is_ours {
            "is not there"
        } else {
            "another transaction"
        };
        assert!(error.to_string().contains(expected), "{error}");
    }
}
