//! `transcript.txt`, played to a log.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::{Cooperative, Issuer, until};
use reqwest::{Method, Response, header::HeaderMap};
use schemas::Hash;
use std::fmt::Write as _;

#[tokio::test]
async fn a_log_answers_as_written() {
    let (members, log) = Cooperative::running(1, 1).await;
    let _ = until("the first checkpoint", || members.checkpoint()).await;
    let (mut issuer, event) = Issuer::new(&members.registrar, 7);
    let (mut stranger, _) = Issuer::new(&members.registrar, 8);
    let entry = |signed: &common::Signed| signed.to_json()["entry"].as_str().unwrap().to_owned();
    let names = [
        ("$EVENT", entry(&event)),
        ("$OBJECT", event.to_json()["object"].as_str().unwrap().to_owned()),
        ("$HASH", event.entry.unverified().root().to_string()),
        ("$OTHER", entry(&issuer.with_root(Hash::of(&[b"other"])))),
        ("$BATCH", entry(&issuer.batch())),
        ("$STRANGER", entry(&stranger.batch())),
    ];
    let mut transcript = include_str!("transcript.txt").to_owned();
    for (name, value) in &names {
        transcript = transcript.replace(name, value);
    }
    let exchanges: Vec<&str> = transcript.split("\n> ").skip(1).collect();
    assert_eq!(exchanges.len(), 13);
    for exchange in exchanges {
        let (request, expected) = exchange.split_once('\n').unwrap();
        let (method, rest) = request.split_once(' ').unwrap();
        let (path, body) = rest.split_once(' ').unwrap_or((rest, ""));
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let sent = members
            .http
            .request(method, members.url(path))
            .body(body.to_owned())
            .send();
        let answered = written(sent.await.unwrap()).await;
        let expected: Vec<&str> = expected.lines().filter(|line| !line.starts_with('#')).collect();
        assert_matches(&expected, &answered, request);
    }
    log.stop().await;
}

/// The answer as the transcript has it.
async fn written(response: Response) -> String {
    let header = |headers: &HeaderMap, name| {
        headers
            .get(name)
            .map_or("-", |value| value.to_str().unwrap())
            .to_owned()
    };
    let content_type = header(response.headers(), "content-type");
    let cache = header(response.headers(), "cache-control");
    let mut text = format!("< {} | {content_type} | {cache}\n", response.status().as_u16());
    let body = response.bytes().await.unwrap();
    match content_type == "application/octet-stream" {
        true => body.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap()),
        false => text.push_str(std::str::from_utf8(&body).unwrap()),
    }
    text
}

fn assert_matches(expected: &[&str], answered: &str, request: &str) {
    let (mut expected, mut found) = (expected.to_vec(), answered.lines().collect::<Vec<_>>());
    for lines in [&mut expected, &mut found] {
        while lines.last() == Some(&"") {
            lines.pop();
        }
    }
    let same = |(expected, found): (&&str, &&str)| match expected.split_once('…') {
        Some((start, _)) => found.starts_with(start),
        None => expected == found,
    };
    let matches = expected.len() == found.len() && expected.iter().zip(&found).all(same);
    assert!(
        matches,
        "{request}\nexpected:\n{}\nanswered:\n{answered}",
        expected.join("\n")
    );
}
