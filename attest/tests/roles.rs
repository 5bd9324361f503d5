//! The roles as separate processes of the real binary: a cooperative is founded by hand, an issuer accredited, a result
//! issued, picked up, shown and verified, also from a copy of the ledger's files after everything was stopped.

use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::Duration,
};
use verifier_server::now;

/// What a door asks for without a policy of its own.
const QUORUM: usize = 7;
const MEMBERS: usize = 10;
const PASSPHRASE: &str = "correct horse battery staple";

/// The folder of one test, where every command runs.
struct Place(tempfile::TempDir);

/// A process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Tells it to stop, as a service manager does.
    fn stop(mut self) -> ExitStatus {
        let id = self.0.id().to_string();
        let signal = Command::new("kill").args(["-TERM", &id]).status();
        assert!(signal.expect("kill is there").success());
        self.0.wait().expect("it is ours")
    }
}

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attest"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env("ATTEST_PASSPHRASE", PASSPHRASE)
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary runs")
    }

    /// Runs a command that succeeds, and returns what it printed.
    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = text(&output.stderr);
        assert!(
            output.status.success(),
            "{arguments:?}: {said}{}",
            text(&output.stdout)
        );
        text(&output.stdout)
    }

    /// Runs a command that is refused with a code.
    fn refused(&self, arguments: &[&str], code: &str) -> String {
        let output = self.run(arguments);
        let said = text(&output.stderr);
        assert!(said.contains(&format!("[{code}]")), "{arguments:?}: {said}");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        said
    }

    /// Starts a service and waits until it says where it is.
    fn start(&self, arguments: &[&str]) -> (Process, String) {
        let mut command = self.command(arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = Process(child.expect("the binary runs"));
        let mut line = String::new();
        let stdout = process.0.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("text");
        let (_, url) = line
            .trim()
            .split_once(": ")
            .unwrap_or_else(|| panic!("{arguments:?}: {line}"));
        (process, url.to_owned())
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).expect("a file");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A founded cooperative that runs, and the registrar's key.
struct Cooperative {
    log: Process,
    witnesses: Vec<Process>,
    log_url: String,
    registrar: String,
}

/// Founds a cooperative step by step. The ports are free ones, so that the addresses are known only once the services run:
/// the policy is written three times, in earnest it is once.
fn found(place: &Place) -> Cooperative {
    let registrar = place.ok(&["registrar", "init", "registrar"]).trim().to_owned();
    let mut lines = Vec::new();
    for member in 1..=MEMBERS {
        let (folder, name) = (
            format!("member-{member}"),
            format!("attest.example/member-{member}"),
        );
        lines.push(place.ok(&[
            "witness",
            "init",
            &folder,
            "--name",
            &name,
            "--listen",
            "127.0.0.1:0",
        ]));
    }
    let init = [
        "ledger",
        "init",
        "log",
        "--origin",
        "attest.example/log",
        "--listen",
        "127.0.0.1:0",
    ];
    let log_line = place.ok(&[&init[..], &["--registrar", &registrar]].concat());
    let write_policy = |lines: &[String], into: &str| {
        place.write("lines", lines.concat());
        place.ok(&["registrar", "found", "registrar", "lines", "--into", into]);
    };

    // 1. A witness needs the logs' keys alone. Three members never start.
    write_policy(&[&lines[..], std::slice::from_ref(&log_line)].concat(), "first");
    let mut witnesses = Vec::new();
    for (member, line) in (1..).zip(&mut lines).take(QUORUM) {
        fs::copy(
            place.path("first/members.policy"),
            place.path(&format!("member-{member}/members.policy")),
        )
        .expect("a copy");
        let (process, url) = place.start(&["witness", "--config", &format!("member-{member}/witness.toml")]);
        witnesses.push(process);
        *line = format!("{} {url}\n", line.trim());
    }
    // 2. The log needs the witnesses' addresses.
    write_policy(&[&lines[..], std::slice::from_ref(&log_line)].concat(), "second");
    fs::copy(
        place.path("second/members.policy"),
        place.path("log/members.policy"),
    )
    .expect("a copy");
    let (log, log_url) = place.start(&["ledger", "--config", "log/log.toml"]);
    // 3. Everybody else needs the log's.
    write_policy(
        &[&lines[..], &[format!("{} {log_url}\n", log_line.trim())]].concat(),
        "network",
    );
    Cooperative {
        log,
        witnesses,
        log_url,
        registrar,
    }
}

/// Makes an issuer, has it accredited and starts it. Returns it with its address and a station's key.
fn open_issuer(place: &Place, cooperative: &Cooperative) -> (Process, String, String) {
    // Its address is part of what wallets sign, so it is known beforehand.
    let free = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port");
    let (listen, url) = (free.to_string(), format!("http://{free}"));
    let init = [
        "issuer",
        "init",
        "issuer",
        "--number",
        "1",
        "--name",
        "Gesundheitsamt \"Nord\"",
        "--country",
        "DE",
    ];
    let addresses = ["--listen", &listen, "--url", &url, "--log", &cooperative.log_url];
    let request = place.ok(&[&init[..], &addresses, &["--registrar", &cooperative.registrar]].concat());
    place.write("request.jwt", request);
    let answer = place.ok(&["registrar", "accredit", "registrar", "request.jwt"]);
    assert_eq!(
        answer,
        place.ok(&["registrar", "accredit", "registrar", "request.jwt"]),
        "the same again"
    );
    place.write("answer.json", answer);
    let config = "issuer/issuer.toml";
    place.ok(&["issuer", "accredit", "--config", config, "answer.json"]);
    let account = [
        "issuer", "account", "--config", config, "--role", "station", "--quota", "10000", "Station",
    ];
    let key = place.ok(&account).trim().to_owned();
    let (process, address) = place.start(&["issuer", "--config", config]);
    assert_eq!(address, url);
    // The database is the running one's.
    place.refused(&account, "issuer-store-in-use");
    (process, url, key)
}

fn submission(number: usize) -> Value {
    let sampled_at = time::OffsetDateTime::from_unix_timestamp(now().0 - 3_600).expect("a time");
    let sampled_at = sampled_at
        .format(&time::format_description::well_known::Rfc3339)
        .expect("a time");
    json!({
        "request_id": format!("00000000-0000-4000-8000-{number:012}"),
        "person": { "given_name": "Erika", "family_name": format!("Muster{}", ["mann", "frau"][number % 2]), "date_of_birth": "1964-08-12" },
        "test": { "kind": "naat", "name": "SARS-CoV-2 RT-PCR", "result": "not-detected", "sampled_at": sampled_at, "centre": "Markt" },
    })
}

async fn submit(client: &reqwest::Client, url: &str, key: &str, number: usize) -> Value {
    let request = client
        .post(format!("{url}/v1/results"))
        .bearer_auth(key)
        .json(&submission(number));
    let answer = request.send().await.expect("an answer");
    assert!(
        answer.status().is_success(),
        "{}",
        answer.text().await.unwrap_or_default()
    );
    answer.json().await.expect("JSON")
}

#[tokio::test]
async fn a_result_goes_from_process_to_process() {
    let place = Place::new();
    let cooperative = found(&place);
    let (issuer, url, key) = open_issuer(&place, &cooperative);
    let network = "network/network.toml";

    // The test centre, and a wallet that picks a result up while others come in.
    let client = reqwest::Client::new();
    let result = submit(&client, &url, &key, 0).await;
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
            submit(&client, &url, &key, number).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert!(picked_up.success());
    let list = place.ok(&["wallet", "--vault", "wallet.age", "list"]);
    assert!(
        list.starts_with("0  test result") && list.contains("4 copies left"),
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

    // Everything stops when told to, and the copy is enough.
    assert!(issuer.stop().success());
    assert!(cooperative.log.stop().success());
    for witness in cooperative.witnesses {
        assert!(witness.stop().success());
    }
    place.refused(
        &["verify", "sync", "--network", network, "--into", "stick"],
        "source-unavailable",
    );
    place.ok(&["verify", "--network", network, "--ledger", "stick", "code.png"]);

    services_answer_in_words(&place);
    the_wallet_is_never_written_over(&place);
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

fn services_answer_in_words(place: &Place) {
    // The settings in effect, without the key.
    let printed = place.ok(&["ledger", "--config", "log/log.toml", "--print-config"]);
    let key = fs::read_to_string(place.path("log/log.key")).expect("a key");
    assert!(
        printed.contains("[log.pace]") && printed.contains("log/log.key"),
        "{printed}"
    );
    assert!(!printed.contains(key.trim()));
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
    place.refused(&["witness", "--config", "nowhere.toml"], "input-unreadable");
    // Nothing is made twice, and nothing in the place of something else.
    let again = ["witness", "init", "member-2", "--name", "attest.example/member-2"];
    place.refused(&again, "output-exists");
    place.refused(&["registrar", "init", "registrar"], "output-exists");
    place.refused(
        &["registrar", "found", "registrar", "lines", "--into", "network"],
        "output-exists",
    );
    place.refused(
        &["registrar", "found", "nobody", "lines", "--into", "new"],
        "registrar-key-missing",
    );
    place.write("bad-lines", "log nonsense\n");
    let said = place.refused(
        &["registrar", "found", "registrar", "bad-lines", "--into", "new"],
        "member-line-malformed",
    );
    assert!(
        said.contains("bad-lines") && !place.path("new").exists(),
        "{said}"
    );
    place.refused(
        &["registrar", "accredit", "registrar", "bad-lines"],
        "jws-malformed",
    );
}

fn the_wallet_is_never_written_over(place: &Place) {
    let wallet = |rest: &[&'static str]| [&["wallet", "--vault", "wallet.age"][..], rest].concat();
    let good = fs::read(place.path("wallet.age")).expect("a wallet");
    place.refused(&wallet(&["create"]), "file-exists");
    place.write("wrong", "another one\n");
    let wrong = [
        "wallet",
        "--vault",
        "wallet.age",
        "--passphrase-file",
        "wrong",
        "list",
    ];
    place.refused(&wrong, "file-wrong-passphrase");
    place.refused(&["wallet", "--vault", "none.age", "list"], "file-missing");
    place.refused(&wallet(&["show", "7"]), "not-held");
    place.refused(&wallet(&["import", "AT1:ABC"]), "import-is-a-presentation");
    place.refused(
        &wallet(&["pick-up", "{}", "--network", "network/network.toml"]),
        "offer-malformed",
    );
    assert_eq!(fs::read(place.path("wallet.age")).expect("a wallet"), good);
    // What goes to another device comes back there.
    place.ok(&wallet(&["export", "export.age"]));
    place.refused(&wallet(&["export", "wallet.age"]), "file-exists");
    place.ok(&["wallet", "--vault", "other.age", "create"]);
    place.ok(&["wallet", "--vault", "other.age", "restore", "export.age"]);
    assert!(
        place
            .ok(&["wallet", "--vault", "other.age", "list"])
            .contains("no copy left")
    );
    place.ok(&["wallet", "--vault", "other.age", "remove", "0"]);
    assert_eq!(place.ok(&["wallet", "--vault", "other.age", "list"]), "");
    // Damage is told, and left.
    let mut damaged = good;
    *damaged.last_mut().expect("a byte") ^= 1;
    place.write("wallet.age", &damaged);
    place.refused(&wallet(&["list"]), "file-damaged");
    assert_eq!(fs::read(place.path("wallet.age")).expect("a wallet"), damaged);
}
