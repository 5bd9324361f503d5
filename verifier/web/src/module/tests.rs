//! The page's module judges the test vectors as the verifier does.

use super::*;
use base64::engine::general_purpose::STANDARD;
use std::{fs, path::PathBuf};

/// The clock of most vectors.
const NOW: i64 = 1_795_003_200;

fn vectors() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../test-vectors"))
}

fn ask(scanner: &mut Scanner, call: Value) -> Value {
    with(scanner, call, b"").unwrap()
}

fn with(scanner: &mut Scanner, call: Value, body: &[u8]) -> Result<Value, Refusal> {
    let call = serde_json::from_value(call).unwrap();
    scanner.call(call, body).map(|answer| answer.head().clone())
}

fn network() -> Value {
    let text = fs::read_to_string(vectors().join("views/network.toml")).unwrap();
    text.into()
}

/// A scanner that followed the ledger's files in a folder, as far as they are there.
fn scanner(view: Option<&str>) -> Scanner {
    scanner_by(&Value::Null, view)
}

/// One that decides by this policy.
fn scanner_by(policy: &Value, view: Option<&str>) -> Scanner {
    let mut scanner = Scanner::default();
    ask(
        &mut scanner,
        json!({ "call": "set-up", "network": view.map(|_| network()) }),
    );
    decide(&mut scanner, policy);
    let mut wanted = ask(&mut scanner, json!({ "call": "follow" }));
    let Some(folder) = view.map(|view| vectors().join(view)) else {
        assert_eq!(wanted, json!({ "wanted": [] }));
        return scanner;
    };
    loop {
        let files = wanted["wanted"].as_array().unwrap().clone();
        let there = files.iter().find_map(|file| {
            let path = file["path"].as_str()?;
            let named = [Some(path), file["instead"].as_str()];
            let bytes = named
                .into_iter()
                .flatten()
                .find_map(|name| fs::read(folder.join(name)).ok())?;
            Some((path.to_owned(), bytes))
        });
        let Some((path, bytes)) = there else {
            return scanner;
        };
        wanted = with(&mut scanner, json!({ "call": "supply", "path": path }), &bytes).unwrap();
    }
}

fn decide(scanner: &mut Scanner, policy: &Value) {
    let policy = if policy.is_null() { &json!({}) } else { policy };
    ask(scanner, json!({ "call": "decide", "policy": policy }));
}

fn examine(scanner: &mut Scanner, text: &str, seconds: i64) -> Value {
    ask(
        scanner,
        json!({ "call": "examine", "text": text, "now": seconds * 1_000 }),
    )
}

fn codes(verdict: &Value) -> Vec<&str> {
    let said = verdict["reasons"]
        .as_array()
        .or_else(|| verdict["missing"].as_array());
    said.into_iter()
        .flatten()
        .filter_map(|one| one["code"].as_str())
        .collect()
}

fn vector(name: &str) -> Value {
    let file = fs::read(vectors().join(format!("door/{name}.json"))).unwrap();
    serde_json::from_slice(&file).unwrap()
}

#[test]
fn every_vector_gets_the_verdict_that_it_states() {
    let mut judged = 0;
    for file in fs::read_dir(vectors().join("door")).unwrap() {
        let path = file.unwrap().path();
        let case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        if !case["others_seen"].is_null() {
            // 60,000 codes are shown to the verifier itself.
            continue;
        }
        let mut scanner = scanner_by(&case["policy"], case["view"].as_str());
        let file = |member: &str| {
            let bytes = case[member]
                .as_str()
                .map(|path| fs::read(vectors().join(path)).unwrap());
            bytes
                .map(|bytes| STANDARD.encode(bytes))
                .into_iter()
                .collect::<Vec<_>>()
        };
        let import =
            json!({ "call": "import", "trust": file("trust"), "rules": file("rules"), "value-sets": [] });
        ask(&mut scanner, import);
        let clock = case["clock"].as_i64().unwrap();
        if let Some(challenge) = case["challenge"].as_object() {
            let challenge = json!({ "call": "challenge", "door": challenge["door"], "nonce": challenge["nonce"], "now": clock * 1_000 });
            ask(&mut scanner, challenge);
        }
        for seen in case["already_seen"].as_array().into_iter().flatten() {
            let verdict = examine(
                &mut scanner,
                seen["text"].as_str().unwrap(),
                seen["clock"].as_i64().unwrap(),
            );
            assert_eq!(verdict["verdict"], "accept", "{}", path.display());
        }
        let verdict = examine(&mut scanner, case["text"].as_str().unwrap(), clock);
        let expect = &case["expect"];
        assert_eq!(verdict["verdict"], expect["verdict"], "{}", path.display());
        let expected: Vec<&str> = expect["codes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(codes(&verdict), expected, "{}", path.display());
        judged += 1;
    }
    assert!(judged > 200, "{judged}");
}

#[test]
fn a_frame_is_read_and_examined_in_one_call_and_only_once_while_it_is_in_sight() {
    let good = vector("accept-challenge");
    let mut scanner = scanner(good["view"].as_str());
    decide(&mut scanner, &good["policy"]);
    let challenge = json!({ "call": "challenge", "door": good["challenge"]["door"], "nonce": good["challenge"]["nonce"], "now": NOW * 1_000 });
    ask(&mut scanner, challenge);
    let code = Code::new(good["text"].as_str().unwrap()).unwrap();
    let (scale, zone) = (4, 4);
    let side = (code.width() + 2 * zone) * scale;
    let is_dark = |at: usize| {
        let (x, y) = ((at % side) / scale, (at / side) / scale);
        let inside = |at: usize| (zone..zone + code.width()).contains(&at);
        inside(x) && inside(y) && code.is_dark(x - zone, y - zone)
    };
    let pixels: Vec<u8> = (0..side * side)
        .flat_map(|at| [if is_dark(at) { 0 } else { 255 }; 4])
        .collect();
    let clock = good["clock"].as_i64().unwrap() * 1_000;
    let mut scan = |source: &str, milliseconds: i64| {
        let call = json!({ "call": "scan", "width": side, "height": side, "source": source, "now": clock + milliseconds });
        with(&mut scanner, call, &pixels).unwrap()
    };
    assert_eq!(scan("camera", 0)["verdicts"][0]["verdict"], "accept");
    let again = scan("camera", 900);
    assert_eq!((&again["texts"], &again["verdicts"]), (&json!(1), &json!([])));
    let returned = scan("camera", 3_000);
    assert_eq!(codes(&returned["verdicts"][0]), ["token-seen"]);
    assert_eq!(codes(&scan("picture", 3_100)["verdicts"][0]), ["token-seen"]);
}

#[test]
fn the_challenge_before_is_answered_for_a_while() {
    let good = vector("accept-challenge");
    let clock = good["clock"].as_i64().unwrap();
    let (door, nonce) = (&good["challenge"]["door"], &good["challenge"]["nonce"]);
    let other = URL_SAFE_NO_PAD.encode([7; 16]);
    let verdict = |replaced_ago: i64, challenges: &[&Value]| {
        let mut scanner = scanner(good["view"].as_str());
        for nonce in challenges {
            let now = (clock - replaced_ago) * 1_000;
            let drawn = ask(
                &mut scanner,
                json!({ "call": "challenge", "door": door, "nonce": nonce, "now": now }),
            );
            assert!(drawn["text"].as_str().unwrap().starts_with("AC1:"));
            assert!(drawn["svg"].as_str().unwrap().starts_with("<svg"));
        }
        let verdict = examine(&mut scanner, good["text"].as_str().unwrap(), clock);
        verdict["verdict"].as_str().unwrap().to_owned()
    };
    let other = Value::from(other);
    assert_eq!(verdict(0, &[nonce]), "accept");
    assert_eq!(verdict(90, &[nonce, &other]), "accept");
    assert_eq!(verdict(91, &[nonce, &other]), "reject");
    assert_eq!(verdict(0, &[nonce, &other, &other]), "reject");

    let mut scanner = scanner(good["view"].as_str());
    ask(
        &mut scanner,
        json!({ "call": "challenge", "door": door, "nonce": nonce, "now": 0 }),
    );
    ask(&mut scanner, json!({ "call": "any-door" }));
    let verdict = examine(&mut scanner, good["text"].as_str().unwrap(), clock);
    assert_eq!(codes(&verdict), ["kbt-nonce"]);
}

#[test]
fn the_view_says_what_is_missing() {
    let view =
        |scanner: &mut Scanner, seconds: i64| ask(scanner, json!({ "call": "view", "now": seconds * 1_000 }));
    let mut none = scanner(None);
    assert_eq!(view(&mut none, NOW)["missing"]["code"], "view-missing");
    let mut current = scanner(Some("views/current"));
    let fresh = view(&mut current, NOW);
    assert!(
        fresh["missing"].is_null() && fresh["cosigners"].as_u64() >= Some(7),
        "{fresh}"
    );
    assert_eq!(view(&mut current, NOW + 7_200)["missing"]["code"], "view-too-old");
    assert_eq!(
        view(&mut current, NOW - 86_400)["missing"]["code"],
        "clock-behind"
    );
}

#[test]
fn a_policy_is_described_whole_and_refused_whole() {
    let mut scanner = Scanner::default();
    let described = ask(
        &mut scanner,
        json!({ "call": "describe", "policy": { "tests": { "rapid": "refused" } } }),
    );
    let policy = &described["policy"];
    assert_eq!(policy["tests"], json!({ "pcr": "48h", "rapid": "refused" }));
    assert_eq!(policy["disclosure"], "initials");
    let again = ask(&mut scanner, json!({ "call": "decide", "policy": policy }));
    assert_eq!(again["policy"], *policy);
    let refused = with(
        &mut scanner,
        json!({ "call": "decide", "policy": { "tests": { "pcr": "999h" } } }),
        b"",
    );
    assert_eq!(refused.unwrap_err().code, "policy-malformed");
    // A page asks no chain, and does not pretend that it did.
    let address = "0x5fbdb2315678afecb367f032d93f642f64180aa3";
    let required = json!({ "id": 1, "contract": address, "anchored-by": { "ledger.example/log": address } });
    for call in ["decide", "describe"] {
        let policy = json!({ "ledger": { "chain": { "required": required } } });
        let refused = with(&mut scanner, json!({ "call": call, "policy": policy }), b"");
        assert_eq!(refused.unwrap_err().code, "chain-not-asked");
    }
}

#[test]
fn what_a_stranger_cannot_send_is_refused_all_the_same() {
    let mut scanner = Scanner::default();
    for (call, code) in [
        (json!({ "call": "set-up", "network": "{}" }), "network-malformed"),
        (
            json!({ "call": "challenge", "door": "AA", "nonce": "AA", "now": 0 }),
            "call-malformed",
        ),
        (
            json!({ "call": "import", "trust": ["!"], "rules": [], "value-sets": [] }),
            "call-malformed",
        ),
        (
            json!({ "call": "scan", "width": 10, "height": 10, "source": "picture", "now": 0 }),
            "picture-malformed",
        ),
    ] {
        assert_eq!(
            with(&mut scanner, call.clone(), b"").unwrap_err().code,
            code,
            "{call}"
        );
    }
}
