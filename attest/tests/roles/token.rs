//! Keys in a token: SoftHSM speaks PKCS#11 as hardware does, and keeps its tokens in a folder that can be taken away.

use super::world::*;
use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt, path::Path, process::Command, time::Duration};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PIN: &str = "geheim-4711";
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
/// People enough that their batch closes at once.
const PEOPLE: usize = 40;

#[tokio::test]
async fn keys_in_a_token_sign_and_fail_closed_without_it() {
    if !Path::new(MODULE).exists() {
        println!("left out: keys in a token: SoftHSM (apt-get install softhsm2)");
        return;
    }
    let place = Place::new();
    fs::create_dir(place.path("tokens")).expect("a folder");
    let folder = place.path("tokens");
    place.write(
        "softhsm2.conf",
        format!("directories.tokendir = {}\n", folder.display()),
    );
    let made = Command::new("softhsm2-util")
        .args([
            "--init-token",
            "--free",
            "--label",
            "member-1",
            "--so-pin",
            "12345678",
        ])
        .args(["--pin", PIN])
        .env("SOFTHSM2_CONF", place.path("softhsm2.conf"))
        .output();
    assert!(made.expect("softhsm2-util is there").status.success());
    write_pin(&place, "pin", PIN, 0o600);

    let registrar = place.ok(&["issuer-key", "init", "registrar"]).trim().to_owned();
    place.write("registrar.hex", &registrar);
    place.write("office.lines", open_office(&place, 1));
    refusals(&place);
    let (log_line, witness_lines) = found_keys(&place, &registrar);
    // A second log in the same process has a key in the same token.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let second_address = free.expect("a port").to_string();
    let second_url = format!("http://{second_address}");
    let mut second = log_init("log-b", "attest.example/log-b", &second_address, &registrar);
    second.extend(["--url", &second_url]);
    let second_line = place.ok(&second);

    // The services, as with keys in files.
    let (witness, witness_url) = {
        write_policy(&place, &[&witness_lines, &log_line, &second_line], "first");
        copy(&place, "first", "member-1");
        place.start(&["witness", "--config", "member-1/witness.toml"])
    };
    let (first, second) = witness_lines.split_once('\n').expect("two lines");
    let witness_lines = format!("{first} {witness_url}\n{second}");
    write_policy(&place, &[&witness_lines, &log_line, &second_line], "second");
    copy(&place, "second", "log");
    copy(&place, "second", "log-b");
    let both = ["ledger", "--config", "log/log.toml", "--config", "log-b/log.toml"];
    let (log, log_url) = place.start(&both);
    let log_line = format!("{} {log_url}\n", log_line.trim());
    write_policy(&place, &[&witness_lines, &log_line, &second_line], "network");
    let cooperative = Cooperative {
        log,
        witnesses: vec![witness],
        log_url,
        registrar,
    };
    let issuer = open_issuer(&place, &cooperative);
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build();
    let client = client.expect("a client");
    let day = async |first: usize| {
        let mut result = None;
        for number in first..first + PEOPLE {
            result = Some(submit(&client, &issuer.url, &issuer.station, number).await);
        }
        result.expect("somebody came")
    };
    let anchored = async |result| certificate(&client, &issuer.url, &issuer.station, result).await;
    let ready = |url: &str| {
        let asked = client.get(format!("{url}/readyz")).send();
        async {
            let answer = asked.await.expect("an answer");
            (answer.status().as_u16(), answer.text().await.unwrap_or_default())
        }
    };
    let early = day(0).await;
    anchored(&early).await;
    let network = "network/network.toml";
    place.ok(&["verify", "sync", "--network", network, "--into", "stick"]);
    let announced = place.ok(&["issuer-key", "announce", "registrar", network]);
    place.write("announced.json", announced);
    for url in [&cooperative.log_url, &witness_url] {
        assert_eq!(ready(url).await.0, 200);
    }

    // The token is taken out: nothing more is signed, both say so, and what comes in waits.
    fs::rename(&folder, place.path("pocket")).expect("a folder");
    let late = day(PEOPLE).await;
    let waiting = async {
        while ready(&cooperative.log_url).await.0 != 503 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .expect("the log notices");
    // It is back, and everything goes on by itself.
    fs::rename(place.path("pocket"), &folder).expect("a folder");
    anchored(&late).await;
    for url in [&cooperative.log_url, &witness_url] {
        assert_eq!(ready(url).await.0, 200);
    }
    // So does the other log of the process, whose session went with the module that was started again.
    let said = place.ok(&["issuer-key", "publish", "announced.json", "--network", network]);
    assert!(said.contains("attest.example/log-b: entry 1"), "{said}");

    // A PIN that the token refuses is given once: the log ends, and the witness stays without its key.
    fs::rename(&folder, place.path("pocket")).expect("a folder");
    write_pin(&place, "pin", "falsch-0815", 0o600);
    let _ = day(2 * PEOPLE).await;
    tokio::time::timeout(PATIENCE, async {
        while ready(&cooperative.log_url).await.0 != 503 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await
    .expect("the log notices");
    fs::rename(place.path("pocket"), &folder).expect("a folder");
    // That log alone: the other one of the process was not asked to sign.
    let ended = async {
        let address = format!("{}/healthz", cooperative.log_url);
        while client.get(&address).send().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("the log ends");
    let healthy = client.get(format!("{second_url}/healthz")).send().await;
    assert!(healthy.expect("an answer").status().is_success());
    drop(cooperative);
}

fn write_pin(place: &Place, name: &str, pin: &str, mode: u32) {
    place.write(name, format!("{pin}\n"));
    fs::set_permissions(place.path(name), fs::Permissions::from_mode(mode)).expect("a file");
}

fn write_policy(place: &Place, lines: &[&str], into: &str) {
    let office = fs::read_to_string(place.path("office.lines")).expect("lines");
    place.write("lines", lines.concat() + &office);
    let registrar = fs::read_to_string(place.path("registrar.hex")).expect("a key");
    place.ok(&[
        "policy",
        "found",
        "--registrar",
        &registrar,
        "lines",
        "--into",
        into,
    ]);
}

fn copy(place: &Place, from: &str, to: &str) {
    let file = |folder| place.path(&format!("{folder}/members.policy"));
    fs::copy(file(from), file(to)).expect("a copy");
}

fn witness<'a>(folder: &'a str, module: &'a str, token: &'a str, pin_file: &'a str) -> Vec<&'a str> {
    let mut arguments = vec!["witness", "init", folder, "--name", "attest.example/member-1"];
    arguments.extend(["--listen", "127.0.0.1:0", "--pkcs11-module", module]);
    arguments.extend(["--pkcs11-token", token, "--pkcs11-label", "witness"]);
    arguments.extend(["--pkcs11-pin-file", pin_file]);
    arguments
}

fn log_init<'a>(folder: &'a str, origin: &'a str, listen: &'a str, registrar: &'a str) -> Vec<&'a str> {
    let mut arguments = vec!["ledger", "init", folder, "--origin", origin];
    arguments.extend(["--listen", listen, "--registrar", registrar]);
    arguments.extend(["--pkcs11-module", MODULE, "--pkcs11-token", "member-1"]);
    arguments.extend(["--pkcs11-label", folder, "--pkcs11-pin-file", "pin"]);
    arguments
}

/// What can be wrong, in words, and never with the PIN.
fn refusals(place: &Place) {
    write_pin(place, "open-pin", PIN, 0o644);
    write_pin(place, "wrong-pin", "falsch-0815", 0o600);
    let cases = [
        ("/nowhere/module.so", "member-1", "pin", "token-module"),
        (MODULE, "member-9", "pin", "token-missing"),
        (MODULE, "member-1", "open-pin", "token-pin-file"),
        (MODULE, "member-1", "nowhere", "token-pin-file"),
        (MODULE, "member-1", "wrong-pin", "token-pin-refused"),
    ];
    for (module, token, pin, code) in cases {
        let said = place.refused(&witness("refused", module, token, pin), code);
        assert!(!said.contains(PIN) && !said.contains("falsch"), "{said}");
        assert!(!place.path("refused/witness.toml").exists());
    }
}

/// Makes the keys in the token, and shows that they are found there again.
fn found_keys(place: &Place, registrar: &str) -> (String, String) {
    let witness_lines = place.ok(&witness("member-1", MODULE, "member-1", "pin"));
    let again = place.ok(&witness("again", MODULE, "member-1", "pin"));
    assert_eq!(witness_lines.lines().next(), again.lines().next());
    let log_line = place.ok(&log_init("log", "attest.example/log", "127.0.0.1:0", registrar));
    assert!(!place.path("log/log.key").exists() && !place.path("member-1/witness.key").exists());

    let config = fs::read_to_string(place.path("log/log.toml")).expect("a file");
    let printed = place.ok(&["ledger", "--config", "log/log.toml", "--print-config"]);
    for text in [&config, &printed] {
        assert!(text.contains("[log.key.pkcs11]") && !text.contains(PIN), "{text}");
    }
    place.write(
        "log/log.toml",
        config.replace("label = \"log\"", "label = \"lost\""),
    );
    place.write("log/members.policy", format!("{log_line}quorum none\n"));
    place.refused(&["ledger", "--config", "log/log.toml"], "token-key-missing");
    place.write("log/log.toml", config);
    (log_line, witness_lines)
}
