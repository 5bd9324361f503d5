//! The roles as separate processes of the real binary: a cooperative is founded by hand, an issuer accredited, a result
//! issued, picked up, shown and verified, also from a copy of the ledger's files after everything was stopped.

#[cfg(feature = "evm")]
mod chain;
mod cut_off;
mod lost;
mod monitor;
mod operators;
mod policy;
mod post_quantum;
mod release;
mod restored;
mod stolen;
mod token;
mod wallet;
mod wire;
mod world;

use std::{fs, path::Path, process::Stdio, time::Duration};
use world::*;

#[tokio::test]
async fn a_result_goes_from_process_to_process() {
    let place = Place::new();
    let cooperative = found(&place);
    let issuer = open_issuer(&place, &cooperative);
    let (url, key) = (&*issuer.url, &*issuer.station);
    let network = "network/network.toml";

    // The test centre, and a wallet that picks a result up while others come in.
    // While a command runs, nobody here sees that a service closes an idle connection: each request has one of its own.
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build();
    let client = client.expect("a client");
    let result = submit(&client, url, key, 0).await;
    place.write("offer.json", result["offer"].to_string());
    let code = result["tx_code"].as_str().expect("a code").to_owned();
    place.ok(&["wallet", "--vault", "wallet.age", "create"]);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let pick_up = |code: &str| {
        let arguments = [
            "wallet",
            "--vault",
            "wallet.age",
            "pick-up",
            "offer.json",
            "--code",
            code,
            "--network",
            network,
        ];
        arguments.map(str::to_owned)
    };
    let wrong = pick_up(wrong);
    let said = place.refused(&wrong.each_ref().map(|argument| &**argument), "issuer-refused");
    assert!(said.contains("issuer-tx-code-wrong"), "{said}");
    let right = pick_up(&code);
    let mut picking_up = place.command(&right.each_ref().map(|argument| &**argument));
    let mut picking_up = Process(picking_up.stderr(Stdio::null()).spawn().expect("the binary runs"));
    let mut number = 0;
    let picked_up = loop {
        if let Some(status) = picking_up.0.try_wait().expect("it is ours") {
            break status;
        }
        for _ in 0..8 {
            number += 1;
            submit(&client, url, key, number).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert!(picked_up.success());
    let list = place.ok(&["wallet", "--vault", "wallet.age", "list"]);
    assert!(
        list.starts_with("0  test result") && list.contains(" left to show"),
        "{list}"
    );
    assert!(!list.contains("Muster") && !list.contains("detected"), "{list}");

    // A copy of the ledger's files, kept as it is now, and one that goes on.
    place.ok(&["verify", "sync", "--network", network, "--into", "early"]);
    place.ok(&[
        "wallet",
        "--vault",
        "wallet.age",
        "show",
        "0",
        "--png",
        "code.png",
    ]);
    place.refused(
        &[
            "wallet",
            "--vault",
            "wallet.age",
            "show",
            "0",
            "--png",
            "code.png",
        ],
        "output-exists",
    );
    place.ok(&["verify", "--network", network, "code.png"]);
    copies_are_good_or_left_alone(&place, network);

    let paper = certificate(&client, url, key, &result).await;
    place.write("paper.txt", paper);
    lost::a_backup_moves_the_result(&place, &client, &issuer, number).await;

    // Everything stops when told to, and the copy is enough.
    assert!(issuer.process.stop().success());
    assert!(cooperative.log.stop().success());
    for witness in cooperative.witnesses {
        assert!(witness.stop().success());
    }
    place.refused(
        &["verify", "sync", "--network", network, "--into", "stick"],
        "source-unavailable",
    );
    // Also for copies that have ended since: this door has heard nothing of it, and its view is not too old yet.
    let show = ["wallet", "--vault", "wallet.age", "show", "0", "--reuse"];
    place.ok(&[&show[..], &["--png", "late.png"]].concat());
    place.ok(&["verify", "--network", network, "--ledger", "stick", "late.png"]);

    services_answer_in_words(&place, &cooperative.registrar);
    wallet::asks_and_counts_down(&place);
    wallet::prints_for_travel(&place, network);
    wallet::is_never_written_over(&place);
}

fn copies_are_good_or_left_alone(place: &Place, network: &str) {
    let sync = |from: &[&'static str]| {
        [
            &["verify", "sync", "--network", network, "--into", "stick"][..],
            from,
        ]
        .concat()
    };
    let first = place.ok(&sync(&[]));
    assert!(first.starts_with("stick: "), "{first}");
    let checkpoint = || fs::read_to_string(place.path("stick/checkpoint")).expect("a checkpoint");
    let entries = |checkpoint: &str| {
        checkpoint
            .lines()
            .nth(1)
            .and_then(|size| size.parse::<u64>().ok())
    };
    // From a copy is as good as from the log; an older one is refused if it leads back.
    place.ok(&[
        "verify",
        "sync",
        "--network",
        network,
        "--from",
        "stick",
        "--into",
        "other",
    ]);
    let early = fs::read_to_string(place.path("early/checkpoint")).expect("a checkpoint");
    if entries(&early) < entries(&checkpoint()) {
        place.refused(&sync(&["--from", "early"]), "checkpoint-went-back");
    }
    // A damaged file is fetched again; a damaged source is refused, and the copy stays.
    let bundle = |copy: &str| {
        let folder = place.path(copy).join("tile/entries");
        find_file(&folder).expect("a bundle")
    };
    let good = fs::read(bundle("stick")).expect("a bundle");
    fs::write(bundle("stick"), &good[1..]).expect("a file");
    place.ok(&sync(&[]));
    fs::write(bundle("other"), &good[1..]).expect("a file");
    let before = checkpoint();
    let output = place.run(&[
        "verify",
        "sync",
        "--network",
        network,
        "--from",
        "other",
        "--into",
        "third",
    ]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(!place.path("third/checkpoint").exists());
    assert_eq!(checkpoint(), before);
    // Nor is anything written over that is something else.
    fs::create_dir(place.path("elsewhere")).expect("a folder");
    place.write("elsewhere/checkpoint", "my diary");
    place.refused(
        &["verify", "sync", "--network", network, "--into", "elsewhere"],
        "copy-foreign",
    );
    assert_eq!(
        fs::read(place.path("elsewhere/checkpoint")).expect("a file"),
        b"my diary"
    );
}

fn find_file(folder: &Path) -> Option<std::path::PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    entries.into_iter().find_map(|path| {
        if path.is_dir() {
            find_file(&path)
        } else {
            Some(path)
        }
    })
}

fn services_answer_in_words(place: &Place, registrar: &str) {
    // The settings in effect, without the key.
    let printed = place.ok(&["ledger", "--config", "log/log.toml", "--print-config"]);
    let key = fs::read_to_string(place.path("log/log.key")).expect("a key");
    assert!(
        printed.contains("[log.pace]") && printed.contains("log/log.key"),
        "{printed}"
    );
    assert!(!printed.contains(key.trim()));
    // The environment's database goes before the file's; its password is shown nowhere.
    let asking = |url: &str, arguments: &[&str]| {
        let mut command = place.command(arguments);
        let output = command
            .env("DATABASE_URL", url)
            .output()
            .expect("the binary runs");
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(!said.contains("geheim"), "{said}");
        said
    };
    let print = ["issuer", "--config", "issuer/issuer.toml", "--print-config"];
    let printed = asking("postgres://attest:geheim@localhost/results", &print);
    assert!(
        printed.contains("\"postgres://attest@localhost:5432/results\""),
        "{printed}"
    );
    let start = &print[..3];
    let nobody = asking("postgres://attest:geheim@127.0.0.1:1/results", start);
    assert!(nobody.contains("[issuer-store]"), "{nobody}");
    let readable = asking("postgres://attest:geheim@192.0.2.1/results", start);
    assert!(
        readable.contains("sslmode=verify-full") && readable.contains("[issuer-setting]"),
        "{readable}"
    );
    let other = asking("mysql://attest:geheim@localhost/results", start);
    assert!(other.contains("[issuer-setting]"), "{other}");
    for role in ["log/log.toml", "member-1/witness.toml", "issuer/issuer.toml"] {
        let config = fs::read_to_string(place.path(role)).expect("a file");
        place.write(role, format!("{config}colour = \"red\"\n"));
        let command = match role {
            "log/log.toml" => "ledger",
            "member-1/witness.toml" => "witness",
            _ => "issuer",
        };
        let said = place.refused(&[command, "--config", role], "config-malformed");
        assert!(said.contains("unknown field `colour`"), "{said}");
    }
    // A line that is not understood is named and not repeated: a database's password may stand in it.
    place.write(
        "bad.toml",
        "# An issuer.\ndatabase_url = \"postgres://issuer:geheim@localhost/issuer\n",
    );
    let said = place.refused(&["issuer", "--config", "bad.toml"], "config-malformed");
    assert!(
        said.contains("bad.toml: line 2: ") && !said.contains("geheim"),
        "{said}"
    );
    place.refused(&["witness", "--config", "nowhere.toml"], "input-unreadable");
    // Nothing is made twice, and nothing in the place of something else.
    let again = ["witness", "init", "member-2", "--name", "attest.example/member-2"];
    place.refused(&again, "output-exists");
    place.refused(&["issuer-key", "init", "registrar"], "output-exists");
    place.refused(
        &[
            "policy",
            "found",
            "--registrar",
            registrar,
            "lines",
            "--into",
            "network",
        ],
        "output-exists",
    );
    place.refused(
        &["policy", "found", "--registrar", "02ab", "lines", "--into", "new"],
        "key-malformed",
    );
    place.refused(
        &["policy", "init", "office-1", "--name", "attest.example/office-1"],
        "output-exists",
    );
    place.write("bad-lines", "log nonsense\n");
    let said = place.refused(
        &[
            "policy",
            "found",
            "--registrar",
            registrar,
            "bad-lines",
            "--into",
            "new",
        ],
        "member-line-malformed",
    );
    assert!(
        said.contains("bad-lines") && !place.path("new").exists(),
        "{said}"
    );
    place.refused(
        &["issuer-key", "accredit", "registrar", "bad-lines"],
        "jws-malformed",
    );
    place.refused(
        &["issuer-key", "accredit", "nobody", "bad-lines"],
        "registrar-key-missing",
    );
}
