//! The whole system through the real binary: the demo's tour, and the door check on what it leaves behind.

use std::{
    path::Path,
    process::{Command, Output},
};

fn attest(folder: &Path, arguments: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_attest"))
        .args(arguments)
        .current_dir(folder)
        .output();
    command.expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_tour_shows_what_the_door_says() {
    let folder = tempfile::tempdir().unwrap();
    let output = attest(folder.path(), &["demo", "--exit"]);
    let told = text(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");

    let verdicts = ["ACCEPT", "REJECT", "INDETERMINATE"];
    let verdicts: Vec<&str> = told
        .lines()
        .filter(|line| verdicts.iter().any(|v| line.starts_with(v)))
        .collect();
    let expected = [
        "ACCEPT  the wallet's code",
        "REJECT (token-seen)  the same code",
        "REJECT (kbt-signature-invalid)  an altered code",
        "INDETERMINATE (clock-behind)  the same code",
        "REJECT (result-detected)  a paper certificate",
        "ACCEPT  a paper certificate",
        "INDETERMINATE (proof-missing)  a paper certificate without its proof",
        "REJECT (revoked)  the paper certificate",
        "REJECT (revoked)  the one without its proof",
    ];
    assert_eq!(verdicts, expected);

    // The ledger's files are enough for a door, also when nothing answers any more.
    let run = folder.path().join("attest-data/demo-1");
    let files = [
        "verify",
        "--network",
        "network.toml",
        "--ledger",
        "log/files",
        "paper.png",
        "--json",
    ];
    let output = attest(&run, &files);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["verdict"], "reject");
    assert_eq!(verdict["reasons"][0]["code"], "revoked");

    // A door that nobody answers says so, and knows nothing.
    let output = attest(
        &run,
        &["verify", "--network", "network.toml", "paper.txt", "wallet.png"],
    );
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    assert!(
        text(&output.stderr).contains("[source-unavailable]"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn wrong_input_is_answered_in_words() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("picture.png"), b"\x89PNG broken").unwrap();
    std::fs::write(folder.path().join("bytes.bin"), [0xfe, 0xff]).unwrap();
    std::fs::write(folder.path().join("network.toml"), "registrar = 1").unwrap();
    for (arguments, code, exit) in [
        (&["verify"][..], "input-missing", 2),
        (&["verify", "no-such-file.png"], "input-unreadable", 2),
        (&["verify", "picture.png"], "picture-malformed", 2),
        (&["verify", "bytes.bin"], "input-not-text", 2),
        (
            &["verify", "--network", "network.toml", "HC1:X"],
            "network-malformed",
            2,
        ),
        (
            &["verify", "--policy", "network.toml", "HC1:X"],
            "policy-malformed",
            2,
        ),
        (&["verify", "--at", "yesterday", "HC1:X"], "not-a-time", 2),
    ] {
        let output = attest(folder.path(), arguments);
        let said = text(&output.stderr);
        assert!(said.contains(&format!("[{code}]")), "{arguments:?}: {said}");
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}");
    }
    for (credential, code) in [("XX1:ABC", "not-a-credential"), ("HC1:%%%", "base45-malformed")] {
        let output = attest(folder.path(), &["verify", credential]);
        assert!(
            text(&output.stdout).starts_with(&format!("REJECT ({code})")),
            "{}",
            text(&output.stdout)
        );
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn members_run_as_processes_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let output = attest(folder.path(), &["demo", "--members", "4", "--exit"]);
    let told = text(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", text(&output.stderr));
    let rows: Vec<&str> = told.lines().filter(|line| line.starts_with("member-")).collect();
    assert_eq!(rows.len(), 4, "{told}");
    for row in rows {
        assert!(
            row.contains("answers") && row.contains("http://127.0.0.1:"),
            "{told}"
        );
    }
    // Each has keys of its own, and nothing of it runs any more.
    let run = folder.path().join("attest-data/demo-1");
    let key = |member: u8| std::fs::read(run.join(format!("member-{member}/witness/witness.key"))).unwrap();
    assert_ne!(key(1), key(2));
    let network = std::fs::read_to_string(run.join("network.toml")).unwrap();
    let (_, url) = network.split_once("http://").unwrap();
    let address: String = url
        .chars()
        .take_while(|c| c.is_ascii_digit() || ".:".contains(*c))
        .collect();
    assert!(std::net::TcpStream::connect(address).is_err());
}
