//! A cooperative of processes, an issuer and a station.

use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Child, Command, ExitStatus, Output, Stdio},
};
use verifier_server::now;

/// What a door asks for without a policy of its own.
pub const QUORUM: usize = 7;
pub const MEMBERS: usize = 10;
pub const PASSPHRASE: &str = "correct horse battery staple";

/// The folder of one test, where every command runs.
pub struct Place(pub tempfile::TempDir);

/// Where a member's witness runs.
pub struct Machine {
    pub address: String,
    /// What a command there begins with.
    pub enter: Vec<String>,
}

impl Default for Machine {
    /// The test's own.
    fn default() -> Self {
        Self {
            address: "127.0.0.1".into(),
            enter: Vec::new(),
        }
    }
}

/// A process that ends with the test.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Holds it where it is, as a machine that hangs, or lets it go on.
    pub fn hold(&self, held: bool) {
        let (id, signal) = (self.0.id().to_string(), if held { "-STOP" } else { "-CONT" });
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.expect("kill is there").success());
    }

    /// Tells it to stop, as a service manager does.
    pub fn stop(mut self) -> ExitStatus {
        let id = self.0.id().to_string();
        let signal = Command::new("kill").args(["-TERM", &id]).status();
        assert!(signal.expect("kill is there").success());
        self.0.wait().expect("it is ours")
    }
}

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_on(&Machine::default(), arguments)
    }

    fn command_on(&self, machine: &Machine, arguments: &[&str]) -> Command {
        let binary = env!("CARGO_BIN_EXE_attest");
        let mut command = match &machine.enter[..] {
            [] => Command::new(binary),
            [program, before @ ..] => {
                let mut entering = Command::new(program);
                entering.args(before).arg(binary);
                entering
            }
        };
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env("ATTEST_PASSPHRASE", PASSPHRASE)
            .env_remove("DATABASE_URL")
            .env("SOFTHSM2_CONF", self.path("softhsm2.conf"))
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary runs")
    }

    /// Runs a command that succeeds, and returns what it printed.
    pub fn ok(&self, arguments: &[&str]) -> String {
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
    pub fn refused(&self, arguments: &[&str], code: &str) -> String {
        let output = self.run(arguments);
        let said = text(&output.stderr);
        assert!(said.contains(&format!("[{code}]")), "{arguments:?}: {said}");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        said
    }

    /// Starts a service and waits until it says where it is.
    pub fn start(&self, arguments: &[&str]) -> (Process, String) {
        self.start_on(&Machine::default(), arguments)
    }

    /// The same on another machine.
    pub fn start_on(&self, machine: &Machine, arguments: &[&str]) -> (Process, String) {
        let mut command = self.command_on(machine, arguments);
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

    /// Runs a command on a terminal, which `script` (util-linux) gives. Whenever the next text was printed, its answer is
    /// typed. Returns what was on the terminal.
    pub fn on_terminal(&self, arguments: &[&str], answers: &[(&str, &str)]) -> String {
        let line = [&[env!("CARGO_BIN_EXE_attest")], arguments].concat().join(" ");
        let child = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .current_dir(self.0.path())
            .env_remove("ATTEST_PASSPHRASE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut process = Process(child.expect("script is there (apt-get install bsdutils)"));
        let mut keyboard = process.0.stdin.take().expect("it is piped");
        let mut screen = process.0.stdout.take().expect("it is piped");
        let (mut said, mut answers, mut read) = (Vec::new(), answers.iter(), [0; 4096]);
        let mut next = answers.next();
        loop {
            match screen.read(&mut read) {
                Ok(0) | Err(_) => break,
                Ok(length) => said.extend_from_slice(&read[..length]),
            }
            if let Some((prompt, answer)) = next
                && text(&said).contains(prompt)
            {
                // What was asked for comes after the echo is off.
                std::thread::sleep(std::time::Duration::from_millis(100));
                keyboard.write_all(answer.as_bytes()).expect("it reads");
                next = answers.next();
            }
        }
        text(&said)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).expect("a file");
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A founded cooperative that runs, and the registrar's key.
pub struct Cooperative {
    pub log: Process,
    pub witnesses: Vec<Process>,
    pub log_url: String,
    pub registrar: String,
}

/// Founds a cooperative of which three members never start.
pub fn found(place: &Place) -> Cooperative {
    found_with(place, QUORUM, &[])
}

/// Founds a cooperative of which so many members start, and the log is made with these arguments more.
pub fn found_with(place: &Place, running: usize, more: &[&str]) -> Cooperative {
    let machines: Vec<Machine> = (0..running).map(|_| Machine::default()).collect();
    found_on(place, &machines, more)
}

/// Founds a cooperative step by step. The ports are free ones, so that the addresses are known only once the services run:
/// the policy is written three times, in earnest it is once.
/// A member starts on each of the machines.
pub fn found_on(place: &Place, machines: &[Machine], more: &[&str]) -> Cooperative {
    let registrar = place.ok(&["issuer-key", "init", "registrar"]).trim().to_owned();
    let post_quantum = place.ok(&["issuer-key", "post-quantum", "registrar"]);
    let post_quantum = post_quantum.trim().to_owned();
    let mut lines = Vec::new();
    for member in 1..=MEMBERS {
        let (folder, name) = (
            format!("member-{member}"),
            format!("attest.example/member-{member}"),
        );
        let address = machines
            .get(member - 1)
            .map_or("127.0.0.1", |machine| &machine.address);
        let listen = format!("{address}:0");
        lines.push(place.ok(&["witness", "init", &folder, "--name", &name, "--listen", &listen]));
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
    let keys = [
        "--registrar",
        &registrar,
        "--registrar-post-quantum",
        &post_quantum,
    ];
    let log_line = place.ok(&[&init[..], &keys, more].concat());
    let offices: Vec<String> = (1..=MEMBERS).map(|member| open_office(place, member)).collect();
    let write_policy = |lines: &[String], into: &str| {
        place.write("lines", [lines, &offices].concat().concat());
        place.ok(&[
            "policy",
            "found",
            "--registrar",
            &registrar,
            "--registrar-post-quantum",
            &post_quantum,
            "lines",
            "--into",
            into,
        ]);
    };

    // 1. A witness needs the logs' keys alone.
    write_policy(&[&lines[..], std::slice::from_ref(&log_line)].concat(), "first");
    let mut witnesses = Vec::new();
    for ((member, line), machine) in (1..).zip(&mut lines).zip(machines) {
        fs::copy(
            place.path("first/members.policy"),
            place.path(&format!("member-{member}/members.policy")),
        )
        .expect("a copy");
        let config = format!("member-{member}/witness.toml");
        let (process, url) = place.start_on(machine, &["witness", "--config", &config]);
        witnesses.push(process);
        // The first line is that of the key which the witness is known by; the other one has its post-quantum key.
        let (first, second) = line.split_once('\n').expect("two lines");
        *line = format!("{first} {url}\n{second}");
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

/// Makes the office of a member, and gives its lines.
pub fn open_office(place: &Place, member: usize) -> String {
    let (folder, name) = (
        format!("office-{member}"),
        format!("attest.example/office-{member}"),
    );
    place.ok(&["policy", "init", &folder, "--name", &name])
}

/// An issuer that runs.
pub struct Issuer {
    pub process: Process,
    pub url: String,
    /// A station's key.
    pub station: String,
    /// A supervisor's.
    pub supervisor: String,
}

/// Makes an issuer, has it accredited and starts it.
pub fn open_issuer(place: &Place, cooperative: &Cooperative) -> Issuer {
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
    let answer = place.ok(&["issuer-key", "accredit", "registrar", "request.jwt"]);
    assert_eq!(
        answer,
        place.ok(&["issuer-key", "accredit", "registrar", "request.jwt"]),
        "the same again"
    );
    place.write("answer.json", answer);
    let config = "issuer/issuer.toml";
    // Few people come here, in groups, and each test waits for them.
    let settings = fs::read_to_string(place.path(config)).expect("settings");
    place.write(
        config,
        settings.replace("early_every_seconds = 40", "early_every_seconds = 0"),
    );
    place.ok(&["issuer", "accredit", "--config", config, "answer.json"]);
    let account = |role, name| {
        [
            "issuer", "account", "--config", config, "--role", role, "--quota", "10000", name,
        ]
    };
    let account = [account("station", "Station"), account("supervisor", "Supervisor")];
    let keys = account.map(|account| place.ok(&account).trim().to_owned());
    let (process, address) = place.start(&["issuer", "--config", config]);
    assert_eq!(address, url);
    // The database is the running one's.
    place.refused(&account[0], "issuer-store-in-use");
    let [station, supervisor] = keys;
    Issuer {
        process,
        url,
        station,
        supervisor,
    }
}

pub fn submission(number: usize) -> Value {
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

/// The certificate for paper, as soon as it has its proof.
pub async fn certificate(client: &reqwest::Client, url: &str, key: &str, result: &Value) -> String {
    let id = result["result_id"].as_str().expect("an identifier");
    let address = format!("{url}/v1/results/{id}/certificate");
    for _ in 0..240 {
        let asked = client.get(&address).bearer_auth(key).send();
        let answer: Value = asked.await.expect("an answer").json().await.expect("JSON");
        if answer["anchored"] == true {
            return answer["text"].as_str().expect("a text").to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    panic!("the certificate was not anchored in two minutes");
}

/// People enough that their batch closes at once.
pub const PEOPLE: usize = 40;

/// Results of so many people, from a number on.
pub async fn submit_many(client: &reqwest::Client, url: &str, key: &str, first: usize) -> Vec<Value> {
    let mut results = Vec::new();
    for number in first..first + PEOPLE {
        results.push(submit(client, url, key, number).await);
    }
    results
}

pub async fn submit(client: &reqwest::Client, url: &str, key: &str, number: usize) -> Value {
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
