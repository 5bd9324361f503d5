//! The members change who they are: the ceremony by hand, and doors that follow it by the ledger alone.

use super::world::*;
use std::fs;

const FIRST: &str = "network/network.toml";

#[tokio::test]
async fn members_change_together_and_doors_follow() {
    let place = Place::new();
    let cooperative = found(&place);
    let issuer = open_issuer(&place, &cooperative);
    let client = reqwest::Client::builder()
        .pool_max_idle_per_host(0)
        .build()
        .expect("a client");
    let results = submit_many(&client, &issuer.url, &issuer.station, 0).await;
    let paper = certificate(&client, &issuer.url, &issuer.station, &results[0]).await;
    place.write("paper.txt", paper);
    let door = |network: &str| {
        let output = place.run(&["verify", "--network", network, "paper.txt"]);
        (output.status.code(), text(&output.stderr))
    };
    let publish = |document: &str, network: &str| {
        let said = place.ok(&["issuer-key", "announce", "registrar", document]);
        place.write("announcement.json", said);
        place.ok(&["issuer-key", "publish", "announcement.json", "--network", network]);
    };
    publish(FIRST, FIRST);
    assert_eq!(door(FIRST), (Some(0), String::new()));

    // A member that never came is replaced by another one.
    let gone = "attest.example/member-10";
    let new = [
        "witness",
        "init",
        "member-11",
        "--name",
        "attest.example/member-11",
    ];
    let line = place.ok(&new);
    let lines = fs::read_to_string(place.path("lines")).expect("lines");
    let kept = lines
        .lines()
        .filter(|line| !line.contains(gone))
        .map(|line| format!("{line}\n"));
    place.write("lines-1", kept.collect::<String>() + &line);
    let proposal = place.ok(&["policy", "propose", "--network", FIRST, "lines-1"]);
    place.write("proposal", proposal);
    let sign = |member: usize, proposal: &str, network: &str| {
        let folder = format!("office-{member}");
        let output = place.run(&["policy", "sign", &folder, proposal, "--network", network]);
        let said = text(&output.stderr);
        assert!(output.status.success(), "{said}");
        let file = format!("signature-{member}");
        place.write(&file, output.stdout);
        (file, said)
    };
    let (_, said) = sign(1, "proposal", FIRST);
    assert!(
        said.contains(&format!("witness leaves: member-10 {gone}")),
        "{said}"
    );
    assert!(said.contains("witness comes: member-11 "), "{said}");
    let files: Vec<String> = (1..=QUORUM)
        .map(|member| sign(member, "proposal", FIRST).0)
        .collect();
    let enact = |files: &[String], into: &str| {
        let files = files.iter().map(String::as_str);
        let start = ["policy", "enact", "proposal"].into_iter();
        let arguments: Vec<String> = start.chain(files).map(str::to_owned).collect();
        [
            &arguments[..],
            &["--network", FIRST, "--into", into].map(str::to_owned),
        ]
        .concat()
    };
    let six = enact(&files[..QUORUM - 1], "next");
    place.refused(
        &six.iter().map(String::as_str).collect::<Vec<_>>(),
        "signatures-missing",
    );
    let seven = enact(&files, "next");
    place.ok(&seven.iter().map(String::as_str).collect::<Vec<_>>());

    // It is on the ledger, and a door with the first version goes over to it.
    let note = "next/network-1.note";
    publish(note, "next/network.toml");
    let (code, said) = door(FIRST);
    assert!(
        code == Some(0) && said.contains("version 1 of the network document is in force"),
        "{said}"
    );
    assert_eq!(door("next/network.toml"), (Some(0), String::new()));
    place.ok(&["verify", "sync", "--network", FIRST, "--into", "stick"]);
    let output = place.run(&["verify", "--network", FIRST, "--ledger", "stick", "paper.txt"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));

    // The registrar alone changes nothing: a door stays with what seven signed, and says why.
    let lines = fs::read_to_string(place.path("lines-1")).expect("lines");
    place.write("lines-2", lines.replace("witness member-9 ", "witness others "));
    let proposal = place.ok(&["policy", "propose", "--network", "next/network.toml", "lines-2"]);
    place.write("proposal-2", &proposal);
    let signed: String = (1..QUORUM)
        .map(|member| sign(member, "proposal-2", "next/network.toml").0)
        .map(|file| fs::read_to_string(place.path(&file)).expect("signatures"))
        .collect();
    place.write("six.note", format!("{proposal}\n{signed}"));
    publish("six.note", "next/network.toml");
    let (code, said) = door(FIRST);
    assert!(code == Some(0) && said.contains("[signatures-missing]"), "{said}");

    // A version that is older than its members allow is nothing to go by.
    let soon = [
        "policy",
        "propose",
        "--network",
        FIRST,
        "--max-age",
        "1",
        "lines-1",
    ];
    let old = place.ok(&soon);
    let issued = verifier_server::now().0 - 86_401;
    let line = old
        .lines()
        .find(|line| line.starts_with("issued = "))
        .expect("a time");
    place.write("old.toml", old.replace(line, &format!("issued = {issued}")));
    let output = place.run(&["verify", "--json", "--network", "old.toml", "paper.txt"]);
    assert!(
        text(&output.stdout).contains("\"network-too-old\""),
        "{}",
        text(&output.stdout)
    );
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
}
